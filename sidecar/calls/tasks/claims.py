"""Who has which cart: reps claim them one at a time, one rep per person, and give them back.

A claim is one guarded UPDATE. Two partial unique indexes (one hold per rep, one per person) catch what two
transactions cannot see of each other; the loser looks again.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import LANGUAGES
from sidecar.calls.outcomes.next_step import REST, TEAM_AFTER
from sidecar.calls.task import HELD_STATES, OPEN_STATES, CallTask, is_held
from sidecar.db import RowId, UTCDateTime, one_row, session
from sidecar.errors import Refused

LEASE = timedelta(minutes=10)
CALL_LEASE = timedelta(minutes=60)
BY_HAND_AFTER = timedelta(minutes=2)  # then a promise that a colleague does not keep may be taken by hand
_TRIES = 5  # to claim while others claim too
_ORDER = (CallTask.rank_class, CallTask.rank_value.desc(), CallTask.due_at, CallTask.id)
# Made once: an alias copies every column, which costs more than the claim itself.
_OTHER, _RUNG, _MINE = aliased(CallTask), aliased(CallTask), aliased(CallTask)


def claim_next(user: User, *, now: datetime) -> CallTask | None:
    """The best task the rep may call now, held for ten minutes; the one already held, if any; None when all is quiet.

    Raises Refused when the rep has paused.
    """
    if user.paused_at is not None:
        raise Refused("You are on a break. Come back first, then take the next call.", code="paused")
    return _claim(user, None, now) or held_by(user)


def claim(task_id: int, user: User, *, now: datetime) -> CallTask:
    """This task, held for ten minutes; one that the rep only holds is given back first.

    Raises Refused, with who has it or from when it may be called, when it cannot be had.
    """
    held = held_by(user)
    if held is not None and held.id == task_id:
        return held
    if held is not None and not release(held.id, user, now=now):
        raise Refused(f"Finish the call with {held.contact.name} first.", code="unfinished")
    task = _claim(user, task_id, now)
    if task is None:
        raise Refused(_why_not(task_id, user, now), code="not_claimable")
    return task


def next_for(user: User, *, now: datetime) -> int | None:
    """The id of the task that `claim_next` would give this rep now; nothing is claimed. None when all is quiet."""
    query = select(CallTask.id).where(_claimable(user.id, now, now - TEAM_AFTER, user.languages))
    return session().scalar(query.order_by(*_ORDER).limit(1))


def held_by(user: User) -> CallTask | None:
    """The one task this rep holds."""
    found: CallTask | None = session().scalar(_HELD_BY, {"rep": user.id})
    return found


def release(task_id: int, user: User, *, now: datetime) -> bool:
    """Puts a claimed task back; False when it is not this rep's to give back, or was dialled."""
    return _guarded(task_id, user, ("claimed",), {"state": "ready", "lease_until": None, "changed_at": now})


def extend(task_id: int, user: User, *, now: datetime) -> bool:
    """A new lease from now: ten minutes for a claimed task, an hour for a call. False when it is not this rep's."""
    lease = case((CallTask.state == "claimed", now + LEASE), (CallTask.state == "in_call", now + CALL_LEASE))
    return _guarded(task_id, user, HELD_STATES, {"lease_until": lease})


def start_call(task_id: int, user: User, *, now: datetime) -> bool:
    """From claimed (or a wrap-up that rings again) to in_call; nobody else rings this person for an hour."""
    values = {
        "state": "in_call",
        "dialled_at": now,
        "ended_at": None,
        "rest_until": now + REST,
        "lease_until": now + CALL_LEASE,
        "changed_at": now,
    }
    return _guarded(task_id, user, ("claimed", "in_call", "wrap_up"), values, CallTask.done_reason.is_(None))


def end_call(task_id: int, user: User, *, now: datetime) -> bool:
    """From in_call to wrap_up, which waits for its rep."""
    return _guarded(
        task_id, user, ("in_call",), {"state": "wrap_up", "ended_at": now, "lease_until": None, "changed_at": now}
    )


_HELD_BY = select(CallTask).where(CallTask.claimed_by_id == bindparam("rep"), is_held())


