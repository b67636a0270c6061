"""Paid orders: what people bought, and which of their open carts that answers ("came back in another order")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, select, update

from sidecar.bulk import Statement, given, insert_many
from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.order_text import NAME, plain, whole
from sidecar.db import session
from sidecar.money import is_currency
from sidecar.ports import Order

_PURCHASES: Table = Purchase.metadata.tables["purchase"]
COUNTS_FOR_NOTHING = ("refunded", "trash", "cancelled")
_KNOWN = Statement(
    select(_PURCHASES.c.order_id, _PURCHASES.c.status, _PURCHASES.c.total_minor).where(
        _PURCHASES.c.store_id == given("store_id")
    ),
    among=_PURCHASES.c.order_id,
)
_COUNTING = Statement(
    select(*(_PURCHASES.c[name] for name in ("contact_id", "order_id", "number", "ordered_at", "paid_at")))
    .where(_PURCHASES.c.status.not_in(COUNTS_FOR_NOTHING))
    .order_by(_PURCHASES.c.paid_at),
    among=_PURCHASES.c.contact_id,
)
# How long after leaving a cart another paid order of the same person still answers it, and how far the two may have
# been begun in the other order: people open two checkouts at once.
CAME_BACK_WITHIN = timedelta(days=14)
_BEGUN_BEFORE = timedelta(hours=1)


class _Sale(NamedTuple):
    order_id: int
    number: str
    ordered_at: datetime
    paid_at: datetime


def known_purchases(store_id: int, order_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Status and total of the purchases we know among these orders, by order id."""
    wanted = list(order_ids)
    found = _KNOWN.find(store_id=store_id, wanted=wanted) if wanted else ()
    return {order_id: (status, total_minor) for order_id, status, total_minor in found}


def bought_before(contact_id: int, store_id: int, *, most: int = 20) -> list[int]:
    """The products this person has paid for and not sent back, the latest first, each once; at most `most`."""
    query = (
        select(Purchase.product_ids)
        .where(
            Purchase.contact_id == contact_id,
            Purchase.store_id == store_id,
            Purchase.status.not_in(COUNTS_FOR_NOTHING),
        )
        .order_by(Purchase.paid_at.desc())
        .limit(10)
    )
    found = [each for ids in session().scalars(query) for each in ids]
    return list(dict.fromkeys(found))[:most]


def purchase_row(order: Order, *, now: datetime) -> dict[str, Any]:
    """The columns of a purchase that an order tells."""
    return {
        "order_id": order.order_id,
        "number": plain(order.number, NAME) or str(order.order_id),
        "status": plain(order.status, NAME),
        "currency": order.currency if is_currency(order.currency) else plain(order.currency, 10),
        "total_minor": whole(order.total_minor),
        "goods_minor": whole(order.goods_minor),
        "ordered_at": min(order.created_at, now),
        "paid_at": min(order.paid_at or order.modified_at, now),
        "product_ids": [whole(line.product_id) for line in order.lines[:50]],
    }


def write_purchases(store_id: int, rows: Sequence[Mapping[str, Any]], *, known: Iterable[int]) -> None:
    """Inserts purchases, and updates those whose order ids are `known`. Every row names its `contact_id`."""
    old = set(known)
    fresh = [{"store_id": store_id} | dict(row) for row in rows if row["order_id"] not in old]
    changed = [dict(row) | {"which": row["order_id"]} for row in rows if row["order_id"] in old]
    insert_many(_PURCHASES, fresh)
    if changed:
        place = (_PURCHASES.c.store_id == store_id, _PURCHASES.c.order_id == bindparam("which"))
        session().execute(update(_PURCHASES).where(*place), changed)


def unsell(store_id: int, statuses: Mapping[int, str]) -> None:
    """Purchases that no longer count get their order's new status; those that wait for payment again are forgotten."""
    ended = {order_id: status for order_id, status in statuses.items() if status in COUNTS_FOR_NOTHING}
    reopened = [order_id for order_id in statuses if order_id not in ended]
    if ended:
        place = (_PURCHASES.c.store_id == store_id, _PURCHASES.c.order_id == bindparam("which"))
        rows = [{"which": order_id, "status": status} for order_id, status in ended.items()]
        session().execute(update(_PURCHASES).where(*place), rows)
    if reopened:
        query = delete(_PURCHASES).where(_PURCHASES.c.store_id == store_id, _PURCHASES.c.order_id.in_(reopened))
        session().execute(query)


def answered_carts(contact_ids: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Open carts of these people that another paid order of theirs answers: its number and when it was paid, by cart.

    Answers are orders begun about when the cart was or later, or paid after it was left, within two weeks of that.
    """
    people = list(contact_ids)
    if not people:
        return {}
    bought = _counting_purchases(people)
    if not bought:
        return {}
    open_carts = select(Cart.id, Cart.order_id, Cart.contact_id, Cart.ordered_at, Cart.active_at).where(
        Cart.contact_id.in_(bought), Cart.state.in_(("watching", "abandoned", "contacted"))
    )
    found: dict[int, tuple[str, datetime]] = {}
    for cart in session().execute(open_carts):
        for sale in bought.get(cart.contact_id, ()):
            begun = sale.ordered_at >= cart.ordered_at - _BEGUN_BEFORE
            came_back = begun or sale.paid_at >= cart.active_at
            if sale.order_id != cart.order_id and came_back and sale.paid_at <= cart.active_at + CAME_BACK_WITHIN:
                found.setdefault(cart.id, (sale.number, sale.paid_at))
    return found


def bought_since(cart: Cart, last_paid: datetime | None) -> frozenset[int]:
    """The products that this cart's person has paid for in other orders since about when it was begun. `last_paid` is
    when they last paid anything: without anything since then, nothing is asked."""
    since = cart.ordered_at - _BEGUN_BEFORE
    if last_paid is None or last_paid < since or cart.contact_id is None:
        return frozenset()
    query = select(Purchase.product_ids).where(
        Purchase.contact_id == cart.contact_id,
        Purchase.paid_at >= since,
        Purchase.order_id != cart.order_id,
        Purchase.status.not_in(COUNTS_FOR_NOTHING),
    )
    return frozenset(each for ids in session().scalars(query) for each in ids if each)


def order_bought_instead(cart: Cart) -> str:
    """The number of the order that this cart's person paid instead of it, since about when it was begun; "" for none
    that we know."""
    if cart.contact_id is None:
        return ""
    since = cart.ordered_at - _BEGUN_BEFORE
    sales = _counting_purchases([cart.contact_id]).get(cart.contact_id, [])
    return next((sale.number for sale in sales if sale.order_id != cart.order_id and sale.paid_at >= since), "")


def _counting_purchases(people: Iterable[int]) -> dict[int, list[_Sale]]:
    found: dict[int, list[_Sale]] = {}
    for contact_id, *sale in _COUNTING.find(wanted=people):
        found.setdefault(contact_id, []).append(_Sale(*sale))
    return found
