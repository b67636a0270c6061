"""Deciding by two workers at once, and by one that died halfway: every cart is carried out once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart, CartEvent
from sidecar.db import db, session, transaction
from sidecar.outreach.message import Message
from sidecar.recovery.decisions.deciding import decide_due
from sidecar.routing.route import Route
from tests.factories import NOW, VAULT, an_order
from tests.recovery.orders.orders import a_store, decide, take


def count(table, *where) -> int:
    return session().scalar(select(func.count()).select_from(table).where(*where)) or 0


def some_carts(store: int) -> None:
    calls = (an_order(key, email=f"c{key}@example.com", phone=f"(212) 555-01{key}") for key in range(10, 20))
    mails = (an_order(key, email=f"m{key}@example.com", phone="", total_minor=9000) for key in range(20, 30))
    take(store, *calls, *mails)


def decide_and_die() -> None:
    with transaction():
        assert decide_due(vault=VAULT, now=NOW) == 20
        raise KeyboardInterrupt


def test_two_workers_at_once_carry_every_cart_out_once(app):
    some_carts(a_store(routing__call_threshold="USD=300"))

    def work(_number: int) -> int:
        with app.app_context():
            try:
                return sum(decide(limit=3) for _ in range(8))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 20
    assert (count(Route), count(CallTask), count(Message)) == (20, 10, 20)
    assert count(CartEvent, CartEvent.kind == "routed") == 20


def test_worker_that_dies_halfway_leaves_nothing_half_done(app):
    some_carts(a_store(routing__call_threshold="USD=300"))
    with pytest.raises(KeyboardInterrupt):
        decide_and_die()
    assert (count(Route), count(CallTask), count(Message)) == (0, 0, 0)
    assert count(Cart, Cart.state == "watching") == 20
    assert decide() == 20
    assert (count(Route), count(CallTask), count(Message)) == (20, 10, 20)
