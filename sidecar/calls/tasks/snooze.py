"""Putting a cart off: it waits until a time, with a reason, and counts no attempt; then it is anyone's again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from sidecar.accounts import User
from sidecar.calls.outcomes import callbacks
from sidecar.calls.priority.facts import window_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims, queue
from sidecar.carts.story import tell
from sidecar.contacts import silence
from sidecar.contacts.local_time import clock_time, day, place
from sidecar.db import one_row, session
from sidecar.errors import Refused
from sidecar.settings import settings_of

REASONS: dict[str, str] = {
    "bad_moment": "Not a good moment for them",
    "waits": "Waiting for an answer or for stock",
    "prepare": "Something to find out first",
    "other": "Something else",
}
_FARTHEST = timedelta(days=7)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SnoozeForm:
    """The form as it was sent: a Slot's code or "pick" with `picked`, one of REASONS, and words for "other"."""

    when: str = ""
    picked: str = ""
    reason: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """What was done: "Put off until tomorrow at 10:00.", in the customer's time."""

    task_id: int
    name: str
    says: str


def snooze(task_id: int, user: User, form: SnoozeForm, *, now: datetime) -> PutOff:
    """Puts the rep's cart off.

    Raises Refused with the field when time or reason are missing, and when the cart is not the rep's to put off.
    """
    task = _find(task_id)
    if task is None or task.claimed_by_id != user.id or not task.is_held:
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    if task.state != "claimed":
        raise Refused(f"You have called {task.contact.name}: choose how it went.", code="called_already")
    if task.callback_at is not None:
        raise Refused(f"{task.contact.name} asked for this call. Call now, or skip it.", code="asked_for")
    window = window_of(task, settings_of(task.store_id))
    until = callbacks.agreed(form.when, form.picked, window, now=now)
    if until > now + _FARTHEST:
        raise Refused("Choose a time in the next seven days.", code="when_far", field="when")
    words = _words(form)
    if not _moved(task, user, until, words, now):
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    there = place(window.zone)
    when = f"{day(until, window.zone, now=now)} at {clock_time(until, window.zone)}{f' in {there}' if there else ''}"
    tell(task.cart_id, "put_off", f"{user.first_name} put it off until {when}: {words[:1].lower()}{words[1:]}.", at=now)
    silence.hold(task.contact_id, queue.source_of(task.id), "a call is planned", until + queue.SILENCE)
    return PutOff(task.id, task.contact.name, f"Put off until {when}.")


def wake(task_id: int, user: User, *, now: datetime) -> CallTask:
    """The cart that was put off, taken now instead. Raises Refused when it cannot be had now."""
    task = _find(task_id)
    if task is None or not is_snoozed(task):
        raise Refused("This cart is not put off any more.", code="not_snoozed")
    window = window_of(task, settings_of(task.store_id))
    until = window.until(now)
    if until is None:
        raise Refused("It is outside the call hours where the customer is. Don't call now.", code="outside_hours")
    task.state, task.open_until, task.due_at, task.snoozed_until = "ready", until, now, None
    queue.place(task, now=now)
    session().flush()
    tell(task.cart_id, "put_off", f"{user.first_name} took it up again before its time.", at=now)
    return claims.claim(task_id, user, now=now)


def is_snoozed(task: CallTask) -> bool:
    """Whether it waits because a rep put it off; what happened since may have given it another time."""
    return task.state == "waiting" and task.snoozed_until is not None and task.snoozed_until == task.due_at


def _find(task_id: int) -> CallTask | None:
    query = (
        select(CallTask)
        .options(joinedload(CallTask.cart), joinedload(CallTask.contact))
        .where(CallTask.id == task_id)
        .execution_options(populate_existing=True)
    )
    return session().scalar(query)


def _words(form: SnoozeForm) -> str:
    because = " ".join(form.because.split())
    if form.reason not in REASONS:
        raise Refused("Choose why it has to wait.", code="reason_missing", field="why")
    if len(because) > _LONGEST:
        raise Refused(f"Shorten the words to {_LONGEST} characters.", code="reason_long", field="because")
    if form.reason == "other" and not because:
        raise Refused("Write why it has to wait.", code="reason_missing", field="because")
    return because if form.reason == "other" else f"{REASONS[form.reason]}{f', {because}' if because else ''}"


def _moved(task: CallTask, user: User, until: datetime, words: str, now: datetime) -> bool:
    moved = session().execute(
        update(CallTask)
        .where(CallTask.id == task.id, CallTask.claimed_by_id == user.id, CallTask.state == "claimed")
        .values(
            state="waiting",
            due_at=until,
            open_until=None,
            lease_until=None,
            snoozed_until=until,
            snooze_reason=words,
            changed_at=now,
        )
        .execution_options(synchronize_session="fetch")
    )
    return one_row(moved)
