"""The outbox while messages leave: reserved by one guarded UPDATE, begun, and recorded as they ended.

Every change here asks for the attempt it belongs to, so that of two workers, or of a worker and the sweep, one wins.
Source of the protocol: reference/safety.md A2.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, case, cast, func, literal, select, update

from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import one_row, session
from sidecar.outreach import schedule
from sidecar.outreach.message import Message
from sidecar.outreach.outbox import held
from sidecar.stores.connection import Store

# A reserved batch must be begun within the first; a begun message must have its answer within the second, which is
# longer than a mail server may take (sidecar.gateways.smtp: 2 min for the last answer).
RESERVED_FOR = timedelta(minutes=2)
BEGUN_FOR = timedelta(minutes=10)

# Fixed for good: with it, an attempt's Message-ID can be made again from the attempt alone.
_NAMESPACE = uuid.UUID("6e2f5b9e-2f0c-4a55-9d2e-0a6c7a3c1d10")


def reserve(*, now: datetime, limit: int) -> list[int]:
    """The messages that are ours to send now, oldest first: set to sending, each with its own attempt and a lease.

    Only of stores that are live, running and readable, and of people nobody else has.
    """
    free = (
        select(Message.id)
        .join(Store, Store.id == Message.store_id)
        .where(
            Message.state == "due",
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


def begin(message: Message, token: str, *, now: datetime) -> bool:
    """Puts the intent on disk: after the commit the first byte may leave. False when the attempt is no longer ours."""
    return _change(
        message.id,
        message.attempt,
        ("sending",),
        data_started_at=now,
        lease_until=now + BEGUN_FOR,
        token_hash=token_hash_of(token),
    )


def sent(message_id: int, attempt: str, *, answer: str, provider_id: str, now: datetime) -> bool:
    """Records the server's acceptance. It also settles what the sweep had set to review in the meantime."""
    return _change(
        message_id,
        attempt,
        ("sending", "review"),
        state="sent",
        reason=None,
        reason_words=None,
        sent_at=now,
        provider_id=provider_id,
        provider_answer=answer[:500],
        lease_until=None,
    )


def failed(message_id: int, attempt: str, *, words: str) -> bool:
    """Records a refusal that will not change."""
    return _change(
        message_id,
        attempt,
        ("sending", "review"),
        state="failed",
        reason="refused_by_server",
        reason_words=f"Mail server said: {words[:300].rstrip('.')}. Not tried again.",
        provider_answer=words[:500],
        lease_until=None,
    )


def unknown(message_id: int, attempt: str, *, words: str) -> bool:
    """Records that nobody can tell whether it arrived. A person decides; it is never sent again by itself."""
    return _change(
        message_id,
        attempt,
        ("sending",),
        state="review",
        reason="answer_lost",
        reason_words=None,
        provider_answer=words[:500],
        lease_until=None,
    )


def cancel(message_id: int, attempt: str, code: str, words: str | None = None) -> bool:
    """Records that it will not be sent, and why."""
    return _change(
        message_id, attempt, ("sending",), state="cancelled", reason=code, reason_words=words, lease_until=None
    )


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
    values["data_started_at"] = None
    if due_at is not None:
        values["due_at"] = due_at
    if not tried:
        values["attempts"] = Message.attempts - 1
    return _change(message_id, attempt, ("sending", "review"), **values)


def sweep(*, now: datetime) -> int:
    """How many messages of dead workers were settled: not begun, due again; begun, for a person to review."""
    begun = Message.data_started_at.is_not(None)
    swept = session().execute(
        update(Message)
        .where(Message.state == "sending", Message.lease_until < now)
        .values(
            state=case((begun, "review"), else_="due"),
            reason=case((begun, "answer_lost"), else_=None),
            reason_words=None,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    session().expire_all()
    return int(getattr(swept, "rowcount", 0))


def cap_on(message: Message, *, now: datetime) -> schedule.Cap | None:
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
    return schedule.cap([at for cart_id, at in rows if cart_id == message.cart_id], [at for _, at in rows], now=now)


def started_lately(*, now: datetime) -> Counter[str]:
    """How many messages were begun in the last minute, by the recipient's mail domain."""
    query = select(Message.to).where(Message.data_started_at > now - timedelta(minutes=1))
    return Counter(domain_of(to) for to in session().scalars(query))


def domain_of(address: str) -> str:
    """The part after the @, lower case."""
    return address.rpartition("@")[2].lower()


def mark_contacted(cart_id: int, contact_id: int, *, now: datetime) -> None:
    """Writes on the cart and the person that they were written to."""
    session().execute(update(Contact).where(Contact.id == contact_id).values(last_contacted_at=now))
    session().execute(
        update(Cart).where(Cart.id == cart_id, Cart.state == "abandoned").values(state="contacted", contacted_at=now)
    )


def _change(message_id: int, attempt: str | None, states: tuple[str, ...], **values: Any) -> bool:
    changed = session().execute(
        update(Message)
        .where(Message.id == message_id, Message.attempt == attempt, Message.state.in_(states))
        .values(**values)
    )
    return one_row(changed)
