"""What a rep does with a cart, and everything that follows from it: ringing, the verdict, taking it back.

Each function works inside the edge's one transaction. Sending nothing is part of it: no message leaves from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from sidecar.accounts import User
from sidecar.calls import claims, letting_go, ripening
from sidecar.calls import wrap_up as saving
from sidecar.calls.dispositions import DISPOSITIONS, LANGUAGES, REASONS, SKIP_REASONS
from sidecar.calls.facts import situation_of, window_of
from sidecar.calls.next_step import Answers, NextStep, next_step
from sidecar.calls.outcome_form import OutcomeForm, read
from sidecar.calls.task import Call, CallTask
from sidecar.calls.wrap_up import Stale, key_of
from sidecar.carts.story import Told, tell, tell_all
from sidecar.contacts import consent
from sidecar.contacts.local_time import span
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.ports import Sealer
from sidecar.recovery.calls import after_call
from sidecar.recovery.decisions import standing
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store

PRACTICE = "Practice: the store is not live. Don't call yet."


@dataclass(frozen=True, slots=True)
class Saved:
    """A call as it is stored, with the settings it was saved under.

    `again`: the same form had been saved before, nothing happened this time.
    """

    call: Call
    store_id: int
    settings: Settings
    again: bool = False


def tick(*, now: datetime) -> ripening.Ripened:
    """Brings the queue to where it belongs at `now`; called every few seconds."""
    found = ripening.ripen(now=now)
    tell_all(
    letting_go.let_go(now=now)
        Told(cart_id, "called", "No payment within 2 h of the call: it counts as Link sent.", now)
        for cart_id in found.unpaid
    )
    return found


def dial(task_id: int, user: User, *, vault: Sealer, now: datetime) -> CallTask:
    """The task, in a call from now on. The order was just read anew by the caller.

    Raises Refused with what forbids the call: not live, settled, opted out, no basis, outside the hours, not yours.
    """
    task, _ = saving.find_saved(task_id, "")
    if task is None or task.claimed_by_id != user.id or not task.is_held:
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    _check_store(session().get_one(Store, task.store_id))
    if task.done_reason or task.cart.state in ("recovered", "closed"):
        raise Refused(f"No call needed: {what_became_of(task, user, now=now)}", code="settled")
    settings = settings_of(task.store_id)
    allowed = consent.permission(
        task.store_id, task.contact, task.cart, "calls", settings=settings, vault=vault, now=now
    )
    if not allowed.allowed:
        raise Refused(f"Don't call: {allowed.reason}", code=allowed.code)
    against = standing.against_call(task.cart, settings=settings, vault=vault, now=now)
    if against is not None:
        raise Refused(f"Don't call: {against.says}", code=against.code)
    if not window_of(task, settings).may(now):
        raise Refused("Don't call now: it is outside the call hours where the customer is.", code="outside_hours")
    if not claims.start_call(task_id, user, now=now):
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    task.contact.last_contacted_at = now
    return task


def wrap_up(task_id: int, user: User, form: OutcomeForm, *, vault: Sealer, now: datetime) -> Saved:
    """The saved verdict, with everything it leads to (calls.next_step). The same form again changes nothing.

    Raises Refused with the field when something is missing, and Stale with what became of the cart when the claim is
    no longer this rep's.
    """
    task, known = saving.find_saved(task_id, form.key)
    if task is None:
        raise Refused("This cart is not in the queue any more.", code="gone")
    settings = settings_of(task.store_id)
    if known is not None and known.user_id == user.id:
        return Saved(known, task.store_id, settings, again=True)
    if form.key != key_of(task, user) or task.state not in _SAVABLE:
        raise Stale(what_became_of(task, user, now=now))
    answers = read(form, window_of(task, settings), now=now)
    step = _step(task, answers, settings, vault, now)
    before = {"cart": after_call.course_of(task.cart), "language": task.contact.language}
    try:
        call = saving.save(task, user, answers, step, form.key, now=now)
    except Stale:
        raise Stale(what_became_of(task, user, now=now)) from None
    ended = after_call.follow(task, answers, step, vault=vault, now=now)
    tell(task.cart_id, "called", _story(user, answers, step.says), at=now)
    mail = after_call.write_after(task, call, step, settings=settings, vault=vault, now=now)
    call.before = call.before | before | {"ended": ended, "mail": mail}
    return Saved(call, task.store_id, settings)


def _step(task: CallTask, answers: Answers, settings: Settings, vault: Sealer, now: datetime) -> NextStep:
    """What follows the verdict. Whether the person said no to emails is looked up only where one would follow."""
    basis = consent.basis(task.cart, "email", settings=settings, now=now)
    step = next_step(answers, situation_of(task, settings, writing=basis), now=now)
    if not step.mail:
        return step
    writing = consent.permission(
        task.store_id, task.contact, task.cart, "email", settings=settings, vault=vault, now=now
    )
    return step if writing.allowed else next_step(answers, situation_of(task, settings, writing=writing), now=now)


def add_late(task_id: int, user: User, form: OutcomeForm, *, vault: Sealer, now: datetime) -> Call:
    """Keeps a verdict that came too late in the cart's story. A wish not to be called counts all the same.

    Raises Refused with the field when something is missing.
    """
    key = f"{form.key}-late"
    task, known = saving.find_saved(task_id, key)
    if known is not None:
        return known
    if task is None:
        raise Refused("This cart is not in the queue any more.", code="gone")
    answers = read(form, window_of(task, settings_of(task.store_id)), now=now)
    call = saving.record(task, user, answers, key, now=now)
    after_call.keep_wish(task, answers, vault=vault, now=now)
    tell(task.cart_id, "called", _story(user, answers, "Added later; it changes nothing."), at=now)
    return call


def undo(user: User, *, vault: Sealer, now: datetime) -> CallTask:
    """The task of the rep's last save, back in their hands as it was before.

    Raises Refused when there is nothing to take back, or when the cart or the rep has moved on.
    """
    call = saving.undoable(user, now=now)
    if call is None:
        raise Refused("There is nothing to undo: that works for 15 minutes after saving.", code="nothing_to_undo")
    task, _ = saving.find_saved(call.task_id, "")
    if task is None or _settled_since(task, call):
        raise Refused(f"The cart of {call.person} is settled by now; there is nothing to undo.", code="settled")
    held = claims.held_by(user)
    if held is not None and not claims.release(held.id, user, now=now):
        raise Refused(f"Finish the call with {held.contact.name} first.", code="unfinished")
    if not saving.restore(call, task, user, now=now):
        raise Refused(what_became_of(task, user, now=now), code="moved_on")
    left = after_call.take_back(task, call, vault=vault, now=now)
    call.undone_at = now
    label = DISPOSITIONS[call.disposition].label.lower()
    tell(task.cart_id, "called", f"{user.first_name} took back: {label}. {left}".strip(), at=now)
    return task


def pause(user: User, *, now: datetime) -> None:
    """A break: the rep gets no next cart, and one that was not called yet goes back to the queue."""
    held = claims.held_by(user)
    if held is not None:
        claims.release(held.id, user, now=now)
    session().execute(update(User).where(User.id == user.id).values(paused_at=now))
    user.paused_at = now


def resume(user: User) -> None:
    """Back from the break."""
    session().execute(update(User).where(User.id == user.id).values(paused_at=None))
    user.paused_at = None


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


_SAVABLE = ("ready", "claimed", "in_call", "wrap_up")


def _check_store(store: Store) -> None:
    if not store.is_live:
        raise Refused(PRACTICE, code="not_live")
    if not store.is_readable:
        raise Refused(
            f"The store does not answer: {store.unreadable_reason or 'no answer yet'} Don't call on old news.",
            code="unreadable",
        )


def _settled_since(task: CallTask, call: Call) -> bool:
    """Whether the cart was settled by something other than this very save."""
    cart = task.cart
    return cart.state == "recovered" or (cart.state == "closed" and cart.closed_at != call.at)


def _story(user: User, answers: Answers, says: str) -> str:
    label = DISPOSITIONS[answers.outcome].label.lower()
    if answers.outcome == "skip":
        return f"{user.first_name} skipped it: {SKIP_REASONS[answers.skip_reason].lower()}. {says}"
    details = [REASONS[reason].lower() for reason in answers.reasons]
    if answers.language:
        details.append(LANGUAGES[answers.language])
    told = f"{user.first_name} called: {label}{' (' + ', '.join(details) + ')' if details else ''}. {says}"
    return f"{told} Note: {answers.note}" if answers.note else told


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "just now"
    seconds = int((now - at).total_seconds())
    return f"{max(seconds, 0)} s ago" if seconds < 60 else f"{span(now - at)} ago"
