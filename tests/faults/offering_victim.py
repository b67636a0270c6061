"""A sending worker that dies at named points while it provides coupons: the real code, the real client, a real store.

Nothing in Ringback knows about this. The points are the commits of its database session, and both sides of every
question to the store's coupons and of every mail. Workers come by fork: imports once, then one child for each errand.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from sidecar import clock, gateways
from sidecar.accounts import User
from sidecar.app import create_app
from sidecar.db import db, transaction
from sidecar.errors import Refused
from sidecar.gateways.smtp import SmtpGateway
from sidecar.ports import Gateways
from sidecar.recovery.delivery import sending
from sidecar.recovery.incentives import giving
from sidecar.recovery.incentives.withdrawing import withdraw
from tests.conftest import a_config
from tests.factories import VAULT
from tests.recovery.delivery.writing import FROM

ROOT = Path(__file__).resolve().parents[2]
ASKED = ("on_sale", "with_code", "create", "delete")
POINTS = ("before_commit", "after_commit", "before_send", "after_send",
          *(f"{side}_{what}" for what in ASKED for side in ("before", "after")))  # fmt: skip


@dataclass(frozen=True)
class Errand:
    """One run of a worker, `ahead` seconds from now. It dies when it passes the point of `die_at` for that time."""

    database_url: str
    data_dir: str
    smtp_url: str
    ahead: float = 0.0
    withdraws: bool = False
    limit: int = 50
    sweeps: bool = True
    die_at: tuple[str, int] | None = None
    gives: tuple[int, int, str] | None = None  # task, rep, wish: instead of sending; "" takes it back


class Fuse:
    """Counts how often a point is passed, and ends the process when it is time."""

    def __init__(self, point: str, count: int) -> None:
        self._point, self._left = point, count

    def passed(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """Anything, with a fuse on both sides of some of its calls."""

    def __init__(self, real: Any, fuse: Fuse, *names: str) -> None:
        self._real, self._fuse, self._names = real, fuse, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name in ("open_coupons", "connect"):
            return lambda *given: Deadly(found(*given), self._fuse, *self._names)
        if name not in self._names:
            return found

        def call(*given: Any) -> Any:
            self._fuse.passed(f"before_{name}")
            answer = found(*given)
            self._fuse.passed(f"after_{name}")
            return answer

        return call


def run(errand: Errand) -> None:
    """Sends everything that is due, or takes coupons back; then returns, unless it dies."""
    config = a_config(Path(errand.data_dir), errand.database_url)
    app = create_app(config)
    outside = replace(gateways.build(config), mail=SmtpGateway(errand.smtp_url, FROM), vault=VAULT,
                      base_url="http://127.0.0.1:8000")  # fmt: skip
    with app.app_context():
        _work(errand, _armed(outside, errand.die_at))
        db.session.remove()
        db.engine.dispose()


def _armed(outside: Gateways, die_at: tuple[str, int] | None) -> Gateways:
    if die_at is None:
        return outside
    fuse = Fuse(*die_at)
    event.listen(Session, "before_commit", lambda _session: fuse.passed("before_commit"))
    event.listen(Session, "after_commit", lambda _session: fuse.passed("after_commit"))
    mail: Any = Deadly(outside.mail, fuse, "send")
    coupons: Any = Deadly(outside.coupons, fuse, *ASKED)
    return replace(outside, mail=mail, coupons=coupons)


def _work(errand: Errand, outside: Gateways) -> None:
    def later() -> datetime:
        return clock.now() + timedelta(seconds=errand.ahead)

    if errand.withdraws:
        while withdraw(gateways=outside, clock=later):
            pass
        return
    if errand.gives is not None:
        _give(*errand.gives, outside, later)
        return
    if errand.sweeps:
        with transaction():
            sending.sweep(now=later() + timedelta(hours=1))
    with transaction():
        sending.fill(now=later())
    while sending.send_due(gateways=outside, clock=later, limit=errand.limit).reserved:
        pass


def _give(task_id: int, user_id: int, wish: str, outside: Gateways, later: Callable[[], datetime]) -> None:
    """A rep's press on the card, in a web process that may die on the way."""
    user = db.session.get_one(User, user_id)
    db.session.expunge(user)
    with contextlib.suppress(Refused):
        if wish:
            giving.give(task_id, user, wish, ("extra_costs",), gateways=outside, clock=later)
        else:
            giving.take_back(task_id, user, gateways=outside, clock=later)


class Nursery:
    """The parent's end: starts workers one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.offering_victim"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
        )  # fmt: skip

    def start(self, errand: Errand) -> int:
        """The process id of a worker that has just begun."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(errand)) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """How the worker ended: 0, or minus the number of the signal."""
        return os.waitstatus_to_exitcode(int(self._line()))

    def close(self) -> None:
        """Ends the nursery; its worker has ended before."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def main() -> None:
    """The nursery's own end."""
    for line in sys.stdin:
        found = json.loads(line)
        found["gives"] = tuple(found["gives"]) if found["gives"] else None
        found["die_at"] = tuple(found["die_at"]) if found["die_at"] else None
        pid = os.fork()
        if pid == 0:
            _be_a_worker(Errand(**found))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


def _be_a_worker(errand: Errand) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    status = 1
    try:
        run(errand)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
