"""Web processes killed with -9 while a rep gives an offer or takes one back, at every point: never two coupons for one
cart, none in the store that we do not know of, and whoever presses again gets the one there is."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from sidecar.outreach.incentives.coupon import TAKEN_BACK
from tests.faults.offering_victim import POINTS, Errand, Nursery
from tests.recovery.incentives.on_the_phone import Desk, desk

pytestmark = [pytest.mark.faults, pytest.mark.one_database]
# Commits come several times on the way; each question to the store once.
KILLS = [(point, count) for point in POINTS if "send" not in point and "delete" not in point
         for count in ((1, 2, 3, 4) if "commit" in point else (1,))]  # fmt: skip
BACK_KILLS = [("before_commit", 1), ("after_commit", 1), ("before_commit", 2), ("before_with_code", 1),
              ("after_with_code", 1), ("before_delete", 1), ("after_delete", 1)]  # fmt: skip
STEP_SECONDS = 100.0  # longer than a store may still be working on a request whose answer got lost


@dataclass
class Ward:
    """Sam's desk, and web processes to kill."""

    at: Desk
    database_url: str
    data_dir: Path
    nursery: Nursery
    ahead: float = 0.0

    def press(self, task_id: int, wish: str = "percent 10", **more: Any) -> int:
        """One press, from its start to its end; how its process ended."""
        self.ahead += STEP_SECONDS
        sink = self.at.at.sink.url
        errand = Errand(self.database_url, str(self.data_dir), sink, self.ahead, gives=(task_id, self.at.sam_id, wish),
                        **more)  # fmt: skip
        self.nursery.start(errand)
        return self.nursery.wait()

    def check(self) -> Counter[str]:
        """The oracles. How many coupons stand in each state."""
        made, rows = self.at.at.made, self.at.at.rows()
        assert [who for who, times in Counter(c.email_restrictions[0] for c in made).items() if times > 1] == []
        assert {coupon.code for coupon in made} <= {row.code.lower() for row in rows}
        assert [cart for cart, times in Counter(row.cart_id for row in rows).items() if times > 1] == []
        named = {row.code.lower() for row in rows if row.state == "active" and row.reason != TAKEN_BACK}
        assert named <= {coupon.code for coupon in made}
        return Counter(row.state for row in rows)


@pytest.fixture
def ward(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    nursery = Nursery()
    with desk(app) as at:
        at.set(rep_per_day="100", rep_value_per_day="USD=100000")
        yield Ward(at, database_url, tmp_path, nursery)
    nursery.close()


def test_a_press_killed_at_every_named_point_makes_one_coupon_in_the_end(ward: Ward) -> None:
    killed = carts = 0
    for point, count in KILLS:
        _, task_id = ward.at.hold()
        carts += 1
        if "with_code" in point:  # codes are looked up after an answer that got lost
            ward.at.at.shop.store.fault("cut", times=2, path="/wp-json/wc/v3/coupons", method="POST")
        killed += ward.press(task_id, die_at=(point, count)) == -signal.SIGKILL
        ward.at.at.shop.store.heal()
        ward.check()
        assert ward.press(task_id, "percent 5") == 0
    print(f"{killed} kills of {carts}")
    assert killed >= 10
    assert ward.check() == Counter(active=carts)
    assert len(ward.at.at.made) == carts


def test_a_taking_back_killed_at_every_named_point_leaves_nothing_behind(ward: Ward) -> None:
    killed = 0
    for point, count in BACK_KILLS:
        _, task_id = ward.at.hold()
        assert ward.press(task_id) == 0
        killed += ward.press(task_id, "", die_at=(point, count)) == -signal.SIGKILL
        ward.check()
        ward.press(task_id, "")
    assert killed >= 5
    sink = ward.at.at.sink.url
    ward.nursery.start(Errand(ward.database_url, str(ward.data_dir), sink, ward.ahead + 1, withdraws=True))
    assert ward.nursery.wait() == 0
    assert ward.at.at.made == []
    assert {row.state for row in ward.at.at.rows()} == {"removed"}
