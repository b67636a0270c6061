"""What a rep's last save has set off, for the line with Undo: how long it can be taken back, and its email."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sidecar.calls.outcomes.wrap_up import UNDO_WITHIN
from sidecar.calls.task import Call
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.schedule import UNDOABLE


@dataclass(frozen=True, slots=True)
class LastSave:
    """The save that Undo takes back. Seconds count from now; `mail_in` is None when no email is to follow.

    `mailed_at` is when the email left, which Undo cannot change; None while it has not.
    """

    call: Call
    seconds_left: int
    mail_in: int | None
    mailed_at: datetime | None


def last_save(call: Call, *, now: datetime) -> LastSave:
    """What stands beside Undo for this save. Asks about the email only once it may have left."""
    left = int((call.at + UNDO_WITHIN - now).total_seconds())
    step = call.before.get("mail")
    if not isinstance(step, str):
        return LastSave(call, left, None, None)
    wait = int((call.at + UNDOABLE - now).total_seconds())
    if wait > 0:
        return LastSave(call, left, wait, None)
    sent = session().scalar(select(Message.sent_at).where(Message.cart_id == call.cart_id, Message.step == step))
    return LastSave(call, left, None, sent)
