"""Messages that nobody answered for: what is known of them, and how a doubt ends.

Every change asks for the attempt it is about, so that of two people, or of a person and a late answer, one wins.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from sidecar.db import session
from sidecar.outreach.delivery.leaving import change
from sidecar.outreach.message import Message

STATES = ("review", "unknown")
PAGE = 25


def ask_later(
    message_id: int, attempt: str, *, at: datetime, absent_at: datetime | None = None, words: str | None = None
) -> bool:
    """Leaves it unknown; its provider is asked again at `at`. `absent_at`: it did not have it then."""
    values: dict[str, Any] = {"lease_until": at, "reason": "cannot_ask" if words else "asks_provider"}
    if words is not None:
        values["provider_answer"] = words[:500]
    if absent_at is not None:
        values["absent_at"] = absent_at
    return change(message_id, attempt, ("unknown",), **values)


def hand_to_person(message_id: int, attempt: str, *, words: str) -> bool:
    """Leaves it to a person to decide, because its provider cannot be asked."""
    values = {"state": "review", "reason": "cannot_ask", "provider_answer": words[:500], "lease_until": None}
    return change(message_id, attempt, ("unknown",), **values)


def arrived(message_id: int, attempt: str | None, *, words: str, at: datetime) -> bool:
    """Records that it arrived, because somebody knows; what the server said last stays with it."""
    values = {"state": "sent", "reason": None, "reason_words": words, "sent_at": at, "lease_until": None}
    return change(message_id, attempt, STATES, **values)


def send_again(message_id: int, attempt: str | None, *, words: str, now: datetime) -> bool:
    """Makes it due again, because somebody knows that it did not arrive; planned, if it was never written. A late
    answer still settles it as sent."""
    state = case((Message.composed_of == "", "planned"), else_="due")
    values: dict[str, Any] = {"state": state, "reason": "send_again", "reason_words": words, "due_at": now}
    return change(message_id, attempt, STATES, **values, lease_until=None, data_started_at=None, absent_at=None)


def leave(message_id: int, attempt: str | None, *, words: str) -> bool:
    """Ends the doubt without an answer: it is never sent again."""
    values = {"state": "cancelled", "reason": "left_in_doubt", "reason_words": words, "lease_until": None}
    return change(message_id, attempt, STATES, **values)


def waiting(store_id: int, *, after: int = 0) -> tuple[list[Message], int]:
    """The messages in doubt with an id above `after`, at most PAGE, with their carts; and how many there are in all."""
    mine = (Message.store_id == store_id, Message.state.in_(STATES))
    query = select(Message).where(*mine, Message.id > after).order_by(Message.id).limit(PAGE)
    in_all = session().scalar(select(func.count()).select_from(Message).where(*mine)) or 0
    return list(session().scalars(query.options(joinedload(Message.cart)))), in_all
