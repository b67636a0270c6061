"""How much one person gets at most, over all of their carts. Source: reference/safety.md D2 (strict profile)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import schedule
from sidecar.outreach.sequences.schedule import RULES_VERSION, Cap

TEXTS_PER_CART = 1
TEXT_WITHIN = timedelta(hours=48)  # after the customer left; carriers refuse later ones (Twilio 30517)
TEXTS_APART = timedelta(days=7)


def rule(channel: str) -> str:
    """The caps' id with version, as stored with a message that they let leave."""
    return f"caps.{channel}/{RULES_VERSION}"


def cap_on(message: Message, *, now: datetime) -> Cap | None:
    """The limit that stands against this message now. The caller has locked the person, so that two workers count one
    by one."""
    left = func.coalesce(Message.sent_at, Message.data_started_at)
    query = select(Message.cart_id, left).where(
        Message.contact_id == message.contact_id,
        Message.channel == message.channel,
        Message.state.in_(("sending", "sent", "review", "unknown")),
        Message.id != message.id,
        left.is_not(None),
    )
    rows = [(cart_id, at) for cart_id, at in session().execute(query)]
    of_cart, of_person = [at for cart_id, at in rows if cart_id == message.cart_id], [at for _, at in rows]
    if message.channel == "sms":
        return texts_cap(of_cart, of_person, left_at=message.cart.active_at, now=now)
    return schedule.cap(of_cart, of_person, now=now)


def texts_cap(
    of_cart: Sequence[datetime], of_person: Sequence[datetime], *, left_at: datetime, now: datetime
) -> Cap | None:
    """The limit that stands against one more text now, or None. Pure."""
    if len(of_cart) >= TEXTS_PER_CART:
        return Cap("cap_cart", "This cart has had its text.", None)
    if now >= left_at + TEXT_WITHIN:
        return Cap("too_late", "Too late for a text: more than 48 hours after the customer left.", None)
    if any(at > now - TEXTS_APART for at in of_person):
        return Cap("cap_person", "One text in 7 days is the most one person gets.", None)
    return None
