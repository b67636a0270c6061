"""Whoever placed the order anew, out of the cart that our link rebuilt, is not reminded of the old one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from sidecar import clock
from sidecar.carts.queries import find_cart_by_order
from sidecar.db import session, transaction
from sidecar.outreach.visits.click import Click
from sidecar.stores.connection import Store
from tests.factories import an_order
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store, take_in
from tests.shop import Shop

HOUR = timedelta(hours=1)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store with a message due about order 101, cancelled by the store; its link has rebuilt the cart."""
    with transaction():
        store = make_live_store()
    found = Desk(store.id, Shop(), sink.url)
    found.write(101, age=6 * HOUR)
    with transaction():
        cart = find_cart_by_order(store.id, 101)
        assert cart is not None
        at = clock.now() - 3 * HOUR
        session().add(Click(store_id=store.id, cart_id=cart.id, at=at, by="person", led_to="rebuilt_cart"))
    return found


def order_anew(desk: Desk, *, age: timedelta = 2 * HOUR, **changes: Any) -> None:
    """The same person's order 102."""
    now = clock.now()
    values = {"email": "p101@example.com", "phone": "", "status": "on-hold"} | changes
    desk.shop.put(an_order(102, now=now, age=age, **values))
    with transaction():
        take_in(session().get_one(Store, desk.store_id), [desk.shop.orders[102]], now=now)


@pytest.mark.parametrize("status", ["on-hold", "pending", "failed"])
def test_reminder_of_the_old_order_does_not_leave(desk: Desk, sink: MailSink, status: str) -> None:
    order_anew(desk, status=status)

    desk.send()

    assert sink.accepted == []
    assert desk.state(101) == ("cancelled", "ordered_again")


@pytest.mark.parametrize(
    "changes",
    [{"status": "checkout-draft"}, {"age": 5 * HOUR}, {"email": "eve@example.com"}],
    ids=["only a draft", "ordered before the click", "somebody else"],
)
def test_it_leaves_where_nothing_was_placed_anew(desk: Desk, sink: MailSink, changes: dict[str, Any]) -> None:
    order_anew(desk, **changes)

    desk.send()

    assert len(sink.accepted) == 1
