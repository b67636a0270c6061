"""Save an outcome and get the next card, as the page does it; how many transactions and statements that takes.

Twenty reps take turns in one process, at 1k and at 100k waiting carts. The floor is one write transaction by the bare
driver: a row changed, a row added.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench import bare
from bench.crowd import gather
from bench.figures import Effort, Figure, growth, in_turn, seconds, speed
from bench.ground import KEY, Ground
from bench.shop import settle_cursors
from sidecar import accounts
from sidecar.app import create_app
from sidecar.db import db, transaction
from sidecar.vault import Vault

SMALL = 1_000
REPS = 20
MOST_STATEMENTS, MOST_TRANSACTIONS = 12, 2
_NO_STATEMENT = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


def measure(ground: Ground, effort: Effort) -> Figure:
    """Saves a second; beside it how much longer a save takes when a hundred times as much waits."""
    with ExitStack() as stack:
        small_app = stack.enter_context(ground.application())
        small = _Desk(ground, small_app, SMALL)
        large_app = stack.enter_context(ground.application())
        large = _Desk(ground, large_app, effort.carts)
        floor = _Floor(large_app.config["SQLALCHEMY_DATABASE_URI"])
        grown = growth("save", in_turn(small.save, large.save, effort.at_least(30)), unit="", goal=1.3)
        pairs = in_turn(floor.write, large.save, effort.at_least(60))
        statements, transactions = large.count()
        return speed(
            "save",
            pairs,
            per_round=1,
            unit=f"saves/s, {REPS} reps in turn, {effort.carts:,} carts, {ground.database_name}",
            goal=0.2,
            statements=statements,
            statements_met=statements <= MOST_STATEMENTS,
            write_transactions=transactions,  # counted where they say so, on SQLite
            transactions_met=transactions <= MOST_TRANSACTIONS,
            growth=grown.comparison,
            growth_met=grown.comparison <= grown.goal,
        )


class _Desk:
    """Our pages without a server, and reps who are signed in and hold a call each."""

    def __init__(self, ground: Ground, core: Flask, carts: int) -> None:
        settle_cursors(gather(carts, vault=Vault((KEY,)), calls=True).store_id)
        self._app = create_app(ground.config(core.config["SQLALCHEMY_DATABASE_URI"]))
        self._app.config["WTF_CSRF_ENABLED"] = False
        self._reps = [self._sign_in(f"rep{number}@example.com") for number in range(REPS)]
        self._cards = [_card(rep.post("/queue/next", headers={"HX-Request": "true"}).text) for rep in self._reps]
        self._turn = 0

    def save(self) -> float:
        """Seconds for one save, with the next card in its answer."""
        at = self._turn = (self._turn + 1) % REPS
        task, key = self._cards[at]
        form = {"key": key, "outcome": "no_answer"}
        answers: list[str] = []
        spent = seconds(
            lambda: answers.append(
                self._reps[at].post(f"/calls/{task}/save", data=form, headers={"HX-Request": "true"}).text
            )
        )
        self._cards[at] = _card(answers[0])
        if self._cards[at][0] == task:
            raise RuntimeError("the outcome was not saved")
        return spent

    def count(self) -> tuple[int, int]:
        """Statements and write transactions of one save."""
        seen: list[str] = []
        with self._app.app_context():
            engine = db.engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        self.save()
        event.remove(engine, "before_cursor_execute", note)
        begun = sum(statement.startswith("BEGIN IMMEDIATE") for statement in seen)
        return sum(not statement.startswith(_NO_STATEMENT) for statement in seen), begun

    def _sign_in(self, email: str) -> FlaskClient:
        client = self._app.test_client()
        with self._app.app_context(), transaction():
            now = datetime.now(UTC)
            token = accounts.make_link(accounts.add_user(email, "rep", name="Sam Reyes", now=now), now=now)
        client.post(f"/link/{token}")
        return client


class _Floor:
    def __init__(self, url: str) -> None:
        self._line, mark = bare.connect(url), bare.mark(url)
        self._line.execute("CREATE TABLE bare_call (id integer PRIMARY KEY, state text, note text)")
        self._line.execute("INSERT INTO bare_call VALUES (1, 'claimed', '')")
        self._change = f"UPDATE bare_call SET state = {mark} WHERE id = 1"
        self._add = f"INSERT INTO bare_call VALUES ({mark}, 'done', 'no answer')"
        self._next = 2

    def write(self) -> float:
        """Seconds for one write transaction."""
        return seconds(self._write)

    def _write(self) -> None:
        bare.begin_writing(self._line)
        self._line.execute(self._change, (f"state {self._next}",))
        self._line.execute(self._add, (self._next,))
        self._line.execute("COMMIT")
        self._next += 1


def _card(page: str) -> tuple[int, str]:
    """The task and the key of the card in an answer."""
    task, key = re.search(r"/calls/(\d+)/save", page), re.search(r'name="key"[^>]*value="([^"]+)"', page)
    if not task or not key:
        raise RuntimeError("there is no card in the answer")
    return int(task[1]), key[1]
