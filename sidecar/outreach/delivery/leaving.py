"""The outbox while messages leave: reserved by one guarded UPDATE, begun, and recorded as they ended.

Every change here asks for the attempt it belongs to, so that of two workers, or of a worker and the sweep, one wins.
Source of the protocol: reference/safety.md A2.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, case, cast, literal, or_, select, update

from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import one_row, session
from sidecar.outreach.delivery.outbox import held
from sidecar.outreach.message import Message
from sidecar.stores.connection import Store

# A reserved batch must be begun within the first; a begun message must have its answer within the second, which is
# longer than a mail server may take (sidecar.gateways.smtp: 2 min for the last answer).
RESERVED_FOR = timedelta(minutes=2)
BEGUN_FOR = timedelta(minutes=10)

# Fixed for good: with it, an attempt's Message-ID can be made again from the attempt alone.
_NAMESPACE = uuid.UUID("6e2f5b9e-2f0c-4a55-9d2e-0a6c7a3c1d10")


EMAIL, SMS = "email", "sms"
IN_DOUBT = ("sending", "review", "unknown")


def reserve(*, now: datetime, limit: int, channels: Collection[str] = (EMAIL,)) -> list[int]:
    """The messages that are ours to send now, oldest first: set to sending, each with its own attempt and a lease.

    Only of stores that are live, running and readable, of people nobody else has, and of channels we can carry.
    """
    free = (
        select(Message.id)
        .join(Store, Store.id == Message.store_id)
        .where(
            Message.state == "due",
            Message.channel.in_(channels),
            Message.due_at <= now,
            Message.not_after_at > now,
            Store.live_at.is_not(None),
            Store.paused_at.is_(None),
            Store.disconnected_at.is_(None),
            Store.health == "ok",
            ~held(now),
        )
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    )
    statement = (
        update(Message)
        .where(Message.id.in_(free), Message.state == "due")
        .values(
            state="sending",
            attempt=literal(uuid.uuid4().hex + ":") + cast(Message.id, Text),
            attempts=Message.attempts + 1,
            lease_until=now + RESERVED_FOR,
            data_started_at=None,
            absent_at=None,
            reason=None,
            reason_words=None,
        )
        .returning(Message.id, Message.due_at)
        .execution_options(synchronize_session=False)
    )
    rows = session().execute(statement).all()
    session().expire_all()
    return [row.id for row in sorted(rows, key=lambda row: (row.due_at, row.id))]


def message_id_of(attempt: str, domain: str) -> str:
    """The attempt's Message-ID, without angle brackets; always the same for the same attempt."""
    return f"{uuid.uuid5(_NAMESPACE, attempt)}@{domain}"


