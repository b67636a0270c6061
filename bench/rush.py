"""`python -m bench.rush DATABASE CARTS SECONDS REPS…`: reps in processes of their own who take calls from one queue.

They give some back, save some, ring, and walk away from others, while somebody else ends what ran out. Every hold is
written down with its times; what overlaps is a cart, or a person, that two had at once. Prints JSON. A process of its
own, because only one without threads may fork. Leases last a third of a second, so that some run out meanwhile; and
SQLite does not wait for the disk, so that more happens: no power is lost here.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from multiprocessing.synchronize import Barrier, Event
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select, text

from bench.crowd import gather
from bench.ground import KEY
from bench.shop import settle_cursors
from sidecar import accounts
from sidecar.app import create_core
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import Stale, key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import claims
from sidecar.config import ROOT, load
from sidecar.db import db, session, transaction
from sidecar.recovery.calls import calling
from sidecar.vault import Vault

CARTS_EACH = 3  # of one person, side by side: whoever takes the first bars the others
_LEASE = timedelta(seconds=0.3)
_AT_LEAST = 3
_PATIENCE_SECONDS = 30
_WAYS = ("release", "release", "release", "save", "call", "leave")
_ONCE = ("task", "person", "rep")
_VAULT = Vault((KEY,))


@dataclass(frozen=True, slots=True)
class Hold:
    """A rep surely had this task: from after the claim's commit until before it was given back, or its lease's end."""

    rep: int
    task: int
    person: int
    begun: float
    until: float
    way: str


def overlaps(holds: Iterable[Hold], by: str) -> list[tuple[Hold, Hold]]:
    """Pairs of holds at the same time that have the same `by` ("task", "person" or "rep")."""
    found = []
    for _, same in groupby(sorted(holds, key=attrgetter(by, "begun")), key=attrgetter(by)):
        last: Hold | None = None
        for hold in same:
            if last is not None and hold.begun < last.until:
                found.append((last, hold))
            if last is None or hold.until > last.until:
                last = hold
    return found


def rush(reps: Sequence[int], seconds: float, folder: Path) -> list[Hold]:
    """The holds of these reps, each in a process of its own. Needs the application's context."""
    db.session.remove()
    context = multiprocessing.get_context("fork")
    go, over = context.Barrier(len(reps) + 1), context.Event()
    ender = _fork(lambda: _end_leases(go, over))
    pids = []
    for rep in reps:
        pids.append(_fork(lambda rep=rep: _write(folder / f"{rep}", _Rep(rep).work(go, seconds))))  # type: ignore[misc]
    failed = [pid for pid in pids if os.waitpid(pid, 0)[1]]
    over.set()
    if os.waitpid(ender, 0)[1] or failed:
        raise RuntimeError("somebody gave up: see above")
    return [Hold(**each) for rep in reps for each in json.loads((folder / f"{rep}").read_text(encoding="ascii"))]


class _Rep:
    """One rep at their desk."""

    def __init__(self, user_id: int) -> None:
        self._user_id, self._luck, self._holds = user_id, random.Random(user_id), list[Hold]()

    def work(self, go: Barrier, seconds: float) -> list[Hold]:
        """What they held in so many seconds from when everybody was there; three calls however slow the machine is."""
        begun = _begin(go)
        while time.time() < begun + (seconds if len(self._holds) >= _AT_LEAST else _PATIENCE_SECONDS):
            user, task = self._next()
            if task is None:
                time.sleep(0.02)
            else:
                self._hold(user, task, self._luck.choice(_WAYS))
        return self._holds

    def warm_up(self) -> None:
        """Whoever is forked from here has every statement at hand."""
        for way in sorted(set(_WAYS)):
            user, task = self._next()
            if task is not None:
                self._hold(user, task, way)
            with transaction():
                calling.tick(now=_now())

    def _next(self) -> tuple[accounts.User, CallTask | None]:
        with transaction():
            user = session().get_one(accounts.User, self._user_id)
            task = claims.claim_next(user, now=_now())
            session().flush()
            session().expunge_all()
        return user, task

    def _hold(self, user: accounts.User, task: CallTask, way: str) -> None:
        begun = time.time()
        lease = task.lease_until.timestamp() if task.lease_until else begun
        time.sleep(self._luck.random() * 0.02)
        if way == "leave":
            time.sleep(max(0.0, lease - time.time()))
        if way == "call" and (rings_until := _ring(task, user)):
            lease = rings_until
        until = min(lease, time.time())
        if way == "release":
            with transaction():
                claims.release(task.id, user, now=_now())
        elif way in ("save", "call"):
            way = _save(task, user, way)
        if until > begun:
            self._holds.append(Hold(self._user_id, task.id, task.contact_id, begun, until, way))


