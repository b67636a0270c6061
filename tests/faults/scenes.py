"""`python -m tests.faults.scenes NAME DATABASE FOLDER …`: what several processes do to one database at once.

A process of its own, because only one without threads may fork. Prints what was found as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from sidecar import clock
from sidecar.app import create_core
from sidecar.config import ROOT
from sidecar.db import db, session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.stores.connection import Store
from tests.conftest import a_config
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop

PATIENCE_SECONDS = 120


def play(name: str, database_url: str, folder: Path, *words: str) -> dict[str, Any]:
    """What the scene found."""
    command = [sys.executable, "-m", "tests.faults.scenes", name, database_url, str(folder), *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    return cast("dict[str, Any]", json.loads(ran.stdout))


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work` returned in each of `count` processes that began at the same moment."""
    db.session.remove()
    go, started = os.pipe()
    readers, pids = [], []
    for number in range(count):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(started)
            os.read(go, 1)  # until everybody is there
            _be(lambda number=number: work(number), write)  # type: ignore[misc]
        os.close(write)
        readers.append(read)
        pids.append(pid)
    os.close(started)
    found = [json.loads(os.fdopen(read, "rb").read() or b'"died"') for read in readers]
    for pid in pids:
        os.waitpid(pid, 0)
    return found


def _be(work: Callable[[], Any], write: int) -> None:
    signal.alarm(PATIENCE_SECONDS)
    try:
        os.write(write, json.dumps(work()).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _reserve_all() -> list[int]:
    found: list[int] = []
    while True:
        with transaction():
            taken = leaving.reserve(now=clock.now(), limit=50)
        if not taken:
            return found
        found += taken


def reserve(count: str) -> dict[str, Any]:
    """Two workers take everything that is due."""
    from bench import due

    due.write(int(count), due=int(count))
    first, second = at_once(2, lambda _number: _reserve_all())
    return {"first": first, "second": second}


def sweep(count: str) -> dict[str, Any]:
    """Two sweepers settle what the dead held, of which every second message had begun, and send on at once."""
    from bench import due

    due.write(int(count), due=int(count))
    with transaction():
        leaving.reserve(now=clock.now() - timedelta(hours=1), limit=int(count))
        begun = "UPDATE message SET data_started_at = lease_until WHERE id % 2 = 0 AND state = 'sending'"
        session().execute(text(begun))

    def settle(_number: int) -> dict[str, Any]:
        with transaction():
            swept = leaving.sweep(now=clock.now())
        return {"swept": swept, "reserved": _reserve_all()}

    both = at_once(2, settle)
    in_review = session().scalar(text("SELECT count(*) FROM message WHERE state = 'review'"))
    return {"both": both, "in_review": in_review}


def write(writers: str, each: str) -> dict[str, Any]:
    """Many writers read a number and write the next one."""

    def count_up(_number: int) -> int:
        for _ in range(int(each)):
            with transaction() as at:
                store = at.get_one(Store, 1, with_for_update=True, populate_existing=True)
                store.gmt_offset_minutes += 1
        return int(each)

    done = at_once(int(writers), count_up)
    return {"done": done, "counted": session().get_one(Store, 1).gmt_offset_minutes}


def fork() -> dict[str, Any]:
    """The parent has a connection when it forks; every process says which one it works with, and reads a number."""

    def own() -> str:
        with db.engine.connect() as line:
            if db.engine.dialect.name == "postgresql":
                return str(line.execute(text("SELECT pg_backend_pid()")).scalar())
            return f"{id(line.connection.dbapi_connection)}"

    mine = own()
    kept = db.engine.pool.connect()  # the very connection, so that its address cannot be taken by a new one
    kept.close()

    def read(number: int) -> list[Any]:
        used = own()
        return [used, [session().scalar(text("SELECT :n"), {"n": number * 1000 + n}) for n in range(200)]]

    found = at_once(4, read)
    return {"mine": mine, "theirs": [used for used, _ in found], "read": [numbers for _, numbers in found],
            "still_mine": own()}


def fill_the_disk(smtp_url: str, log: str, messages: str, room: str) -> dict[str, Any]:
    """A sender on a disk that is full: no file may grow by more than `room` bytes. Later there is room again."""
    with transaction():
        desk = Desk(make_live_store().id, Shop(), smtp_url)
    desk.write(*range(1, int(messages) + 1))

    def send_in_little_room(_number: int) -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        largest = max(path.stat().st_size for path in Path(db.engine.url.database or "").parent.glob("*.sqlite3*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + int(room), largest + int(room)))
        try:
            return str(desk.send())
        except OperationalError as error:
            return str(error.orig)

    said = at_once(1, send_in_little_room)
    before, taken = states(), [line.split()[0] for line in Path(log).read_text(encoding="ascii").splitlines()]
    for _ in range(5):
        with transaction():
            leaving.sweep(now=clock.now() + timedelta(minutes=11))
            session().execute(text("UPDATE message SET due_at = created_at WHERE state = 'due'"))
        desk.send()
    intact = session().scalar(text("PRAGMA integrity_check"))
    return {"said": said, "before": before, "taken": taken, "after": states(), "integrity": intact}


def states() -> dict[str, str]:
    """Each recipient's message: its state, with a mark when the intent to send it is on disk."""
    session().rollback()
    rows = session().execute(text("SELECT to_address, state, data_started_at FROM message"))
    return {to: state if begun is None else f"{state}, begun" for to, state, begun in rows}


SCENES: dict[str, Callable[..., dict[str, Any]]] = {
    "reserve": reserve, "sweep": sweep, "write": write, "fork": fork, "fill_the_disk": fill_the_disk,
}


def main() -> None:
    """Plays one."""
    name, url, folder, *words = sys.argv[1:]
    app = create_core(a_config(Path(folder), url))
    with app.app_context():
        print(json.dumps(SCENES[name](*words)))
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main()
