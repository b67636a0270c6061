"""Handing orders to intake, as polling does, and looking at what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import event, select

from sidecar.carts.cart import Cart, CartEvent
from sidecar.db import db, session, transaction
from sidecar.ports import Order, OrderNote
from sidecar.recovery.decisions.deciding import decide_due
from sidecar.recovery.orders.intake import Taken, take_in_orders
from sidecar.settings import put, settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, make_store

TIME_LIMIT = "Unpaid order cancelled - time limit reached. Order status changed from Pending payment to Cancelled."


def a_store(*, url: str = "https://shop.example.com", **settings: str) -> int:
    """The id of a connected store; settings by name with underscores for dots."""
    with transaction():
        store = make_store(url=url)
        for name, text in settings.items():
            put(store.id, name.replace("__", "."), text, by="test", now=NOW)
        return store.id


def take(
    store_id: int,
    *orders: Order,
    notes: Mapping[int, tuple[OrderNote, ...] | None] | None = None,
    now: datetime = NOW,
) -> Taken:
    """Takes orders in, in a transaction of its own."""
    with transaction():
        store = session().get_one(Store, store_id)
        return take_in_orders(store, orders, notes=notes or {}, settings=settings_of(store_id), vault=VAULT, now=now)


def decide(*, now: datetime = NOW, limit: int = 200) -> int:
    """Decides what is due, in a transaction of its own."""
    with transaction():
        return decide_due(vault=VAULT, now=now, limit=limit)


def cart_of(order_id: int) -> Cart:
    """The cart of an order, read anew."""
    session().expire_all()
    return session().scalars(select(Cart).where(Cart.order_id == order_id)).one()


def kinds(order_id: int) -> list[str]:
    """The kinds of what happened to a cart, oldest first."""
    cart = cart_of(order_id)
    query = select(CartEvent.kind).where(CartEvent.cart_id == cart.id).order_by(CartEvent.at, CartEvent.id)
    return list(session().scalars(query))


def texts(order_id: int) -> list[str]:
    """The sentences of a cart's story, oldest first."""
    cart = cart_of(order_id)
    query = select(CartEvent.text).where(CartEvent.cart_id == cart.id).order_by(CartEvent.at, CartEvent.id)
    return list(session().scalars(query))


def note(text: str, *, by_system: bool = True, age: timedelta = timedelta(hours=25)) -> OrderNote:
    """A note, by WooCommerce or by somebody in the shop."""
    return OrderNote(at=NOW - age, author="WooCommerce" if by_system else "olive", text=text, by_system=by_system)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile; one with many rows counts once."""
    sent: list[str] = []

    def keep(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
