"""Claimed and contacted carts keep their course, as long as their orders still ask for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.routing.queries import why
from tests.cast import REP
from tests.factories import NOW, an_order, make_user
from tests.recovery.orders.orders import a_store, cart_of, decide, take

SOON = NOW + timedelta(minutes=5)
ODD = [("on-hold", "on_hold"), ("awaiting-quote", "unknown_status")]


@pytest.fixture
def store(app: Any) -> int:
    return a_store(routing__call_threshold="USD=300")


def called_about(store: int) -> CallTask:
    """Dana's cart after a first call that nobody answered."""
    take(store, an_order(101))
    decide()
    with transaction():
        sam = make_user(REP)
        cart_of(101).state = "contacted"
        task = session().scalars(select(CallTask)).one()
        task.attempts, task.state, task.claimed_by_id = 1, "waiting", sam.id
    return task


@pytest.mark.parametrize(("status", "code"), ODD)
def test_a_called_cart_whose_order_now_waits_for_the_shop_leaves_the_queue(store: int, status: str, code: str):
    task = called_about(store)

    take(store, an_order(101, status=status, modified_at=NOW), now=SOON)
    decide(now=SOON)

    task = session().get_one(CallTask, task.id)
    assert (task.state, task.done_reason) == ("done", code)
    cart = cart_of(101)
    assert (cart.state, cart.route, cart.reason_code) == ("contacted", "hold", code)
    found = why(cart.id)
    assert found is not None
    assert found.reason == cart.reason


def test_another_change_of_a_called_cart_changes_nothing(store: int):
    task = called_about(store)

    take(store, an_order(101, total_minor=53000, modified_at=NOW), now=SOON)
    decide(now=SOON)

    assert session().get_one(CallTask, task.id).state == "waiting"
    assert (cart_of(101).state, cart_of(101).route) == ("contacted", "call")


def test_a_rep_who_holds_the_cart_sees_that_no_call_is_needed(store: int):
    task = called_about(store)
    with transaction():
        cart_of(101).state = "abandoned"
        held = session().get_one(CallTask, task.id)
        held.state, held.claimed_at, held.lease_until = "claimed", NOW, NOW + timedelta(minutes=10)

    take(store, an_order(101, status="on-hold", modified_at=NOW), now=SOON)
    decide(now=SOON)

    assert session().get_one(CallTask, task.id).done_reason == "on_hold"


def test_a_called_cart_that_waits_for_payment_again_says_that_it_was_followed_up(store: int):
    called_about(store)
    take(store, an_order(101, status="on-hold", modified_at=NOW), now=SOON)
    decide(now=SOON)

    later = SOON + timedelta(hours=2)
    take(store, an_order(101, status="pending", modified_at=SOON), now=later)
    decide(now=later)

    cart = cart_of(101)
    assert (cart.state, cart.route, cart.reason_code) == ("contacted", "hold", "followed_up")
