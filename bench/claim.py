"""The next call out of many, 20 reps at once; the floor is one guarded UPDATE by the bare driver, by 20 at once too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import text

from bench import bare, rush
from bench.crowd import gather
from bench.figures import Effort, Figure, in_turn, speed
from bench.ground import KEY, Ground
from sidecar import accounts
from sidecar.calls.tasks.claims import claim_next
from sidecar.db import db, transaction
from sidecar.vault import Vault

REPS = 20
RUSHES = (2, 7, 20)  # reps in processes of their own


def measure(ground: Ground, effort: Effort) -> Figure:
    """Claims a second. Counts what two reps got at once; in the floor too, so that the floor is a fair one.

    Before that, processes rush at a queue as long whose people have three carts each (bench.rush; it has a test of its
    own).
    """
    rushed = {} if effort.quick else _rushed(ground, effort)
    with ground.application() as app:
        gather(effort.carts, vault=Vault((KEY,)), calls=True)
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        floor = _Floor(url, effort.carts)
        ours = _Ours(app, _hire())
        reps_at_once = _Reps()

        def claim() -> float:
            spent = reps_at_once.at_once(ours.rep)
            ours.put_away()
            return spent

        pairs = in_turn(lambda: reps_at_once.at_once(floor.rep), claim, effort.at_least(60))
        doubles = len(ours.claimed) - len(set(ours.claimed))
        return speed(
            "claim",
            pairs,
            per_round=REPS,
            unit=f"claims/s, {REPS} reps at once among {effort.carts:,}, {ground.database_name}",
            goal=0.3,
            claims=len(ours.claimed),
            doubles=doubles,
            doubles_met=doubles == 0,
            floor_doubles=len(floor.claimed) - len(set(floor.claimed)),
            **rushed,
        )


def _rushed(ground: Ground, effort: Effort) -> dict[str, object]:
    """How many calls the rushing reps had, and what two of them had at the same time."""
    with ground.application() as app:
        found = rush.apart(app.config["SQLALCHEMY_DATABASE_URI"], effort.carts, 5.0, RUSHES)
    twice = {f"rush_{by}_twice": len(found[f"{by}_twice"]) for by in ("task", "person", "rep")}
    return {"rush_holds": found["holds"], **twice, "rush_met": not any(twice.values())}


class _Ours:
    """Every rep claims once; afterwards, uncounted, the calls are put away so that each may take the next."""

    def __init__(self, app: Flask, reps: list[int]) -> None:
        self._app, self._reps = app, reps
        self.claimed: list[int] = []

    def rep(self, number: int) -> None:
        with self._app.app_context():
            with transaction() as session:
                user = session.get_one(accounts.User, self._reps[number])
                task = claim_next(user, now=datetime.now(UTC))
                self.claimed.append(task.id if task else 0)
            db.session.remove()

    def put_away(self) -> None:
        with transaction() as session:
            session.execute(text("UPDATE call_task SET state = 'done' WHERE state = 'claimed'"))


class _Floor:
    """A table with what a claim needs and one index, and a connection for each rep."""

    def __init__(self, url: str, count: int) -> None:
        lock = "" if url.startswith("sqlite") else " FOR UPDATE SKIP LOCKED"
        best = f"SELECT id FROM bare_task WHERE open = 1 ORDER BY rank LIMIT 1{lock}"
        self._claim = (
            f"UPDATE bare_task SET open = 0, rep = {bare.mark(url)} WHERE id = ({best}) AND open = 1 RETURNING id"
        )
        self._lines = [bare.connect(url) for _ in range(REPS)]
        self.claimed: list[int] = []
        first = self._lines[0]
        first.execute("CREATE TABLE bare_task (id integer PRIMARY KEY, open integer, rank float, rep integer)")
        series = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {int(count)})"
        first.execute(f"INSERT INTO bare_task {series} SELECT i, 1, i * 7919 % 1000003, NULL FROM n")
        first.execute("CREATE INDEX bare_task_queue ON bare_task (rank) WHERE open = 1")

    def rep(self, number: int) -> None:
        line = self._lines[number]
        bare.begin_writing(line)
        found = line.execute(self._claim, (number,)).fetchone()
        line.execute("COMMIT")
        self.claimed.append(found[0] if found else 0)


class _Reps:
    """Twenty threads that wait for the same moment."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(REPS)
        self._ready = threading.Barrier(REPS + 1)

    def at_once(self, rep: Callable[[int], None]) -> float:
        """Seconds until the last of them has finished."""
        waiting = [self._pool.submit(self._run, rep, number) for number in range(REPS)]
        self._ready.wait(30)
        begun = time.perf_counter()
        for future in waiting:
            future.result(60)
        return time.perf_counter() - begun

    def _run(self, rep: Callable[[int], None], number: int) -> None:
        self._ready.wait(30)
        rep(number)


def _hire() -> list[int]:
    with transaction():
        now = datetime.now(UTC)
        return [accounts.add_user(f"rep{n}@example.com", "rep", now=now).id for n in range(REPS)]
