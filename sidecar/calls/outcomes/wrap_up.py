"""A verdict is saved once, for the claim it belongs to, and can be taken back while that still helps."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, Update, and_, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sidecar.accounts import User
from sidecar.calls.outcomes.next_step import Answers, NextStep
from sidecar.calls.priority import ranking
from sidecar.calls.priority.facts import facts_of, zone_of
from sidecar.calls.task import HELD_STATES, Call, CallTask
from sidecar.calls.tasks.claims import LEASE
from sidecar.calls.window import day_part
from sidecar.db import one_row, session
from sidecar.errors import Refused

UNDO_WITHIN = timedelta(minutes=15)

# What a save changes on a task, and undo puts back.
_COURSE = (
    "due_at",
    "callback_at",
    "for_user_id",
    "handed_over",
    "handed_at",
    "callback_tries",
    "ends_on_reply",
    "language",
    "rest_until",
    "unpaid_look_at",
    "attempts",
    "first_attempt_at",
    "tried_parts",
    "busy_before",
    "voicemail_left",
    "link_sent",
    "link_at",
    "done_at",
    "done_reason",
)
_TRIES = ("attempts", "first_attempt_at", "tried_parts", "busy_before", "voicemail_left", "link_sent")
_MOMENTS = frozenset(name for name in _COURSE if name.endswith("_at")) | {"rest_until"}


class Stale(Refused):
    """The task moved on while the form stood open. `reason` says what became of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, code="stale")


def key_of(task: CallTask, user: User) -> str:
    """The name of this rep's present claim on the task: a form that carries it is saved once, or is stale."""
    claimed = int(task.claimed_at.timestamp() * 1_000_000) if task.claimed_at else 0
    return f"{task.id}-{user.id}-{claimed}"


def find_saved(task_id: int, key: str) -> tuple[CallTask | None, Call | None]:
    """The task with cart and contact, and the call that a form with this key was already saved as."""
    found = session().execute(_SAVED, {"task": task_id, "key": key}).one_or_none()
    return (found[0], found[1]) if found else (None, None)


# Built once: putting it together costs more than running it.
_SAVED = (
    select(CallTask, Call)
    .outerjoin(Call, Call.save_key == bindparam("key"))
    .options(joinedload(CallTask.cart), joinedload(CallTask.contact))
    .where(CallTask.id == bindparam("task"))
    .execution_options(populate_existing=True)
)


def save(task: CallTask, user: User, answers: Answers, step: NextStep, key: str, *, now: datetime) -> Call:
    """The stored call; the task goes where `step` says. Raises Stale when somebody else moved it first."""
    before = course_of(task)
    values = _course_after(task, user, answers, step, now)
    if not _moved(task, user, values):
        raise Stale("")
    return record(task, user, answers, key, step=step, before=before, now=now)


def record(
    task: CallTask,
    user: User,
    answers: Answers,
    key: str,
    *,
    now: datetime,
    step: NextStep | None = None,
    before: Mapping[str, object] | None = None,
) -> Call:
    """The stored call. Without a step it is only told: somebody else had closed the task."""
    call = Call(
        task_id=task.id,
        cart_id=task.cart_id,
        user_id=user.id,
        save_key=key,
        at=now,
        dialled_at=task.dialled_at,
        disposition=answers.outcome,
        reasons=list(answers.reasons) or ([answers.skip_reason] if answers.skip_reason else []),
        note=answers.note,
        next_at=step.due_at if step else None,
        person=task.contact.name,
        says=step.says if step else "",
        counted=step is not None,
        before=dict(before or {}),
    )
    session().add(call)
    return call


def undoable(user: User, *, now: datetime) -> Call | None:
    """The rep's save that Undo takes back: the last one, for 15 minutes or until the next but one."""
    found = session().scalars(_LAST_TWO, {"rep": user.id, "since": now - UNDO_WITHIN})
    return next((call for call in found if call.undone_at is None), None)


_LAST_TWO = (
    select(Call)
    .where(Call.user_id == bindparam("rep"), Call.at > bindparam("since"), Call.counted)
    .order_by(Call.at.desc(), Call.id.desc())
    .limit(2)
)


