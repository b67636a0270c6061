"""Putting a cart into a sequence, adding what follows a call, and taking it out again. Every change has its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import consent
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach import reasons
from sidecar.outreach.letters.signing import sign
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequences import course, schedule
from sidecar.outreach.sequences.course import Courses
from sidecar.outreach.sequences.planned import told_as_left_out, told_as_planned, told_as_stopped, words_of
from sidecar.outreach.sequences.sequence import CALL, Step, follows_call, sequence_of, steps_as_set
from sidecar.ports import Sealer
from sidecar.stores.connection import Store

# What ends a cart's sequence for good: a person answers now.
_FOR_GOOD = ("replied",)
# A step that was left out for one of these stays left out; what a stop or a limit took away may stand again.
_LEFT_OUT = ("overtaken", "stale")


def enroll(cart: Cart, sequence: str, *, settings: Mapping[str, Any], now: datetime) -> Enrollment:
    """The cart's run through `sequence` ("reminder" or "personal"), with its messages planned.

    Safe to repeat: what was sent, refused or is leaving stays as it is; what only stood planned or due takes the new
    time and is written anew; what an earlier stop cancelled stands again. Messages of other sequences are cancelled.
    A sequence that ended because the customer replied stays ended.
    """
    steps = steps_as_set(sequence, settings)
    known = _locked(cart.id)
    _cancel_the_rest(known, sequence, steps)
    enrollment = _enrollment(cart.id, sequence, now)
    if enrollment.stopped_reason in _FOR_GOOD:
        return enrollment
    enrollment.stopped_at, enrollment.stopped_reason = None, None
    left = course.left_at(known.values())
    due = schedule.times(steps, cart.active_at, settings["outreach.first_after"], left=left)
    planned = _plan_all(cart, steps, due, known, now=now)
    if planned:
        tell(cart.id, "planned", told_as_planned(planned, cart.active_at), at=now)
    session().flush()
    return enrollment


def add_step(
    cart: Cart,
    step: Step,
    *,
    due_at: datetime,
    signed_by: int | None,
    settings: Mapping[str, Any],
    vault: Sealer,
    now: datetime,
) -> Message:
    """One more message about the cart, after a call: planned for `due_at`, in the name of the rep `signed_by`.

    The same step again moves what has not left yet. Raises Refused with the reason when the customer cannot or may not
    be written to, or when this step has left already.
    """
    if cart.contact_id is None or not cart.email:
        raise Refused(reasons.SENTENCES["no_address"], code="no_address")
    allowed = consent.permission(
        cart.store_id, cart.contact, cart, step.channel, settings=settings, vault=vault, now=now
    )
    if not allowed.allowed:
        raise Refused(allowed.reason, code=allowed.code)
    message = _locked(cart.id).get(step.key)
    if message is not None and not _may_move(message):
        raise Refused(f"{step.label}: this email has left already.", code="has_left")
    enrollment = _enrollment(cart.id, sequence_of(step.key), now)
    enrollment.stopped_at, enrollment.stopped_reason = None, None
    if message is None:
        message = _new(cart, step, now)
    _set(message, cart, due_at, due_at + schedule.FOLLOW_UP_WITHIN)
    message.signed_by, message.reason, message.reason_words = signed_by, "follows_call", None
    session().flush()
    return message


def take_back(cart_id: int, key: str, *, now: datetime) -> Message | None:
    """The message of a step that a rep takes back: cancelled, or as it is when it has left already. None: no such."""
    message = _locked(cart_id).get(key)
    if message is not None and message.state in course.MOVABLE:
        message.state, message.reason, message.reason_words = "cancelled", "taken_back", None
        session().flush()
    return message


def has_come(message: Message, store: Store, settings: Mapping[str, Any], courses: Courses, *, now: datetime) -> bool:
    """Whether a planned message's time has really come. Otherwise it was moved or left out, with the reason.

    What waited in the same sequence until now is overtaken by it.
    """
    siblings = courses.messages.get(message.cart_id, [])
    next_at = course.following(message, siblings)
    # What was written before was looked at in time, and only waits to be written anew.
    missed_since = now if message.html else max(message.due_at, message.created_at)
    if schedule.is_stale(missed_since, next_at, now=now):
        leave_out(message, "stale", None, now=now)
        return False
    found = course.against(message, store, settings, courses, now=now)
    if found is not None and found.until is not None:
        message.due_at, message.reason, message.reason_words = found.until, found.code, found.words
        if found.until >= message.not_after_at:
            leave_out(message, "too_late", None, now=now)
        return False
    if found is not None:
        leave_out(message, found.code, found.words, now=now)
        return False
    _overtake(message, siblings, now)
    return True


def leave_out(message: Message, code: str, words: str | None, *, now: datetime) -> None:
    """Cancels one message, and tells on the cart's story why that step was left out."""
    message.state, message.reason, message.reason_words = "cancelled", code, words
    tell_left_out(message.cart_id, message.step, code, words, now=now)


def tell_left_out(cart_id: int, key: str, code: str, words: str | None, *, now: datetime) -> None:
    """Tells on the cart's story why a step was left out."""
    tell(cart_id, "left_out", told_as_left_out(key, code, words), at=now)


