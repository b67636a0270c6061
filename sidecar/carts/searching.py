"""Which carts a list shows: by state, route, store, time, and by what somebody typed into the search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from sidecar.carts.cart import Cart
from sidecar.contacts.contact import ContactPoint


@dataclass(frozen=True, slots=True)
class CartFilter:
    """What to list. `search` looks at names, e-mail addresses, phones and order numbers."""

    store_id: int | None = None
    state: str | None = None
    route: str | None = None
    search: str = ""
    left_since: datetime | None = None


def filtered(query: Select[*tuple[Any, ...]], wanted: CartFilter) -> Select[*tuple[Any, ...]]:
    """The query, narrowed to what is wanted."""
    if wanted.store_id is not None:
        query = query.where(Cart.store_id == wanted.store_id)
    if wanted.state:
        query = query.where(Cart.state == wanted.state)
    if wanted.route:
        query = query.where(Cart.route == wanted.route)
    if wanted.left_since:
        query = query.where(Cart.active_at >= wanted.left_since)
    search = " ".join(wanted.search.replace("\x00", "").split())[:100]
    return query.where(or_(*_matches(search))) if search else query


def _matches(search: str) -> list[ColumnElement[bool]]:
    bare = search.lstrip("#").lower()
    people = select(ContactPoint.contact_id).where(ContactPoint.address.startswith(bare, autoescape=True))
    found = [
        func.lower(Cart.number) == bare,
        Cart.name.icontains(search, autoescape=True),
        Cart.contact_id.in_(people.limit(1000)),
    ]
    digits = "".join(letter for letter in bare if letter.isdigit() and letter.isascii())
    if digits == bare and len(digits) < 18:
        found.append(Cart.order_id == int(digits))
    if len(digits) >= 6:
        by_phone = select(ContactPoint.contact_id).where(ContactPoint.kind == "phone")
        by_phone = by_phone.where(ContactPoint.address.endswith(digits.lstrip("0") or digits))
        found.append(Cart.contact_id.in_(by_phone.limit(1000)))
    return found
