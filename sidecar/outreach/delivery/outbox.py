"""The outbox before anything leaves: messages become due, are composed, and say what they wait for."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload

from sidecar.carts.cart import Cart
from sidecar.carts.story import Told, tell_all
from sidecar.contacts.contact import Contact, Silence
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.incentives import showing
from sidecar.outreach.letters.signing import sign
from sidecar.outreach.letters.wording import compose
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.course import Courses, courses_of
from sidecar.outreach.sequences.enrollment import has_come
from sidecar.outreach.sequences.planned import told_as_left_out
from sidecar.outreach.sequences.sequence import CALL_KINDS, step_called
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store

log = logging.getLogger(__name__)

# What the whole store waits for, and what one person's messages wait for: written on due messages, never a state.
STORE_REASONS = ("not_live", "paused", "store_unreadable", "store_disconnected", "no_transport", "mail_stopped")


def fill(*, now: datetime, limit: int = 100) -> int:
    """How many planned messages whose time has come were composed; they are due now, or failed with the reason."""
    query = (
        select(Message)
        .where(Message.state == "planned", Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .options(joinedload(Message.cart).options(selectinload(Cart.lines), joinedload(Cart.contact)))
        .with_for_update(of=Message, skip_locked=True)
    )
    ripe = list(session().scalars(query))
    stores: dict[int, tuple[Store, Settings]] = {}
    courses = courses_of({message.cart_id for message in ripe}) if ripe else Courses({}, {}, {})
    for message in ripe:
        if message.store_id not in stores:
            store = session().get_one(Store, message.store_id)
            stores[message.store_id] = (store, settings_of(store.id))
        _ripen(message, *stores[message.store_id], courses, now)
    session().flush()
    return len(ripe)


def _ripen(message: Message, store: Store, settings: Settings, courses: Courses, now: datetime) -> None:
    """Writes one message whose time has come, unless it has to wait or is left out. Its own trouble stops no other."""
    try:
        # One before it in the same sequence may have been overtaken by it a moment ago.
        if message.state != "planned" or not has_come(message, store, settings, courses, now=now):
            return
        write(message, store, settings, now=now)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("message %s could not be written", message.id)
        message.state, message.reason, message.reason_words = "failed", "stumbled", None
    if message.state == "due" and now >= message.not_after_at:
        message.state, message.reason = "cancelled", "too_late"


def write(message: Message, store: Store, settings: Settings, *, now: datetime) -> bool:
    """Composes the message from its cart as it is now: due with its bodies, or cancelled or failed. True when due.

    A coupon is named only when the store has it: recovery.incentives.offering sees to that before it leaves.
    """
    cart = message.cart
    contact = cart.contact or session().get_one(Contact, message.contact_id)
    step = step_called(message.step)
    coupon, words = showing.shown(cart, step.offer, settings, now=now)
    try:
        composed = compose(
            step, cart, contact, store, settings, writer=sign(message), coupon=coupon, offer_words=words, now=now
        )
    except Refused as refused:
        message.state = "cancelled" if refused.code == "emptied" else "failed"
        message.reason, message.reason_words = refused.code, refused.reason
        return False
    message.to, message.language = cart.email, composed.language
    message.sender_name, message.subject = composed.sender_name, composed.subject
    message.preheader, message.html, message.text = composed.preheader, composed.html, composed.text
    message.composed_of = showing.made_of(cart, step.offer, settings, now=now)
    message.state, message.reason, message.reason_words = "due", store_reason(store), None
    return True


def store_reason(store: Store) -> str | None:
    """Why nothing of this store may leave now, as a code; None when it may."""
    if store.disconnected_at is not None:
        return "store_disconnected"
    if store.live_at is None:
        return "not_live"
    if store.paused_at is not None:
        return "paused"
    return None if store.is_readable else "store_unreadable"


def explain(
    store: Store, *, now: datetime, channels: Collection[str] | None = None, mail_stop: str | None = None
) -> None:
    """Writes on the store's due messages what they wait for: the whole store, a way to send them (`channels` are those
    there is one for; None: not asked), a stop of all mail (in words), or a rep who has the person."""
    code = store_reason(store)
    mine: tuple[ColumnElement[bool], ...] = (Message.store_id == store.id, Message.state == "due")
    if code is not None:
        _explain_all(mine, code)
        return
    if channels is not None:
        _explain_all((*mine, Message.channel.not_in(channels)), "no_transport")
        mine = (*mine, Message.channel.in_(channels))
    if mail_stop is not None:
        _explain_all((*mine, Message.channel == "email"), "mail_stopped", mail_stop)
        mine = (*mine, Message.channel != "email")
    waits_no_more = or_(Message.reason.in_(STORE_REASONS), (Message.reason == "person_held") & ~held(now))
    session().execute(update(Message).where(*mine, waits_no_more).values(reason=None, reason_words=None))
    newly = or_(Message.reason.is_(None), Message.reason != "person_held")
    session().execute(update(Message).where(*mine, newly, held(now)).values(reason="person_held", reason_words=None))


def _explain_all(whose: tuple[ColumnElement[bool], ...], code: str, words: str | None = None) -> None:
    other = or_(Message.reason.is_(None), Message.reason != code, Message.reason_words.is_distinct_from(words))
    session().execute(update(Message).where(*whose, other).values(reason=code, reason_words=words))


def held(now: datetime) -> ColumnElement[bool]:
    """Whether somebody has the message's person now, as a condition inside a statement on Message.

    What follows a call is that somebody's own message, and does not wait for them.
    """
    follows_call = or_(*(Message.step.startswith(f"{kind}-") for kind in CALL_KINDS))
    return exists().where(Silence.contact_id == Message.contact_id, Silence.until_at > now) & ~follows_call


def cancel_late(*, now: datetime, store_id: int | None = None) -> int:
    """How many planned or due messages (of one store, or all) were cancelled because it has become too late for them.

    Each is told on its cart's story.
    """
    late = update(Message).where(Message.state.in_(("planned", "due")), Message.not_after_at <= now)
    if store_id is not None:
        late = late.where(Message.store_id == store_id)
    late = late.values(state="cancelled", reason="too_late", reason_words=None)
    cancelled = session().execute(late.returning(Message.cart_id, Message.step)).all()
    tell_all(Told(cart_id, "left_out", told_as_left_out(step, "too_late", None), now) for cart_id, step in cancelled)
    return len(cancelled)
