"""What comes next for a cart: its open call, or the next message that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.task import OPEN_STATES, CallTask
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.outreach.reasons import sentence

_WAITING = ("planned", "due", "sending", "review")


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One thing that will happen. `kind` is "call" or "email"; `held_by` the first name of the rep who has it."""

    kind: str
    state: str
    due_at: datetime
    held_by: str | None = None
    reason: str | None = None  # what a message waits for, as a sentence


def upcoming(cart_ids: Sequence[int]) -> dict[int, list[Upcoming]]:
    """What is to come, by cart, calls first, then by time. Two queries for any number of carts."""
    found: dict[int, list[Upcoming]] = {}
    if not cart_ids:
        return found
    tasks = (
        select(CallTask.cart_id, CallTask.state, CallTask.due_at, User)
        .outerjoin(User, User.id == CallTask.claimed_by_id)
        .where(CallTask.cart_id.in_(cart_ids), CallTask.state.in_(OPEN_STATES))
    )
    for cart_id, state, due_at, user in session().execute(tasks):
        step = Upcoming("call", state, due_at, user.first_name if user else None)
        found.setdefault(cart_id, []).append(step)
    messages = (
        select(Message.cart_id, Message.state, Message.due_at, Message.reason, Message.reason_words)
        .where(Message.cart_id.in_(cart_ids), Message.state.in_(_WAITING))
        .order_by(Message.due_at)
    )
    for cart_id, state, due_at, reason, words in session().execute(messages):
        found.setdefault(cart_id, []).append(Upcoming("email", state, due_at, None, sentence(reason, words) or None))
    return found
