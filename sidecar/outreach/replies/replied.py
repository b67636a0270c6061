"""What customers wrote back, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach.replies.reply import Reply

_BY_PEOPLE = ("other", "call_me", "stop")
_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Unread:
    """A cart with a reply that nobody has read; `at` is when the oldest of them came."""

    cart_id: int
    number: str
    name: str
    at: datetime


def replies_of(cart_id: int) -> list[Reply]:
    """What people wrote back about a cart, newest first; machines' answers stand in its story only."""
    query = select(Reply).where(Reply.cart_id == cart_id, Reply.meaning.in_(_BY_PEOPLE))
    return list(session().scalars(query.order_by(Reply.at.desc(), Reply.id.desc()).limit(_ON_A_PAGE)))


def unread(store_id: int) -> list[Unread]:
    """The carts of a store with replies that nobody has read, the oldest first; at most twenty."""
    query = (
        select(Cart.id, Cart.number, Cart.name, Reply.at)
        .join(Reply, Reply.cart_id == Cart.id)
        .where(Reply.store_id == store_id, Reply.seen_at.is_(None))
        .order_by(Reply.at, Reply.id)
        .limit(5 * _ON_A_PAGE)
    )
    found: dict[int, Unread] = {}
    for row in session().execute(query):
        found.setdefault(row.id, Unread(row.id, row.number, row.name, row.at))
    return list(found.values())[:_ON_A_PAGE]
