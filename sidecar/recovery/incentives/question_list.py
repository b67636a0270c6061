"""Questions to the owner as a page shows them: who asks what for whom, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach.incentives.rep_offers import called, written
from sidecar.outreach.incentives.request import OPEN, OfferRequest


@dataclass(frozen=True, slots=True)
class Line:
    """One question. `says` is the offer in words, `wish` the same as a form sends it, `state` as of now."""

    question: OfferRequest
    cart: Cart
    name: str
    rep: str
    decided_by: str
    says: str
    wish: str
    state: str


def lines(found: Iterable[OfferRequest], *, now: datetime) -> list[Line]:
    """The questions with the names that belong to them, in the same order."""
    rows = list(found)
    if not rows:
        return []
    these = select(Cart).where(Cart.id.in_({row.cart_id for row in rows}))
    carts = {cart.id: cart for cart in session().scalars(these)}
    ids = {row.user_id for row in rows} | {row.decided_by_id for row in rows if row.decided_by_id}
    people = {user.id: user.first_name for user in session().scalars(select(User).where(User.id.in_(ids)))}
    return [_line(row, carts[row.cart_id], people, now) for row in rows]


def _line(row: OfferRequest, cart: Cart, people: dict[int, str], now: datetime) -> Line:
    is_over = row.state in OPEN and (row.ends_at <= now or cart.state in ("recovered", "closed"))
    return Line(
        question=row,
        cart=cart,
        name=(cart.contact.name if cart.contact is not None else "") or f"Cart {cart.number}",
        rep=people.get(row.user_id, "Somebody"),
        decided_by=people.get(row.decided_by_id or 0, ""),
        says=called(row.kind, row.value_minor, row.currency),
        wish=written(row.kind, row.value_minor, row.currency),
        state="expired" if is_over else row.state,
    )
