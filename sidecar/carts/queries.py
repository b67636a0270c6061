"""What pages and the command line ask about carts. Reads only; never counts the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import selectinload

from sidecar.carts.cart import Cart, Purchase, Quarantine
from sidecar.carts.searching import CartFilter, filtered
from sidecar.carts.story import Told, story
from sidecar.contacts.contact import Contact
from sidecar.db import session
from sidecar.money import Money
from sidecar.stores.connection import Store

__all__ = ["CartFilter", "CartPage", "CartPageOf", "CartRow", "PurchaseRow"]

PAGE_SIZE = 25
_HISTORY = 50  # other carts and purchases of a person that a page shows


@dataclass(frozen=True, slots=True)
class CartRow:
    """One cart in a list. `left_at` is the customer's last activity."""

    id: int
    store_id: int
    store: str
    order_id: int
    number: str
    status: str
    customer: str
    email: str
    phone: str
    total: Money
    goods: Money
    left_at: datetime
    abandoned_at: datetime | None
    paid_at: datetime | None
    failed_payments: int
    state: str
    route: str | None
    reason_code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class CartPageOf:
    """A page of the list. `next` is what to pass as `after` for the following page, or None at the end."""

    rows: list[CartRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A paid order of the person. `counts` is false for refunded and trashed ones."""

    order_id: int
    number: str
    status: str
    total: Money
    paid_at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class CartPage:
    """Everything about one cart for its page, but the decision's rules: those are routing.queries.why(cart_id).

    `cart` comes with lines and contact loaded. `spent` sums the counting purchases by currency.
    """

    cart: Cart
    store: Store
    contact: Contact | None
    story: list[Told]
    other_carts: list[CartRow]
    purchases: list[PurchaseRow]
    spent: list[Money]
    quarantine: Quarantine | None


def list_carts(wanted: CartFilter, *, after: str | None = None, size: int = PAGE_SIZE) -> CartPageOf:
    """One page of carts, the last left first. `after` is the `next` of the page before; an odd one starts anew."""
    query = filtered(_rows(), wanted).order_by(Cart.active_at.desc(), Cart.id.desc()).limit(size + 1)
    place = _read_place(after)
    if place:
        left_at, cart_id = place
        query = query.where(or_(Cart.active_at < left_at, and_(Cart.active_at == left_at, Cart.id < cart_id)))
    rows = [_row(found) for found in session().execute(query)]
    more = len(rows) > size
    rows = rows[:size]
    return CartPageOf(rows, f"{rows[-1].left_at.isoformat()}_{rows[-1].id}" if more else None)


def find_cart(cart_id: int) -> Cart | None:
    """The cart, or None."""
    return session().get(Cart, cart_id)


def find_cart_by_order(store_id: int, order_id: int) -> Cart | None:
    """The cart of an order, or None."""
    return session().scalar(select(Cart).where(Cart.store_id == store_id, Cart.order_id == order_id))


def get_cart_page(cart_id: int) -> CartPage | None:
    """Everything its page shows, or None when there is no such cart."""
    options = (selectinload(Cart.lines), selectinload(Cart.contact))
    cart = session().scalar(select(Cart).where(Cart.id == cart_id).options(*options))
    if cart is None:
        return None
    bought = purchases_of(cart.contact_id)
    return CartPage(
        cart=cart,
        store=session().get_one(Store, cart.store_id),
        contact=cart.contact,
        story=story(cart_id),
        other_carts=other_carts(cart),
        purchases=bought,
        spent=spent_in(bought),
        quarantine=session().get(Quarantine, cart_id),
    )


def other_carts(cart: Cart) -> list[CartRow]:
    """The same person's other carts, the last left first."""
    if cart.contact_id is None:
        return []
    query = _rows().where(Cart.contact_id == cart.contact_id, Cart.id != cart.id)
    return [_row(found) for found in session().execute(query.order_by(Cart.active_at.desc()).limit(_HISTORY))]


def purchases_of(contact_id: int | None) -> list[PurchaseRow]:
    """What a person has paid for, newest first."""
    if contact_id is None:
        return []
    query = (
        select(Purchase).where(Purchase.contact_id == contact_id).order_by(Purchase.paid_at.desc(), Purchase.id.desc())
    )
    return [
        PurchaseRow(
            order_id=bought.order_id,
            number=bought.number,
            status=bought.status,
            total=Money(bought.total_minor, bought.currency),
            paid_at=bought.paid_at,
            counts=bought.status not in ("refunded", "trash"),
        )
        for bought in session().scalars(query.limit(_HISTORY))
    ]


def spent_in(purchases: list[PurchaseRow]) -> list[Money]:
    """The sums of the counting purchases, one per currency, the largest first."""
    sums: dict[str, int] = {}
    for bought in purchases:
        if bought.counts:
            sums[bought.total.currency] = sums.get(bought.total.currency, 0) + bought.total.minor
    return sorted((Money(minor, currency) for currency, minor in sums.items()), reverse=True)


def listing() -> Iterator[dict[str, object]]:
    """Every cart for `carts --json`, the last left first: the keys of docs/running.md, moments as ISO text."""
    query = _rows().order_by(Cart.active_at.desc(), Cart.id.desc()).execution_options(yield_per=500)
    for found in session().execute(query):
        row = _row(found)
        yield {
            "order_id": row.order_id,
            "store": row.store,
            "status": row.status,
            "total_minor": row.total.minor,
            "currency": row.total.currency,
            "customer": row.customer,
            "email": row.email,
            "phone": row.phone,
            "abandoned_at": row.abandoned_at.isoformat() if row.abandoned_at else None,
            "state": row.state,
            "route": row.route,
            "reason": row.reason,
        }


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        Cart.id,
        Cart.store_id,
        Store.url,
        Cart.order_id,
        Cart.number,
        Cart.status,
        Cart.name,
        Cart.email,
        Cart.phone,
        Cart.phone_e164,
        Cart.total_minor,
        Cart.goods_minor,
        Cart.currency,
        Cart.active_at,
        Cart.abandoned_at,
        Cart.paid_at,
        Cart.failed_payments,
        Cart.state,
        Cart.route,
        Cart.reason_code,
        Cart.reason,
    ).join(Store, Store.id == Cart.store_id)


def _row(found: Any) -> CartRow:
    return CartRow(
        id=found.id,
        store_id=found.store_id,
        store=found.url,
        order_id=found.order_id,
        number=found.number,
        status=found.status,
        customer=found.name,
        email=found.email,
        phone=found.phone_e164 or found.phone,
        total=Money(found.total_minor, found.currency),
        goods=Money(found.goods_minor, found.currency),
        left_at=found.active_at,
        abandoned_at=found.abandoned_at,
        paid_at=found.paid_at,
        failed_payments=found.failed_payments,
        state=found.state,
        route=found.route,
        reason_code=found.reason_code,
        reason=found.reason,
    )


def _read_place(after: str | None) -> tuple[datetime, int] | None:
    moment, _, number = (after or "").rpartition("_")
    try:
        left_at, cart_id = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return (left_at, cart_id) if left_at.tzinfo and 0 < cart_id < 2**63 else None
