"""Messages that have left, with their links, and what became of those."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach.delivery.leaving import token_hash_of
from sidecar.outreach.message import Message
from sidecar.outreach.visits.click import Click
from sidecar.outreach.visits.links import token_of
from tests.factories import VAULT

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


def sent_message(cart: Cart, *, now: datetime) -> str:
    """The token of a reminder about this cart that left a minute ago."""
    cart.lines[0].options = ""
    message = Message(store_id=cart.store_id, cart=cart, contact_id=cart.contact_id, channel="email", state="sent")
    message.step, message.to, message.subject = "reminder-1", cart.email, "Your Aurora Audio cart is saved"
    message.created_at = message.due_at = message.not_after_at = now - timedelta(minutes=2)
    message.sent_at = now - timedelta(minutes=1)
    session().add(message)
    session().flush()
    token = token_of(message.id, VAULT)
    message.token_hash = token_hash_of(token)
    return token


def clicks() -> list[tuple[str, str]]:
    """Who opened links and where those led, in order."""
    return [(row.by, row.led_to) for row in session().scalars(select(Click).order_by(Click.id))]
