"""Putting a cart into a sequence, and taking it out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach import reasons, schedule
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequence import Step, steps_of
from sidecar.settings import Settings
from sidecar.stores.connection import Store

# Only these have not begun to leave; everything else is past planning.
MOVABLE = ("planned", "due")


def enroll(cart: Cart, sequence: str, *, store: Store, settings: Settings, now: datetime) -> Enrollment:
    """The cart's run through `sequence` ("reminder" or "personal"), with its messages planned.

    Safe to repeat: what was sent, refused or is leaving stays as it is; what only stood planned or due takes the new
    time and is written anew; what an earlier stop cancelled stands again. Messages of other sequences are cancelled.
    """
    steps = steps_of(sequence, at_most=settings["outreach.steps"])
    _cancel_others(cart.id, [step.key for step in steps], code="rerouted" if steps else "switched_off")
    for step in steps:
        _plan(cart, step, store=store, settings=settings, now=now)
    enrollment = session().scalar(
        select(Enrollment).where(Enrollment.cart_id == cart.id, Enrollment.sequence == sequence)
    )
    if enrollment is None:
        enrollment = Enrollment(cart_id=cart.id, sequence=sequence, enrolled_at=now)
        session().add(enrollment)
    enrollment.stopped_at, enrollment.stopped_reason = None, None
    session().flush()
    return enrollment


def stop(cart_id: int, reason: str, *, now: datetime) -> int:
    """How many planned or due messages were cancelled. `reason` is a code of outreach.reasons, or a sentence.

    A message that is being sent at this moment is left to the sender, which looks at the cart once more.
    """
    code, words = (reason, None) if reason in reasons.SENTENCES or " " not in reason else ("closed", reason)
    session().execute(
        update(Enrollment)
        .where(Enrollment.cart_id == cart_id, Enrollment.stopped_at.is_(None))
        .values(stopped_at=now, stopped_reason=reason)
    )
    return _cancel(cart_id, code=code, words=words)


def _cancel_others(cart_id: int, keep: Sequence[str], *, code: str) -> None:
    _cancel(cart_id, code=code, words=None, keep=keep)


def _cancel(cart_id: int, *, code: str, words: str | None, keep: Sequence[str] = ()) -> int:
    gone = session().execute(
        update(Message)
        .where(Message.cart_id == cart_id, Message.state.in_(MOVABLE), Message.step.not_in(keep))
        .values(state="cancelled", reason=code, reason_words=words)
    )
    return int(getattr(gone, "rowcount", 0))


def _plan(cart: Cart, step: Step, *, store: Store, settings: Settings, now: datetime) -> None:
    due = schedule.due_at(step, cart.active_at, settings["outreach.first_after"])
    not_after = schedule.not_after(cart.active_at)
    place = (Message.cart_id == cart.id, Message.step == step.key, Message.channel == step.channel)
    # Locked, so that a sender cannot take it between this look and the change (Postgres; SQLite has one writer).
    looked = select(Message).where(*place).with_for_update().execution_options(populate_existing=True)
    message = session().scalar(looked)
    if message is None:
        message = Message(cart_id=cart.id, step=step.key, channel=step.channel, store_id=store.id, created_at=now)
        session().add(message)
    elif not _may_move(message):
        return
    if cart.contact_id is None:
        raise ValueError(f"cart {cart.id} has nobody to write to")
    message.contact_id, message.to = cart.contact_id, cart.email
    message.due_at, message.not_after_at = due, not_after
    message.composed_of = ""
    message.state, message.reason, message.reason_words = "planned", None, None
    if now >= not_after:
        message.state, message.reason = "cancelled", "too_late"
    session().flush()


def _may_move(message: Message) -> bool:
    """Whether nothing of it can have left: it waits, or a stop or a limit took it away before it was ever tried."""
    if message.state in MOVABLE:
        return True
    return message.state == "cancelled" and message.data_started_at is None
