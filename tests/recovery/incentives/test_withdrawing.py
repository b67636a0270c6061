"""Coupons leave the store when their time is over or their cart has ended; what was used stays, and is marked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.demo.coupon_rules import use_code
from sidecar.recovery.orders.rereading import reread
from tests.recovery.incentives.offered import Stand, stand


@pytest.fixture
def at(app: Flask) -> Iterator[Stand]:
    with stand(app) as found:
        yield found


@pytest.fixture
def given(at: Stand) -> Stand:
    """One cart with its coupon, mailed."""
    at.place()
    assert at.send().sent == 1
    assert at.row.state == "active"
    return at


def test_a_coupon_stays_while_it_can_be_used(given: Stand):
    given.shop.clock.move(timedelta(days=6))
    assert given.withdraw() == 0
    assert (given.row.state, len(given.made)) == ("active", 1)


def test_a_coupon_is_removed_when_its_time_is_over(given: Stand):
    given.shop.clock.move(timedelta(days=8))
    assert given.withdraw() == 1
    assert (given.row.state, given.row.reason, given.made) == ("removed", "expired", [])
    assert given.told()[-1].endswith("removed from the store: its time was over.")
    assert given.withdraw() == 0


def test_a_coupon_is_removed_when_the_cart_was_paid_without_it(given: Stand):
    (order,) = given.shop.store.orders.values()
    given.shop.store.simulator.pay(order.id)
    given.shop.poll_all()
    assert given.withdraw() == 1
    assert (given.row.state, given.row.reason, given.made) == ("removed", "paid_without", [])


def test_a_coupon_is_removed_when_the_shop_ends_the_cart(given: Stand):
    (order,) = given.shop.store.orders.values()
    given.shop.store.simulator.delete(order.id)
    reread(given.shop.id, [order.id], gateways=given.shop.gateways, clock=given.shop.clock)
    assert given.withdraw() == 1
    assert (given.row.state, given.row.reason, given.made) == ("removed", "cart_closed", [])


def test_a_used_coupon_is_kept_and_marked_used(given: Stand):
    (order,) = given.shop.store.orders.values()
    use_code(given.shop.store.world, order, given.row.code)
    given.shop.store.simulator.pay(order.id)
    given.shop.poll_all()
    assert given.withdraw() == 1
    assert (given.row.state, given.row.reason, len(given.made)) == ("used", "used", 1)
    given.shop.clock.move(timedelta(days=8))
    assert (given.withdraw(), len(given.made)) == (0, 1)


def test_a_use_of_an_order_that_was_cancelled_counts_no_more(given: Stand):
    (order,) = given.shop.store.orders.values()
    use_code(given.shop.store.world, order, given.row.code)
    given.shop.store.simulator.cancel(order.id)
    given.shop.clock.move(timedelta(days=8))
    assert given.withdraw() == 1
    assert (given.row.state, given.made) == ("removed", [])


def test_a_coupon_that_the_shop_removed_itself_is_marked_gone(given: Stand):
    given.shop.store.world.coupons.clear()
    given.shop.clock.move(timedelta(days=8))
    assert given.withdraw() == 1
    assert (given.row.state, given.row.reason) == ("removed", "gone")


@pytest.mark.parametrize("fault", ["fatal", "drop", "maintenance", "html_200"])
def test_a_store_in_trouble_is_left_for_the_next_round(given: Stand, fault: str):
    given.shop.clock.move(timedelta(days=8))
    given.shop.store.fault(fault, path="/wp-json/wc/v3/coupons")
    assert given.withdraw() == 0
    assert (given.row.state, len(given.made)) == ("active", 1)
    given.shop.store.heal()
    assert given.withdraw() == 1
    assert given.made == []


def test_an_answer_that_gets_lost_while_removing_is_made_up_for(given: Stand):
    given.shop.clock.move(timedelta(days=8))
    given.shop.store.fault("cut", times=1, path="/wp-json/wc/v3/coupons", method="DELETE")
    assert given.withdraw() == 0
    assert (given.row.state, given.made) == ("active", [])
    assert given.withdraw() == 1
    assert given.row.state == "removed"


def test_one_coupon_that_cannot_be_read_keeps_no_other(at: Stand):
    at.place(2)
    at.send()
    at.shop.clock.move(timedelta(days=8))
    at.shop.store.fault("wrong_shape", times=1, path="/wp-json/wc/v3/coupons")
    assert at.withdraw() == 1
    assert at.withdraw() == 1
    assert at.made == []


def test_what_nobody_came_back_for_is_removed(at: Stand):
    at.place()
    at.shop.store.fault("cut", times=1, path="/wp-json/wc/v3/coupons", method="POST")
    at.shop.store.fault("fatal", path="/wp-json/wc/v3/coupons", method="GET")
    at.set(not_on_sale_items="off")
    assert at.send().sent == 1
    assert (at.row.state, len(at.made)) == ("planned", 1)
    at.shop.store.heal()
    assert at.withdraw() == 0
    at.shop.clock.move(timedelta(hours=7))
    assert at.withdraw() == 1
    assert (at.row.state, at.made) == ("failed", [])
    assert at.withdraw() == 0


def test_a_coupon_that_was_made_otherwise_and_could_not_be_removed_is_removed_later(at: Stand, monkeypatch):
    monkeypatch.setattr("sidecar.demo.rest_coupons._values", lambda _name, _given: [])
    at.shop.store.fault("fatal", times=1, path="/wp-json/wc/v3/coupons", method="DELETE")
    at.place()
    at.send()
    assert (at.row.state, at.row.woo_id is not None, len(at.made)) == ("failed", True, 1)
    assert at.withdraw() == 1
    assert (at.row.state, at.row.woo_id, at.made) == ("failed", None, [])