def stop(cart_id: int, reason: str, *, now: datetime) -> int:
    """How many planned or due messages were cancelled. `reason` is a code of outreach.reasons, or a sentence.

    A message that is being sent at this moment is left to the sender, which looks at the cart once more.
    """
    code, words = reasons.code_and_words(reason)
    session().execute(
        update(Enrollment)
        .where(Enrollment.cart_id == cart_id, Enrollment.stopped_at.is_(None))
        .values(stopped_at=now, stopped_reason=reason)
    )
    stopped = _cancel(cart_id, code, words)
    if stopped:
        tell(cart_id, "stopped", told_as_stopped(stopped, code, words), at=now)
    return stopped


def stop_person(contact_id: int, reason: str, *, now: datetime) -> int:
    """As `stop`, for every cart of a person that has messages planned or due; how many messages were cancelled."""
    theirs = Message.contact_id == contact_id
    planned = select(Message.cart_id).where(theirs, Message.state.in_(course.MOVABLE)).distinct()
    return sum(stop(cart_id, reason, now=now) for cart_id in session().scalars(planned).all())


def _enrollment(cart_id: int, sequence: str, now: datetime) -> Enrollment:
    query = select(Enrollment).where(Enrollment.cart_id == cart_id, Enrollment.sequence == sequence)
    enrollment = session().scalar(query)
    if enrollment is None:
        enrollment = Enrollment(cart_id=cart_id, sequence=sequence, enrolled_at=now)
        session().add(enrollment)
    return enrollment


def _locked(cart_id: int) -> dict[str, Message]:
    """The cart's messages by step; locked, so that a sender cannot take one between this look and the change
    (Postgres; SQLite has one writer)."""
    query = select(Message).where(Message.cart_id == cart_id).with_for_update()
    found = session().scalars(query.execution_options(populate_existing=True))
    return {message.step: message for message in found}


def _plan_all(
    cart: Cart, steps: Sequence[Step], due: Mapping[str, datetime], known: Mapping[str, Message], *, now: datetime
) -> list[tuple[Step, datetime]]:
    """The steps that are planned now and were not before. The last one becomes the oldest row: lists of the newest
    show what leaves next on top."""
    waiting = [step for step in steps if step.key not in known or _may_move(known[step.key])]
    passed = schedule.overtaken({step.key: due[step.key] for step in waiting}, now=now)
    new = []
    for step in reversed(waiting):
        message = known.get(step.key)
        if message is None and step.key in passed:
            continue  # its time had passed before the cart was decided: there is nothing to tell
        was_planned = message is not None and message.state in course.MOVABLE
        message = message or _new(cart, step, now)
        _set(message, cart, due[step.key], schedule.not_after(cart.active_at))
        sign(message)
        message.reason, message.reason_words = "in_sequence", words_of(step, steps)
        if now >= message.not_after_at or due[step.key] >= message.not_after_at:
            message.state, message.reason, message.reason_words = "cancelled", "too_late", None
        elif step.key in passed:
            message.state, message.reason, message.reason_words = "cancelled", "overtaken", None
        elif not was_planned:
            new.append((step, due[step.key]))
    return list(reversed(new))


def _new(cart: Cart, step: Step, now: datetime) -> Message:
    message = Message(cart_id=cart.id, step=step.key, channel=step.channel, store_id=cart.store_id, created_at=now)
    session().add(message)
    return message


def _set(message: Message, cart: Cart, due_at: datetime, not_after: datetime) -> None:
    """Plans the message anew: nothing of an earlier plan or of what was written then stays."""
    if cart.contact_id is None:
        raise ValueError(f"cart {cart.id} has nobody to write to")
    message.contact_id, message.to = cart.contact_id, cart.email
    message.due_at, message.not_after_at = due_at, not_after
    message.composed_of = ""
    message.state = "planned"


def _may_move(message: Message) -> bool:
    """Whether nothing of it can have left: it waits, or a stop or a limit took it away before it was ever tried."""
    if message.state in course.MOVABLE:
        return True
    left_out = message.reason in _LEFT_OUT or (message.reason or "").startswith("only_")
    return message.state == "cancelled" and message.data_started_at is None and not left_out


def _overtake(message: Message, siblings: Sequence[Message], now: datetime) -> None:
    name = sequence_of(message.step)
    for other in siblings:
        earlier = other.state in course.MOVABLE and sequence_of(other.step) == name and other.due_at < message.due_at
        if name != CALL and earlier and other.id != message.id:
            leave_out(other, "overtaken", None, now=now)


def _cancel_the_rest(known: Mapping[str, Message], sequence: str, steps: Sequence[Step]) -> None:
    """Cancels what other sequences had planned, and what this one had planned beyond `steps`."""
    kept = {step.key for step in steps}
    for message in known.values():
        if message.state in course.MOVABLE and message.step not in kept and not follows_call(message.step):
            moved_over = steps and sequence_of(message.step) != sequence
            message.state, message.reason_words = "cancelled", None
            message.reason = "rerouted" if moved_over else "switched_off"


def _cancel(cart_id: int, code: str, words: str | None) -> int:
    gone = session().execute(
        update(Message)
        .where(Message.cart_id == cart_id, Message.state.in_(course.MOVABLE))
        .values(state="cancelled", reason=code, reason_words=words)
    )
    return int(getattr(gone, "rowcount", 0))
