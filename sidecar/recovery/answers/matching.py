"""Whose mail this is: by the message it answers, else by the address it seems to come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.contacts.address import recognised
from sidecar.contacts.contact import ContactPoint
from sidecar.db import session
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.ports.mailbox import ReceivedMail
from sidecar.stores.connection import Store

_DOUBTFUL_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Match:
    """Who wrote, and about which cart. `is_proven`: they know the Message-ID of `message`, which only it carries.

    Without that, the address alone speaks for it, and anybody can write under any address.
    """

    store_id: int
    contact_id: int
    cart_id: int
    message: Message | None
    is_proven: bool


def find_match(mail: ReceivedMail) -> Match | None:
    """The match of a mail, or None when it is from nobody we know."""
    message = _answered(mail.names)
    if message is not None:
        return Match(message.store_id, message.contact_id, message.cart_id, message, True)
    address = recognised(mail.sender)
    if not address:
        return None
    people = select(ContactPoint.contact_id).where(
        ContactPoint.store_id.in_(select(Store.id)), ContactPoint.kind == "email", ContactPoint.address == address
    )
    contact_ids = session().scalars(people).all()
    last = select(Message).where(Message.contact_id.in_(contact_ids), Message.state == "sent")
    written = session().scalar(last.order_by(Message.sent_at.desc()).limit(1))
    if written is not None:
        return Match(written.store_id, written.contact_id, written.cart_id, written, False)
    newest = select(Cart).where(Cart.contact_id.in_(contact_ids)).order_by(Cart.active_at.desc()).limit(1)
    cart = session().scalar(newest)
    return Match(cart.store_id, cart.contact_id or 0, cart.id, None, False) if cart is not None else None


def is_ours(mail: ReceivedMail, match: Match | None, own: Sequence[str]) -> bool:
    """Whether somebody of the shop wrote it, to a customer with a copy to the mailbox. `own` are the shop's addresses.

    A customer who works at the shop is one all the same, when they answer what was sent to them.
    """
    if mail.reports or (match is not None and match.message is not None and match.message.to.lower() == mail.sender):
        return False
    staff = select(User.id).where(User.email == mail.sender).limit(1)
    return mail.sender in own or session().scalar(staff) is not None


def _answered(names: Sequence[str]) -> Message | None:
    """The message that carries one of these Message-IDs, the first of them that is known."""
    if not names:
        return None
    found = {
        message.provider_id: message
        for message in session().scalars(select(Message).where(Message.provider_id.in_(names)))
    }
    known = next((found[name] for name in names if name in found), None)
    return known or _in_doubt(names)


def _in_doubt(names: Sequence[str]) -> Message | None:
    """A message whose arrival nobody knew of, until now: its Message-ID follows from its attempt."""
    query = select(Message).where(Message.state.in_(leaving.IN_DOUBT), Message.attempt.is_not(None))
    domains = {name.rpartition("@")[2] for name in names}
    for message in session().scalars(query.order_by(Message.id.desc()).limit(_DOUBTFUL_AT_MOST)):
        if any(leaving.message_id_of(message.attempt or "", domain) in names for domain in domains):
            return message
    return None