def _ring(task: CallTask, user: accounts.User) -> float:
    """When its lease ends; 0 when it was lost before."""
    now = _now()
    with transaction():
        rings = claims.start_call(task.id, user, now=now)
    return (now + _LEASE).timestamp() if rings else 0.0


def _save(task: CallTask, user: accounts.User, way: str) -> str:
    try:
        with transaction():
            form = OutcomeForm(key=key_of(task, user), outcome="no_answer")
            calling.wrap_up(task.id, user, form, vault=_VAULT, now=_now())
        return way
    except Stale:
        return "stale"


def _begin(go: Barrier) -> float:
    """When everybody has a connection and is let go."""
    session().execute(text("SELECT 1"))
    session().commit()
    go.wait(_PATIENCE_SECONDS)
    return time.time()


def _end_leases(go: Barrier, over: Event) -> None:
    ends = _begin(go) + 2 * _PATIENCE_SECONDS
    while not over.is_set() and time.time() < ends:
        with transaction():
            calling.tick(now=_now())
        time.sleep(0.05)


def _fork(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _write(path: Path, holds: list[Hold]) -> None:
    path.write_text(json.dumps(list(map(asdict, holds))), encoding="ascii")


def _now() -> datetime:
    return datetime.now(UTC)


def _hire(count: int) -> list[int]:
    with transaction():
        return [accounts.add_user(f"rush{n}@example.com", "rep", now=_now()).id for n in range(count)]


def told(reps: Sequence[int], sizes: Sequence[int], seconds: float, folder: Path) -> dict[str, Any]:
    """What came of a rush of the first so many reps, for each of the sizes."""
    holds = [rush(reps[:size], seconds, folder) for size in sizes]
    every = [hold for each in holds for hold in each]
    saved = session().scalar(select(func.count()).select_from(Call)) or 0
    return {
        "holds": [len(each) for each in holds],
        "ways": {way: sum(hold.way == way for hold in every) for way in (*sorted(set(_WAYS)), "stale")},
        "reps": [len({hold.rep for hold in each}) for each in holds],
        "people": len({hold.person for hold in every}),
        "again": len(every) - len({hold.task for hold in every}),  # tasks that were had more than once
        "saved": saved,
        **{f"{by}_twice": [list(map(asdict, pair)) for pair in overlaps(every, by)] for by in _ONCE},
    }


def apart(url: str, carts: int, seconds: float, sizes: Sequence[int]) -> dict[str, Any]:
    """The same in a process of its own. Raises RuntimeError with what it said when it failed."""
    command = [sys.executable, "-m", "bench.rush", url, str(carts), str(seconds), *map(str, sizes)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def main(url: str, carts: int, seconds: float, sizes: Sequence[int]) -> dict[str, Any]:
    """Makes the carts and lets them be called about."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"SIDECAR_DATA_DIR": folder, "SIDECAR_DATABASE_URL": url, "SIDECAR_SECRET_KEY": KEY}
        with create_core(load(environ)).app_context():
            if url.startswith("sqlite"):
                event.listen(db.engine, "connect", lambda line, _: line.execute("PRAGMA synchronous=OFF"))
            settle_cursors(gather(carts, vault=_VAULT, calls=True, carts_each=CARTS_EACH).store_id)
            reps = _hire(max(sizes))
            claims.LEASE = claims.CALL_LEASE = _LEASE
            _Rep(reps[0]).warm_up()
            return told(reps, sizes, seconds, Path(folder))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), [int(size) for size in sys.argv[4:]])))