def token_hash_of(token: str) -> str:
    """What is kept of an unsubscribe token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(message: Message, token: str, *, allowed_by: str = "", now: datetime) -> bool:
    """Puts the intent on disk: after the commit the first byte may leave. False when the attempt is no longer ours."""
    return change(
        message.id,
        message.attempt,
        ("sending",),
        data_started_at=now,
        lease_until=now + BEGUN_FOR,
        token_hash=token_hash_of(token),
        allowed_by=allowed_by,
    )


def may_go_on(message_id: int, attempt: str, *, now: datetime) -> bool:
    """Whether a begun message is still ours and its store still sends: asked once more just before the data."""
    query = select(Message.id).join(Store, Store.id == Message.store_id)
    ours = (Message.id == message_id, Message.attempt == attempt, Message.state == "sending")
    runs = (Store.live_at.is_not(None), Store.paused_at.is_(None), Store.disconnected_at.is_(None))
    return session().scalar(query.where(*ours, *runs, Message.not_after_at > now)) is not None


def sent(message_id: int, attempt: str, *, answer: str, provider_id: str, now: datetime) -> bool:
    """Records that it was taken. That is the truth whenever it comes: it settles what stood in doubt, and what a
    person or a sweep has meanwhile made due again, as long as no later attempt has begun. False when one has."""
    known = (Message.attempt == attempt) & Message.state.in_((*IN_DOUBT, "cancelled"))
    # Made due again, and perhaps reserved anew: nothing of a later attempt can have left yet.
    again = Message.state.in_(("planned", "due", "sending")) & Message.data_started_at.is_(None)
    recorded = session().execute(
        update(Message)
        .where(Message.id == message_id, or_(known, again))
        .values(
            state="sent",
            attempt=attempt,
            reason=None,
            reason_words=None,
            sent_at=now,
            provider_id=provider_id,
            provider_answer=answer[:500],
            lease_until=None,
        )
    )
    return one_row(recorded)


def failed(message_id: int, attempt: str, *, words: str, said_by: str = "Mail server") -> bool:
    """Records a refusal that will not change."""
    return change(
        message_id,
        attempt,
        IN_DOUBT,
        state="failed",
        reason="refused_by_server",
        reason_words=f"{said_by} said: {words[:300].rstrip('.')}. Not tried again.",
        provider_answer=words[:500],
        lease_until=None,
    )


def unknown(message_id: int, attempt: str, *, words: str, ask_at: datetime | None = None) -> bool:
    """Records that nobody can tell whether it arrived; it is never sent again by itself.

    With `ask_at` its provider can be asked from then on, and it stands as unknown; else a person decides.
    """
    return change(
        message_id,
        attempt,
        ("sending",),
        state="unknown" if ask_at else "review",
        reason="asks_provider" if ask_at else "answer_lost",
        reason_words=None,
        provider_answer=words[:500],
        lease_until=ask_at,
    )


def cancel(message_id: int, attempt: str, code: str, words: str | None = None) -> bool:
    """Records that it will not be sent, and why. Only for what surely did not leave."""
    values = {"state": "cancelled", "reason": code, "reason_words": words, "lease_until": None}
    return change(message_id, attempt, ("sending",), **values, data_started_at=None)


def put_back(
    message_id: int,
    attempt: str,
    code: str | None,
    words: str | None = None,
    *,
    due_at: datetime | None = None,
    state: str = "due",
    tried: bool = False,
) -> bool:
    """Makes it due again (or planned, to be written anew), saying why; `tried` keeps the count of tries.

    Only for what surely did not leave.
    """
    values: dict[str, Any] = {"state": state, "reason": code, "reason_words": words, "lease_until": None}
    values |= {"data_started_at": None, "absent_at": None}
    if due_at is not None:
        values["due_at"] = due_at
    if not tried:
        values["attempts"] = Message.attempts - 1
    return change(message_id, attempt, IN_DOUBT, **values)


def sweep(*, now: datetime, askable: Collection[str] = ()) -> int:
    """How many messages of dead workers were settled: not begun, due again; begun, for their provider to be asked
    where that is possible (the channels of `askable`), else for a person to review."""
    begun = Message.data_started_at.is_not(None)
    asks = and_(begun, Message.channel.in_(askable))
    swept = session().execute(
        update(Message)
        .where(Message.state == "sending", Message.lease_until < now)
        .values(
            state=case((asks, "unknown"), (begun, "review"), else_="due"),
            reason=case((asks, "asks_provider"), (begun, "answer_lost"), else_=None),
            reason_words=None,
            lease_until=case((asks, now), else_=None),  # its lease has outlasted whatever a provider's list may lag
        )
        .execution_options(synchronize_session=False)
    )
    session().expire_all()
    return int(getattr(swept, "rowcount", 0))


def domain_of(address: str) -> str:
    """The part after the @, lower case, as mail servers write it: in ASCII where it can be."""
    domain = address.rpartition("@")[2].lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def mark_contacted(cart_id: int, contact_id: int, *, now: datetime) -> None:
    """Writes on the cart and the person that they were written to."""
    session().execute(update(Contact).where(Contact.id == contact_id).values(last_contacted_at=now))
    session().execute(
        update(Cart).where(Cart.id == cart_id, Cart.state == "abandoned").values(state="contacted", contacted_at=now)
    )


def change(message_id: int, attempt: str | None, states: tuple[str, ...], **values: Any) -> bool:
    """Changes the message if it still is this attempt in one of these states; False when somebody else was first."""
    changed = session().execute(
        update(Message)
        .where(Message.id == message_id, Message.attempt == attempt, Message.state.in_(states))
        .values(**values)
    )
    return one_row(changed)