def _claimable(user_id: Any, now: Any, promised_before: Any, speaks: Any) -> ColumnElement[bool]:
    """Which ready tasks a rep may take: open hours, not promised by another, in a language they speak, nobody has or
    just rang the person."""
    # Two questions with an index each; asked as one, Postgres reads the whole table.
    taken = exists().where(_OTHER.contact_id == CallTask.contact_id, is_held(_OTHER))
    resting = exists().where(_RUNG.contact_id == CallTask.contact_id, _RUNG.rest_until > now)
    # Wrapped, so that no planner reads every open task by its hours to sort them: the queue's index has them in order.
    still_open = func.coalesce(CallTask.open_until, now) > now
    # A call that was handed over without an agreed time stays with that colleague until letting_go takes it back.
    given_at = func.coalesce(CallTask.handed_at, CallTask.callback_at)
    promised = or_(CallTask.callback_at > promised_before, given_at > promised_before)
    pinned = and_(CallTask.for_user_id != user_id, promised)
    return and_(
        CallTask.state == "ready",
        still_open,
        or_(CallTask.for_user_id.is_(None), ~pinned),
        or_(
            CallTask.language == literal_column("''"),
            CallTask.language.in_(speaks),
            CallTask.for_user_id == user_id,  # handed over by name: somebody knows better
        ),
        ~taken,
        ~resting,
    )


def _claim(user: User, task_id: int | None, now: datetime) -> CallTask | None:
    statement = _next_statement() if task_id is None else _this_statement()
    team_after = TEAM_AFTER if task_id is None else BY_HAND_AFTER
    moments = {"at": now, "until": now + LEASE, "promised_before": now - team_after}
    asked = {"rep": user.id, "task": task_id, "speaks": user.languages, **moments}
    for _ in range(_TRIES):
        try:
            with session().begin_nested():
                found: CallTask | None = session().scalar(statement, asked)
                return found
        except IntegrityError:
            continue  # this rep's other window, or another rep on the same person, was first
    return None


# Built once: putting such a statement together costs more than running it.
@functools.cache
def _next_statement() -> ReturningUpdate[CallTask]:
    return _claiming([])


@functools.cache
def _this_statement() -> ReturningUpdate[CallTask]:
    return _claiming([CallTask.id == bindparam("task", type_=RowId)])


def _claiming(only: list[ColumnElement[bool]]) -> ReturningUpdate[CallTask]:
    rep, at = bindparam("rep", type_=RowId), bindparam("at", type_=UTCDateTime)
    best = (
        select(CallTask.id)
        .where(
            _claimable(rep, at, bindparam("promised_before", type_=UTCDateTime), bindparam("speaks", expanding=True)),
            *only,
        )
        .order_by(*_ORDER)
        .limit(1)
        .with_for_update(skip_locked=True, of=CallTask)
    )
    holding = exists().where(_MINE.claimed_by_id == rep, is_held(_MINE))
    statement = (
        update(CallTask)
        .where(CallTask.id == best.scalar_subquery(), CallTask.state == "ready", ~holding)
        .values(
            state="claimed",
            claimed_by_id=rep,
            claimed_at=at,
            lease_until=bindparam("until", type_=UTCDateTime),
            dialled_at=None,
            ended_at=None,
            changed_at=at,
        )
    )
    options = {"populate_existing": True, "synchronize_session": False}
    return statement.returning(CallTask).execution_options(**options)


def _guarded(
    task_id: int, user: User, states: tuple[str, ...], values: dict[str, Any], *more: ColumnElement[bool]
) -> bool:
    found = session().execute(
        update(CallTask)
        .where(CallTask.id == task_id, CallTask.claimed_by_id == user.id, CallTask.state.in_(states), *more)
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    return one_row(found)


def _why_not(task_id: int, user: User, now: datetime) -> str:
    task = session().get(CallTask, task_id, populate_existing=True)
    if task is None or task.state not in OPEN_STATES:
        return "This cart is not in the queue any more."
    holder = session().scalar(
        select(User)
        .join(CallTask, CallTask.claimed_by_id == User.id)
        .where(CallTask.contact_id == task.contact_id, is_held())
    )
    if holder is not None:
        return f"{holder.first_name} has {task.contact.name} now."
    rests = session().scalar(select(func.max(CallTask.rest_until)).where(CallTask.contact_id == task.contact_id))
    if rests is not None and rests > now:
        return f"{task.contact.name} was just called. Not again within the hour."
    if task.state == "waiting" or task.open_until is None or task.open_until <= now:
        return f"{task.contact.name} cannot be called yet: not due, or outside the call hours there."
    if task.for_user_id is not None and task.for_user_id != user.id and task.callback_at is None:
        return f"{task.contact.name} is kept for a colleague, for an hour at most."
    if task.language and task.language not in user.languages:
        return f"{task.contact.name} speaks {LANGUAGES.get(task.language, 'another language')}. A colleague takes it."
    return "A colleague promised to ring back. Others can take it two minutes after the agreed time."
