"""Who a call is kept for: a rep gives theirs to a colleague, an owner or manager to anybody.

Each act is one guarded UPDATE, stands in the cart's story, and an owner's or manager's in the audit log as well.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, or_, update

from sidecar import audit
from sidecar.accounts import User, find_user
from sidecar.accounts.user import CALLERS
from sidecar.calls.task import OPEN_STATES, CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.story import tell
from sidecar.db import one_row, session
from sidecar.errors import Refused

LONGEST_NOTE = 500
_FREE = ("waiting", "ready")


def hand_over(task_id: int, user: User, colleague_id: int, note: str, *, now: datetime) -> CallTask:
    """The call, from now on kept for a colleague, who sees the note on its card.

    A rep hands over what they hold and have not rung, or what they have promised. Raises Refused, with the field where
    there is one, for a call they have begun, for one that is not theirs, and for a colleague who does not call.
    """
    colleague = _caller(colleague_id)
    if colleague.id == user.id:
        raise Refused("This call is yours already. Choose a colleague.", code="own_call", field="colleague")
    held = and_(CallTask.state == "claimed", CallTask.claimed_by_id == user.id)
    promised = and_(CallTask.state.in_(_FREE), CallTask.for_user_id == user.id)
    task = _give(task_id, colleague, user, note, or_(held, promised), now)
    tell(task.cart_id, "called", _story(f"{user.first_name} handed it over to {colleague.first_name}.", note), at=now)
    return task


def reassign(task_id: int, by: User, to_id: int | None, note: str, *, now: datetime) -> CallTask:
    """The call, from now on kept for that rep, or for nobody (None): then it is anybody's.

    It may be taken from a rep who only holds it, and from one who is disabled; a call that has begun stays with its
    rep. Raises Refused, with the field where there is one.
    """
    to = _caller(to_id) if to_id is not None else None
    gone = exists().where(User.id == CallTask.claimed_by_id, User.disabled_at.is_not(None))
    task = _give(task_id, to, by, note, or_(CallTask.state.in_((*_FREE, "claimed")), gone), now)
    said = f"{by.first_name} gave it to {to.first_name if to else 'anybody who is free'}."
    tell(task.cart_id, "called", _story(said, note), at=now)
    audit.record(by.email, "call.reassign", f"cart {task.cart_id}", {"to": to.email if to else ""}, now=now)
    return task


def _give(task_id: int, to: User | None, by: User, note: str, allowed: ColumnElement[bool], now: datetime) -> CallTask:
    """The guarded change. Whoever held the task does no longer: a form of theirs is told so."""
    said = " ".join(note.split())
    if len(said) > LONGEST_NOTE:
        raise Refused(f"Shorten the note to {LONGEST_NOTE} characters.", code="note_long", field="handed-note")
    values = {
        "state": _state_after(),
        "for_user_id": to.id if to else None,
        "handed_over": f"{by.first_name}: {said}" if said else f"{by.first_name} handed this over.",
        "handed_at": now,
        "claimed_by_id": None,
        "claimed_at": None,
        "lease_until": None,
        "changed_at": now,
    }
    changed = session().execute(
        update(CallTask)
        .where(CallTask.id == task_id, CallTask.state.in_(OPEN_STATES), CallTask.done_reason.is_(None), allowed)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not one_row(changed):
        raise Refused(_why_not(task_id, by), code="not_given")
    task = session().get_one(CallTask, task_id, populate_existing=True)
    queue.place(task, now=now)  # among what is happening now, for as long as it is kept
    session().flush()
    return task


def _state_after() -> ColumnElement[str]:
    """A task that waits goes on waiting; one that was held or ready is ready."""
    return case((CallTask.state == "waiting", "waiting"), else_="ready")


def _caller(user_id: int) -> User:
    found = find_user(user_id)
    if found is None or found.disabled_at is not None or found.role not in CALLERS:
        raise Refused("Choose somebody who calls.", code="no_caller", field="colleague")
    return found


def _why_not(task_id: int, user: User) -> str:
    task = session().get(CallTask, task_id, populate_existing=True)
    if task is None or task.state not in OPEN_STATES or task.done_reason is not None:
        return "This cart is not in the queue any more."
    if task.state in ("in_call", "wrap_up"):
        mine = task.claimed_by_id == user.id
        holder = "You have" if mine or task.claimed_by is None else f"{task.claimed_by.first_name} has"
        return f"{holder} begun this call. Save it first, then it can be handed over."
    return "This call is not yours to hand over. Take it first."


def _story(said: str, note: str) -> str:
    return f"{said} Note: {' '.join(note.split())}" if note.strip() else said
