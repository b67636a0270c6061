"""Workers killed with -9 while they provide coupons, at every point and at random: never two for one offer, never a
mail whose coupon the store does not have, never a message lost for it, and nothing left behind.

The oracles are what the store has and what the mail server accepted.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.db import session
from sidecar.outreach.message import Message
from tests.faults.offering_victim import POINTS, Errand, Nursery
from tests.recovery.incentives.offered import Stand, plain, stand

pytestmark = pytest.mark.faults
SEED = int(os.environ.get("SIDECAR_TEST_SEED", "20261118"))
_CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")
KILLS = [point for point in POINTS if "delete" not in point]  # nothing is deleted on the way
STEP_SECONDS = 200.0  # as long as it takes until a dead worker's message is taken up again


@dataclass
class Ward:
    """A live store whose messages carry offers, and workers to kill."""

    at: Stand
    database_url: str
    data_dir: Path
    nursery: Nursery
    ahead: float = 0.0
    placed: list[str] = field(default_factory=list)

    def place(self, count: int) -> None:
        self.placed += [order.billing["email"] for order in self.at.place(count)]

    def start(self, **more: Any) -> int:
        self.ahead += STEP_SECONDS
        errand = Errand(self.database_url, str(self.data_dir), self.at.sink.url, self.ahead, **more)
        return self.nursery.start(errand)

    def run(self, **more: Any) -> int:
        """One worker from its start to its end; how it ended."""
        self.start(**more)
        return self.nursery.wait()

    def finish(self) -> None:
        """Workers that live, until nothing is waiting."""
        for _ in range(20):
            assert self.run() == 0
            if set(self.states().values()) <= {"sent", "review"}:
                return

    def states(self) -> dict[str, str]:
        """Each person's first message: its state."""
        session().rollback()
        query = select(Message.to, Message.state).where(Message.step == "reminder-1")
        return {row.to: row.state for row in session().execute(query)}

    def check(self) -> Counter[str]:
        """The oracles. Returns how many coupons stand in each state."""
        made, rows = self.at.made, {row.code.lower(): row for row in self.at.rows()}
        assert [code for code, times in Counter(coupon.code for coupon in made).items() if times > 1] == []
        assert [who for who, times in Counter(c.email_restrictions[0] for c in made).items() if times > 1] == []
        assert {coupon.code for coupon in made} <= set(rows)  # nothing in the store that we do not know of
        assert [to for to, times in Counter(self.at.sink.recipients).items() if times > 1] == []
        assert set(self.states().values()) <= {"sent", "review"}
        assert set(self.states()) == set(self.placed)
        in_store = {coupon.code for coupon in made}
        for mail in self.at.sink.accepted:
            for code in _CODE.findall(plain(mail)):
                assert rows[code.lower()].state in ("active", "used")
                assert code.lower() in in_store
        return Counter(row.state for row in rows.values())

    def clean_up(self) -> None:
        """After everything has run out, the store has nothing of ours any more."""
        self.ahead += timedelta(days=10).total_seconds()
        assert self.run(withdraws=True) == 0
        assert self.at.made == []
        assert {row.state for row in self.at.rows()} <= {"removed", "failed"}


@pytest.fixture
def ward(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    nursery = Nursery()
    with stand(app) as at:
        at.set(per_day="10000")
        yield Ward(at, database_url, tmp_path, nursery)
    nursery.close()


@pytest.mark.one_database
def test_a_worker_killed_at_every_named_point_never_makes_two_coupons_for_one_offer(ward: Ward):
    killed = 0
    for point in KILLS:
        for count in (1, 2, 4):
            ward.place(2)
            if "with_code" in point:  # codes are looked up after an answer that got lost
                ward.at.shop.store.fault("cut", times=2, path="/wp-json/wc/v3/coupons", method="POST")
            killed += ward.run(die_at=(point, count)) == -signal.SIGKILL
            ward.at.shop.store.heal()
    ward.finish()
    found = ward.check()
    assert killed >= 18
    print(f"{killed} kills at named points, {len(ward.placed)} messages, {dict(found)}")
    assert found["active"] >= len(ward.placed) - killed
    assert set(found) <= {"active", "planned"}
    ward.clean_up()


@pytest.mark.one_database
def test_a_worker_killed_while_it_takes_coupons_back_leaves_none_behind(ward: Ward):
    ward.place(12)
    ward.finish()
    assert ward.check() == Counter(active=12)
    ward.ahead += timedelta(days=10).total_seconds()
    killed = 0
    for point in ("before_delete", "after_delete", "before_with_code", "after_with_code", "before_commit",
                  "after_commit"):  # fmt: skip
        killed += ward.run(withdraws=True, die_at=(point, 2)) == -signal.SIGKILL
    assert killed >= 5
    ward.clean_up()


@pytest.mark.one_database
def test_a_worker_killed_at_random_never_makes_two_coupons_for_one_offer(ward: Ward):
    """At random points, not moments: so it means the same on a busy machine, and a seed replays it."""
    chance = random.Random(SEED)
    killed = 0
    for _ in range(25):
        if len(ward.placed) - len(ward.at.sink.recipients) < 4:
            ward.place(4)
        place = (chance.choice(KILLS), chance.randint(1, 9))
        killed += ward.run(die_at=place, limit=chance.choice((1, 3, 50))) == -signal.SIGKILL
    ward.finish()
    found = ward.check()
    assert killed >= 6, f"seed {SEED}"
    print(f"{killed} kills at random points, {len(ward.placed)} messages, {dict(found)}, seed {SEED}")
    ward.clean_up()


def test_two_workers_together_keep_the_cap_of_a_day_and_make_each_coupon_once(ward: Ward):
    ward.at.set(per_day="7")
    ward.place(24)
    other = Nursery()
    errand = Errand(ward.database_url, str(ward.data_dir), ward.at.sink.url, limit=3, sweeps=False)
    for nursery in (ward.nursery, other):
        nursery.start(errand)
    assert [nursery.wait() for nursery in (ward.nursery, other)] == [0, 0]
    other.close()
    assert ward.check() == Counter(active=7, failed=17)
    assert len(ward.at.made) == 7
