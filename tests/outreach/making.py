"""Messages for tests, made by the code that makes them in earnest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from sidecar import settings as business
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import session
from sidecar.outreach.delivery import leaving, outbox
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment
from sidecar.settings import Settings
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, make_cart, make_contact

HOUR = timedelta(hours=1)


def one_email(store: Store) -> Settings:
    """The store's settings with one email to a cart: most tests are about one message."""
    return Settings(business.written(store.id) | {"outreach.steps": "1"})


def make_person(store: Store, number: int, *, now: datetime = NOW, **changes: Any) -> Contact:
    """Somebody of their own: person 7 is p7@example.com."""
    values = {"email": f"p{number}@example.com", "phone_e164": "", "phone": ""}
    return make_contact(store, now=now, **values | changes)


def make_message(
    store: Store,
    contact: Contact,
    order_id: int = 101,
    *,
    sequence: str = "reminder",
    now: datetime = NOW,
    age: timedelta = HOUR,
    written: bool = True,
    cart: dict[str, Any] | None = None,
    **changes: Any,
) -> Message:
    """A message about a cart left an hour ago: due and composed, or with `written=False` planned. Call inside a
    transaction."""
    route = {"reminder": "sequence"}.get(sequence, sequence)
    made = make_cart(store, contact, order_id, now=now, age=age, **{"route": route} | (cart or {}))
    enrollment.enroll(made, sequence, settings=one_email(store), now=now)
    message = session().scalars(select(Message).where(Message.cart_id == made.id)).one()
    if written:
        outbox.fill(now=max(now, message.due_at))
    for name, value in changes.items():
        setattr(message, name, value)
    session().flush()
    return message


def give_token(message: Message) -> str:
    """The customer's link of a message, as if it had been sent."""
    token = VAULT.fingerprint("unsubscribe", str(message.id))[:32]
    message.token_hash = leaving.token_hash_of(token)
    session().flush()
    return token


def message_of(order_id: int) -> Message:
    """The message about an order, read anew."""
    query = select(Message).join(Cart, Cart.id == Message.cart_id).where(Cart.order_id == order_id)
    return session().scalars(query.execution_options(populate_existing=True)).one()
