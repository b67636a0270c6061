"""What became of a task that a rep cannot go on with: who did what, when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.task import Call, CallTask
from sidecar.contacts.local_time import span
from sidecar.db import session


def what_became_of(task: CallTask, user: User, *, now: datetime) -> str:
    """A sentence about why this rep cannot go on with the task: who did what, when."""
    cart = task.cart
    if cart.state == "recovered":
        return f"{task.contact.name} paid {_ago(cart.paid_at, now)}." if cart.paid_at else f"{task.contact.name} paid."
    if task.is_held and task.claimed_by is not None and task.claimed_by_id != user.id:
        return f"{task.claimed_by.first_name} has {task.contact.name} now."
    last = session().scalar(
        select(Call).where(Call.task_id == task.id, Call.undone_at.is_(None)).order_by(Call.id.desc()).limit(1)
    )
    if last is not None and (task.done_at is None or last.at >= task.done_at):
        who = session().get(User, last.user_id)
        name = "You" if last.user_id == user.id else who.first_name if who else "Somebody"
        return f"{name} logged {DISPOSITIONS[last.disposition].label} {_ago(last.at, now)}."
    if task.is_held and task.claimed_by_id == user.id:
        return "You opened this cart anew since; that form was the old one."
    if task.state == "done":
        why = cart.reason if cart.state == "closed" else f"Why: {(task.done_reason or '').replace('_', ' ')}."
        return f"The cart left the queue {_ago(task.done_at, now)}. {why or ''}".strip()
    return f"The cart of {task.contact.name} is back in the queue."


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "just now"
    seconds = int((now - at).total_seconds())
    if seconds < 2:
        return "just now"
    return f"{seconds} s ago" if seconds < 60 else f"{span(now - at)} ago"
