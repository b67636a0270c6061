"""What a rep does with a cart, and everything that follows from it: ringing, the verdict, taking it back.

Each function works inside the edge's one transaction. Sending nothing is part of it: no message leaves from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from sidecar.accounts import User, reps
from sidecar.calls.outcomes import wrap_up as saving
from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES, REASONS, SKIP_REASONS
from sidecar.calls.outcomes.next_step import Answers, NextStep, next_step
from sidecar.calls.outcomes.outcome_form import OutcomeForm, read
from sidecar.calls.outcomes.wrap_up import Stale, key_of
from sidecar.calls.priority.facts import number_of, situation_of, window_of
from sidecar.calls.requests.finding import rung, yes_of
from sidecar.calls.task import Call, CallTask, is_open
from sidecar.calls.tasks import claims, letting_go, queue, ripening
from sidecar.carts.story import Told, tell, tell_all
from sidecar.contacts import consent
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.letters.language import languages
from sidecar.ports import Sealer
from sidecar.recovery.calls import after_call, support, wishes
from sidecar.recovery.calls.became import what_became_of
from sidecar.recovery.decisions import standing
from sidecar.recovery.requests import request_settling
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
    letting_go.let_go(now=now)
    request_settling.settle(now=now)
    tell_all(
        Told(cart_id, "called", "No payment within 2 h of the call: it counts as Link sent.", now)
        for cart_id in found.unpaid
    )
    _end_after_last_call(found.unpaid, now)
    return found


def _end_after_last_call(cart_ids: Sequence[int], now: datetime) -> None:
    """Carts that were waited for after the last call that may be made about them leave the queue."""
    query = select(CallTask).where(CallTask.cart_id.in_(cart_ids), is_open())
    for task in session().scalars(query) if cart_ids else ():
        if task.attempts >= settings_of(task.store_id)["calls.most_tries"]:
            queue.withdraw(task.cart_id, "attempts_used", now=now)


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
    cart, asked = rung(task.cart, number_of(task)), yes_of(task)
    allowed = consent.permission(
        task.store_id, task.contact, cart, "calls", settings=settings, vault=vault, now=now, asked=asked
    )
    if not allowed.allowed:
        raise Refused(f"Don't call: {allowed.reason}", code=allowed.code)
    against = standing.against_call(task.cart, settings=settings, vault=vault, number=task.asked_number, now=now)
    if against is not None:
        raise Refused(f"Don't call: {against.says}", code=against.code)
    if not window_of(task, settings).may(now):
        raise Refused("Don't call now: it is outside the call hours where the customer is.", code="outside_hours")
    if not claims.start_call(task_id, user, now=now):
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    task.contact.last_contacted_at = now
    return task


def wrap_up(task_id: int, user: User, form: OutcomeForm, *, vault: Sealer, now: datetime) -> Saved:
    """The saved verdict, with everything it leads to (outcomes.next_step). The same form again changes nothing.

    Raises Refused with the field when something is missing, and Stale with what became of the cart when the claim is
    no longer this rep's.
    """
    task, known = saving.find_saved(task_id, form.key)
    if task is None:
        raise Refused("This cart is not in the queue any more.", code="gone")
    settings = settings_of(task.store_id)
    if known is not None and known.user_id == user.id:
        if (known.disposition, known.note) != (form.outcome, form.note.strip()):  # from this rep's other tab
            raise Stale(what_became_of(task, user, now=now))
        return Saved(known, task.store_id, settings, again=True)
    if form.key != key_of(task, user) or task.state not in _SAVABLE:
        raise Stale(what_became_of(task, user, now=now))
    answers = after_call.completed(read(form, window_of(task, settings), now=now), task.cart)
    step = _step(task, user, answers, settings, vault, now)
    before = {"cart": after_call.course_of(task.cart), "language": task.contact.language}
    try:
        call = saving.save(task, user, answers, step, form.key, now=now)
    except Stale:
        raise Stale(what_became_of(task, user, now=now)) from None
    ended = after_call.follow(task, answers, step, by=user, vault=vault, now=now)
    tell(task.cart_id, "called", _story(user, answers, step.says), at=now)
    mail = after_call.write_after(task, call, step, settings=settings, vault=vault, now=now)
    if step.to_support:
        support.hand_over(task, call, answers, user, settings, now=now)
    call.before = call.before | before | {"ended": ended, "mail": mail}
    return Saved(call, task.store_id, settings)


def _step(task: CallTask, user: User, answers: Answers, settings: Settings, vault: Sealer, now: datetime) -> NextStep:
    """What follows the verdict. Whether the person said no to emails is looked up only where one would follow, and who
    speaks what only where a language is the matter."""
    basis = consent.basis(task.cart, "email", settings=settings, now=now)
    situation = situation_of(task, settings, writing=basis)
    if answers.outcome == "language_barrier":
        spoken = frozenset(code for rep in reps() if rep.id != user.id for code in rep.languages)
        situation = replace(situation, spoken=spoken, written=frozenset(languages()))
    step = next_step(answers, situation, now=now)
    if not step.mail:
        return step
    writing = consent.permission(
        task.store_id, task.contact, task.cart, "email", settings=settings, vault=vault, now=now
    )
    if writing.allowed:
        return step
    return next_step(answers, replace(situation, may_write=False, why_not=writing.reason), now=now)


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
    wishes.keep(task, answers, by=user, vault=vault, now=now)
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
        raise Refused(_why_not_back(task, user, now), code="moved_on")
    left = after_call.take_back(task, call, vault=vault, now=now)
    call.undone_at = now
    label = DISPOSITIONS[call.disposition].label.lower()
    tell(task.cart_id, "called", f"{user.first_name} took back: {label}. {left}".strip(), at=now)
    return task


def _why_not_back(task: CallTask, user: User, now: datetime) -> str:
    newer = session().scalar(select(CallTask.id).where(CallTask.cart_id == task.cart_id, is_open()).limit(1))
    if newer is not None and newer != task.id:
        return f"{task.contact.name} is back in the queue with a new call. Take that one."
    return what_became_of(task, user, now=now)


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
    if answers.was_discreet:
        details.append("nothing said about the cart")
    told = f"{user.first_name} called: {label}{' (' + ', '.join(details) + ')' if details else ''}. {says}"
    return f"{told} Note: {answers.note}" if answers.note else told
