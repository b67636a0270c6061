"""Messages as lists: for the command line, and for the Outbox page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach.message import Message

LISTING_KEYS = (
    "order_id",
    "channel",
    "step",
    "to",
    "subject",
    "state",
    "reason",
    "due_at",
    "sent_at",
    "provider_id",
)

# The tabs of the Outbox: which states stand together, in the words of the page.
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "waiting": ("Waiting", ("planned", "due", "sending")),
    "held": ("Held back", ("cancelled",)),
    "sent": ("Sent", ("sent",)),
    "failed": ("Failed", ("failed",)),
    "review": ("To review", ("review", "unknown")),
}

PAGE = 25
COUNT_AT_MOST = 1000  # beyond this the page says "1000+"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages, newest first; `next_before` is where the next one begins, None at the end."""

    messages: list[Message]
    next_before: int | None


def listing(store_id: int | None = None) -> Iterator[dict[str, Any]]:
    """Every message, newest first, one dictionary with LISTING_KEYS each; moments aware UTC or None."""
    columns = (
        Cart.order_id,
        Message.channel,
        Message.step,
        Message.to.label("to"),
        Message.subject,
        Message.state,
        Message.reason,
        Message.due_at,
        Message.sent_at,
        Message.provider_id,
    )
    query = select(*columns).join(Cart, Cart.id == Message.cart_id).order_by(Message.id.desc())
    if store_id is not None:
        query = query.where(Message.store_id == store_id)
    for row in session().execute(query):
        yield dict(zip(LISTING_KEYS, row, strict=True))


def page(store_id: int, tab: str, *, before: int | None = None) -> Page:
    """The newest messages of a tab that are older than the id `before`."""
    states = TABS[tab][1]
    query = select(Message).join(Message.cart).where(Message.store_id == store_id)
    if states:
        query = query.where(Message.state.in_(states))
    if before is not None:
        query = query.where(Message.id < before)
    query = query.order_by(Message.id.desc()).limit(PAGE + 1).options(contains_eager(Message.cart))
    found = list(session().scalars(query))
    more = len(found) > PAGE
    return Page(found[:PAGE], found[PAGE - 1].id if more else None)


def counts(store_id: int) -> dict[str, int]:
    """How many messages stand in each tab, counted no further than COUNT_AT_MOST."""
    found = {}
    for tab, (_, states) in TABS.items():
        some = select(Message.id).where(Message.store_id == store_id)
        if states:
            some = some.where(Message.state.in_(states))
        found[tab] = session().scalar(select(func.count()).select_from(some.limit(COUNT_AT_MOST).subquery())) or 0
    return found


def of_cart(cart_id: int) -> list[Message]:
    """A cart's messages, in the order they are due."""
    return list(session().scalars(select(Message).where(Message.cart_id == cart_id).order_by(Message.due_at)))


def find_message(message_id: int) -> Message | None:
    """The message with its cart, or None."""
    return session().get(Message, message_id)
