"""The call queue: carts come in with a due time and a rank, and go out with a reason. Claims are in tasks.claims."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from sidecar.calls.outcomes.next_step import REST
from sidecar.calls.priority import ranking
from sidecar.calls.priority.facts import call_zones, facts_of
from sidecar.calls.task import CallTask, is_open
from sidecar.calls.tasks.claims import claim, claim_next, extend, held_by, release
from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.story import tell
from sidecar.contacts import silence
from sidecar.db import one_row, session

__all__ = [
    "add",
    "ask",
    "claim",
    "claim_next",
    "extend",
    "held_by",
    "note_click",
    "note_reply",
    "place",
    "release",
    "source_of",
    "withdraw",
]

MARGIN = 0.3  # until the shop's own is known
SILENCE = timedelta(days=30)

# What ends a cart's calls for good. A cart withdrawn for another reason may come back.
_FOR_GOOD = (
    "attempts_used",
    "too_late",
    "callback_missed",
    "language_barrier",
    "not_interested",
    "wrong_number",
    "do_not_call",
    "already_bought",
)
_NOT_EVEN_ASKED = ("wrong_number", "do_not_call", "already_bought")  # of these, what a wish to be called does not undo


def add(
    cart: Cart, *, due_at: datetime, threshold_minor: int, margin: float = MARGIN, now: datetime
) -> CallTask | None:
    """The cart's open task, made if there is none; None when its calls have ended for good.

    A task that nobody has tried yet takes over the new due time and figures; later ones keep their course.
    """
    task = session().scalar(select(CallTask).where(CallTask.cart_id == cart.id, is_open()))
    if task is None:
        task = _new(cart, now)
    if task is None:
        return None
    if task.state in ("waiting", "ready") and not task.attempts and task.callback_at is None:
        task.threshold_minor, task.margin = threshold_minor, margin
        task.zones = call_zones(cart)
        if task.state == "waiting" or due_at > now:
            task.due_at, task.state = due_at, "waiting"
        place(task, now=now)
    session().flush()
    silence.hold(task.contact_id, source_of(task.id), "a call is planned", task.due_at + SILENCE)
    return task


def withdraw(cart_id: int, reason: str, *, now: datetime) -> bool:
    """Ends the cart's open task with the reason; True when there was one.

    A rep who only holds it sees so on the card. One who is calling keeps the wrap-up: the call is told, not lost.
    """
    closed = session().execute(
        update(CallTask)
        .where(CallTask.cart_id == cart_id, CallTask.state.in_(("waiting", "ready", "claimed")))
        .values(state="done", done_at=now, done_reason=reason, lease_until=None, changed_at=now)
        .returning(CallTask.id, CallTask.contact_id)
        .execution_options(synchronize_session="fetch")
    )
    found = closed.all()
    for task_id, contact_id in found:
        silence.release(contact_id, source_of(task_id))
    during = session().execute(
        update(CallTask)
        .where(CallTask.cart_id == cart_id, CallTask.state.in_(("in_call", "wrap_up")))
        .values(state="wrap_up", done_reason=reason, lease_until=None, changed_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return bool(found) or one_row(during)


def place(task: CallTask, *, now: datetime) -> None:
    """Ranks one task anew."""
    found = ranking.rank(facts_of(task, now=now), now=now)
    task.rank_class, task.rank_value, task.why = found.rank_class, found.value, found.why
    task.chips, task.icon, task.ranked_at, task.changed_at = list(found.chips), found.icon, now, now


def note_click(cart_id: int, at: datetime | None, *, now: datetime) -> bool:
    """Ranks the cart's open task anew after its customer opened the pay link at `at`; None takes that back. True when
    there is a task. When it is due does not change: who is just paying is not to be rung up."""
    task = session().scalar(select(CallTask).where(CallTask.cart_id == cart_id, is_open()))
    if task is None:
        return False
    task.clicked_at = at
    place(task, now=now)
    session().flush()
    return True


def note_reply(cart_id: int, *, now: datetime) -> bool:
    """Ranks the cart's open task anew after its customer wrote back. True when there is one.

    A callback that was to end with a reply does: whoever promised it sees now what they wrote.
    """
    task = session().scalar(select(CallTask).where(CallTask.cart_id == cart_id, is_open()))
    if task is None:
        return False
    task.replied_at = now
    if task.ends_on_reply and task.callback_at is not None and task.state in ("waiting", "ready"):
        _end_callback(task, now)
    place(task, now=now)
    session().flush()
    return True


def ask(
    cart: Cart, *, threshold_minor: int, at: datetime | None = None, number: str = "", zone: str = "", now: datetime
) -> CallTask | None:
    """The task of a cart whose customer asked to be called, now or `at` a time they chose: first in the queue then, as
    soon as their call hours allow. `number` and `zone` are what they said on the page for calls, if they did.

    One that a rep holds stays as it is: they are in touch. So does an earlier promise. None when the number is known to
    be wrong, or the person said no before.
    """
    task = session().scalar(select(CallTask).where(CallTask.cart_id == cart.id, is_open()))
    task = task or _new(cart, now, ends=_NOT_EVEN_ASKED)
    if task is None or task.is_held:
        return task
    task.threshold_minor = task.threshold_minor or threshold_minor
    task.margin = task.margin or MARGIN
    if at is None:
        task.replied_at = now
    if at is None or task.callback_at is None or not now <= task.callback_at <= at:
        task.asked_number, task.asked_zone = number or task.asked_number, zone or task.asked_zone
        task.zones = list(dict.fromkeys([task.asked_zone, *call_zones(cart)] if task.asked_zone else call_zones(cart)))
        task.state, task.open_until = "waiting", None
        task.due_at = task.callback_at = at or now
        task.callback_tries, task.rest_until, task.for_user_id = 0, None, None
    place(task, now=now)
    session().flush()
    silence.hold(task.contact_id, source_of(task.id), "they asked to be called", (at or now) + SILENCE)
    return task


def _end_callback(task: CallTask, now: datetime) -> None:
    task.callback_at, task.callback_tries, task.ends_on_reply = None, 0, False
    task.rest_until = task.dialled_at + REST if task.dialled_at else None
    task.state, task.open_until, task.due_at = "waiting", None, now
    task.handed_at = now if task.for_user_id is not None else None
    says = "They wrote back, so the agreed call is cancelled. The cart comes up with their words."
    tell(task.cart_id, "called", says, at=now)


def source_of(task_id: int) -> str:
    """The name under which a task keeps machines silent (contacts.silence)."""
    return f"task:{task_id}"


def _new(cart: Cart, now: datetime, *, ends: Collection[str] = _FOR_GOOD) -> CallTask | None:
    last = session().scalar(select(CallTask).where(CallTask.cart_id == cart.id).order_by(CallTask.id.desc()).limit(1))
    if cart.contact is None or (last is not None and last.done_reason in ends):
        return None
    past = session().scalar(select(func.count()).where(Purchase.contact_id == cart.contact_id)) or 0
    task = CallTask(
        store_id=cart.store_id,
        cart=cart,
        contact=cart.contact,
        due_at=now,
        state="waiting",
        past_orders=past,
        attempts=last.attempts if last else 0,
        first_attempt_at=last.first_attempt_at if last else None,
        tried_parts=list(last.tried_parts) if last else [],
        rest_until=last.rest_until if last else None,
        created_at=now,
        ranked_at=now,
        changed_at=now,
    )
    session().add(task)
    return task