def restore(call: Call, task: CallTask, user: User, *, now: datetime) -> bool:
    """Puts the task back into the rep's hands as it was before the save; False when somebody moved it since."""
    kept = {name: _unplain(name, call.before[name]) for name in _COURSE if name in call.before}
    values = {
        **kept,
        "state": "wrap_up" if task.dialled_at else "claimed",
        "claimed_at": now,
        "lease_until": None if task.dialled_at else now + LEASE,
        "changed_at": now,
    }
    statement = (
        update(CallTask)
        .where(
            CallTask.id == task.id,
            CallTask.state.not_in(HELD_STATES),
            CallTask.claimed_by_id == user.id,
            CallTask.claimed_at == task.claimed_at,
        )
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    try:
        with session().begin_nested():
            return one_row(session().execute(statement))
    except IntegrityError:  # another rep has this person now, about another cart
        return False


def course_of(task: CallTask) -> dict[str, object]:
    """The task's course as plain values, for undo."""
    values = {name: getattr(task, name) for name in _COURSE}
    return {name: _plain(value) for name, value in values.items()}


def _course_after(task: CallTask, user: User, answers: Answers, step: NextStep, now: datetime) -> dict[str, Any]:
    done = step.due_at is None
    values: dict[str, Any] = {
        "state": "done" if done else "waiting",
        "done_at": now if done else None,
        "done_reason": (task.done_reason or step.done_reason) if done else None,
        "due_at": step.due_at or task.due_at,
        "open_until": None,
        "lease_until": None,
        "callback_at": step.callback_at,
        "callback_tries": step.callback_tries,
        "for_user_id": user.id if step.callback_at and step.is_attempt else None,
        "handed_over": "" if step.is_attempt else task.handed_over,
        "handed_at": None,
        "ends_on_reply": answers.ends_on_reply and answers.when is not None,
        "language": task.language if step.language is None else step.language,
        "link_at": None,
        "unpaid_look_at": step.unpaid_look_at,
        "rest_until": step.rest_until or task.rest_until,
        "changed_at": now,
    }
    values |= _tries_after(task, answers, now) if step.is_attempt else {name: getattr(task, name) for name in _TRIES}
    return values | _rank_after(task, values, now)


def _tries_after(task: CallTask, answers: Answers, now: datetime) -> dict[str, Any]:
    return {
        "attempts": task.attempts + 1,
        "first_attempt_at": task.first_attempt_at or now,
        "tried_parts": [*task.tried_parts, day_part(now, zone_of(task))],
        "busy_before": answers.outcome == "busy_failed",
        "voicemail_left": task.voicemail_left or answers.outcome == "left_voicemail",
        "link_sent": answers.outcome == "link_sent",
    }


def _rank_after(task: CallTask, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The rank that follows, so that the row reads right while it waits."""
    facts = facts_of(task, now=now)
    changed = {name: values.get(name, getattr(facts, name)) for name in ("callback_at", "attempts", "link_sent")}
    found = ranking.rank(replace(facts, **changed), now=now)
    return {
        "rank_class": found.rank_class,
        "rank_value": found.value,
        "why": found.why,
        "chips": list(found.chips),
        "icon": found.icon,
        "ranked_at": now,
    }


def _moved(task: CallTask, user: User, values: Mapping[str, Any]) -> bool:
    """The guarded change: this rep's claim still stands, or it ran out and nobody has taken the task since."""
    claim = {"this": task.id, "rep": user.id, "since": task.claimed_at}
    return one_row(session().execute(_move(tuple(values)), claim | dict(values)))


@functools.cache
def _move(names: tuple[str, ...]) -> Update:
    """Of the table, not of the class: what was loaded is not asked for again, the transaction is about to end."""
    table = cast(Table, CallTask.__table__)
    unclaimed = and_(table.c.state == "ready", table.c.lease_until.is_(None))
    return (
        update(table)
        .where(
            table.c.id == bindparam("this"),
            table.c.claimed_by_id == bindparam("rep"),
            table.c.claimed_at == bindparam("since"),
            or_(table.c.state.in_(HELD_STATES), unclaimed),
        )
        .values({name: bindparam(name) for name in names})
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _unplain(name: str, value: object) -> object:
    return datetime.fromisoformat(value) if name in _MOMENTS and isinstance(value, str) else value
