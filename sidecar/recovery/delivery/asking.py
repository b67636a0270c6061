"""What became of messages that nobody answered for: their provider is asked, where it can be.

Found means sent. Not there, twice and at least the provider's settle time apart, means that it never arrived, and it
is due again, through every check. Whatever is neither stays unknown, and in the end a person decides. Source of the
protocol: reference/safety.md A2.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from sidecar.db import one_row, rest, session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.delivery import doubt, leaving
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, TextGateway, Whereabouts
from sidecar.recovery.delivery.outgoing import text_of
from sidecar.recovery.delivery.sending import record_sent

ASKING_LASTS = timedelta(minutes=2)  # how long one that asks keeps others from asking about the same message
ASK_AGAIN = timedelta(minutes=1)  # after an answer that told nothing
ASK_FOR = timedelta(hours=24)  # then a person decides

log = logging.getLogger(__name__)


def ask_about_unknown(*, gateways: Gateways, clock: Callable[[], datetime], limit: int = 50) -> int:
    """How many messages in doubt their provider was asked about. Safe to run anywhere, any number of times at once."""
    query = select(Message.id).where(Message.state == "unknown", Message.lease_until <= clock())
    waiting = list(session().scalars(query.order_by(Message.lease_until, Message.id).limit(limit)))
    rest()
    return sum(_ask(message_id, gateways, clock) for message_id in waiting)


def _ask(message_id: int, gateways: Gateways, clock: Callable[[], datetime]) -> bool:
    message = _take(message_id, clock())
    if message is None:
        return False
    attempt, provider = message.attempt or "", gateways.texts if message.channel == "sms" else None
    if provider is None:  # it was taken away meanwhile
        _hand_to_person(message_id, attempt, "There is no provider to ask any more.")
        return False
    text = text_of(message, gateways)
    asked_at = clock()
    rest()
    try:
        found = provider.find(text)
    except GatewayError as error:
        found = Whereabouts("cannot_tell", words=error.reason)
    _follow(message_id, attempt, found, provider, asked_at, clock)
    return True


def _take(message_id: int, now: datetime) -> Message | None:
    """The message, ours to ask about; None when somebody else asks, or it is settled."""
    with transaction():
        taken = session().execute(
            update(Message)
            .where(Message.id == message_id, Message.state == "unknown", Message.lease_until <= now)
            .values(lease_until=now + ASKING_LASTS)
        )
        return session().get(Message, message_id, populate_existing=True) if one_row(taken) else None


def _follow(
    message_id: int,
    attempt: str,
    found: Whereabouts,
    provider: TextGateway,
    asked_at: datetime,
    clock: Callable[[], datetime],
) -> None:
    if found.answer == "found" and found.taken is not None:
        record_sent(message_id, attempt, found.taken, now=clock())
        return
    if found.answer == "not_there":
        _absent(message_id, attempt, provider, asked_at, clock())
        return
    log.warning("message %s: its provider cannot say whether it took it (%s)", message_id, found.words)
    with transaction():
        message = session().get_one(Message, message_id)
        begun_at = message.data_started_at or asked_at
        if clock() >= begun_at + ASK_FOR:
            doubt.hand_to_person(message_id, attempt, words=found.words)
        else:
            doubt.ask_later(message_id, attempt, at=clock() + ASK_AGAIN, words=found.words)


def _absent(message_id: int, attempt: str, provider: TextGateway, asked_at: datetime, now: datetime) -> None:
    """Not there: believed the second time. The first counts from its answer, the second from its question."""
    with transaction():
        absent_at = session().get_one(Message, message_id).absent_at
        if absent_at is not None and asked_at - absent_at >= provider.settle:
            leaving.put_back(message_id, attempt, None, due_at=now, tried=True)
        else:
            doubt.ask_later(message_id, attempt, at=(absent_at or now) + provider.settle, absent_at=absent_at or now)


def _hand_to_person(message_id: int, attempt: str, words: str) -> None:
    with transaction():
        doubt.hand_to_person(message_id, attempt, words=words)
