"""Time passes: tasks come due, call hours begin and end, leases run out, ranks change with the hour. All in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.orm import contains_eager

from sidecar.calls.priority import ranking
from sidecar.calls.priority.facts import facts_of, window_of
from sidecar.calls.priority.ranking import CALLBACK_EARLY, JUST_CLICKED
from sidecar.calls.task import Call, CallTask
from sidecar.calls.window import Window
from sidecar.db import session
from sidecar.settings import Settings, settings_of

BATCH = 500
RANK_AGAIN_AFTER = timedelta(minutes=10)
_CLICK_SHOWS = JUST_CLICKED + timedelta(minutes=2)  # once more after its time, so that the task goes back to its place


@dataclass
class Ripened:
    """What one look changed: tasks that became ready, that must wait again, whose lease ended, that were ranked anew.

    `unpaid` are carts whose payment did not come after "recovered on the call".
    """

    ready: int = 0
    waiting: int = 0
    expired: int = 0
    ranked: int = 0
    unpaid: list[int] = field(default_factory=list)


def ripen(*, now: datetime) -> Ripened:
    """Brings every task to where it belongs at `now`, at most 500 of each kind."""
    found = Ripened(expired=_expire(now), unpaid=_unpaid(now))
    windows = _Windows()
    closing = and_(CallTask.state == "ready", CallTask.open_until <= now)
    found.waiting = _move(_tasks(closing, CallTask.open_until), "ready", windows, now)
    callback = and_(CallTask.callback_at.is_not(None), CallTask.due_at <= now + CALLBACK_EARLY)
    ripe = and_(CallTask.state == "waiting", or_(CallTask.due_at <= now, callback))
    found.ready = _move(_tasks(ripe, CallTask.due_at), "waiting", windows, now)
    stale = and_(CallTask.state == "ready", CallTask.ranked_at <= now - RANK_AGAIN_AFTER)
    found.ranked = _rank(_tasks(stale, CallTask.ranked_at), now)
    for signal_at in (CallTask.clicked_at, CallTask.replied_at):
        shows = and_(signal_at > now - _CLICK_SHOWS, CallTask.ranked_at <= now - timedelta(minutes=1))
        found.ranked += _rank(_tasks(and_(CallTask.state == "ready", shows), signal_at), now)
    return found


def _expire(now: datetime) -> int:
    """Leases that ran out: back to the queue. A wrap-up has no lease; it waits for its rep."""
    ended = session().execute(
        update(CallTask)
        .where(CallTask.state.in_(("claimed", "in_call")), CallTask.lease_until <= now)
        .values(state="ready", lease_until=None, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(ended, "rowcount", 0))


def _unpaid(now: datetime) -> list[int]:
    """Carts recovered on the call whose payment did not come: from now on they count as "link sent"."""
    ended = session().execute(
        update(CallTask)
        .where(CallTask.unpaid_look_at <= now, CallTask.state.in_(("waiting", "ready")))
        .values(unpaid_look_at=None, link_sent=True, changed_at=now)
        .returning(CallTask.id, CallTask.cart_id)
        .execution_options(synchronize_session=False)
    )
    found = ended.all()
    if found:
        session().execute(
            update(Call)
            .where(Call.task_id.in_([task_id for task_id, _ in found]), Call.disposition == "recovered_on_call")
            .values(disposition="link_sent")
            .execution_options(synchronize_session=False)
        )
    return [cart_id for _, cart_id in found]


def _tasks(which: ColumnElement[bool], order: Any) -> list[CallTask]:
    query = (
        select(CallTask)
        .join(CallTask.cart)
        .join(CallTask.contact)
        .options(contains_eager(CallTask.cart), contains_eager(CallTask.contact))
        .where(which)
        .order_by(order)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    )
    return list(session().scalars(query))


class _Windows:
    """Call hours of tasks; the settings of each store are read once."""

    def __init__(self) -> None:
        self._settings: dict[int, Settings] = {}

    def of(self, task: CallTask) -> Window:
        if task.store_id not in self._settings:
            self._settings[task.store_id] = settings_of(task.store_id)
        return window_of(task, self._settings[task.store_id])


def _move(tasks: Iterable[CallTask], state: str, windows: _Windows, now: datetime) -> int:
    """Those inside their call hours become ready, the others wait for the next ones; so do those whom a later call
    serves better. Counts the moves away."""
    rows = []
    for task in tasks:
        window = windows.of(task)
        asked = state == "waiting" and task.snoozed_until != task.due_at  # a time that a rep chose stands
        better = ranking.better_at(facts_of(task, now=now), now=now) if asked else None
        if better is not None:
            rows.append(_row(task, "waiting", now) | {"open_until": None, "due_at": window.next(better)})
        elif window.may(now):
            rows.append(_row(task, "ready", now) | {"open_until": window.until(now), "due_at": task.due_at})
        else:
            rows.append(_row(task, "waiting", now) | {"open_until": None, "due_at": window.next(now)})
    _write(rows, state)
    return sum(row["state"] != state for row in rows)


def _rank(tasks: Iterable[CallTask], now: datetime) -> int:
    rows = [_row(task, "ready", now) | {"open_until": task.open_until, "due_at": task.due_at} for task in tasks]
    _write(rows, "ready")
    return len(rows)


def _row(task: CallTask, state: str, now: datetime) -> dict[str, Any]:
    found = ranking.rank(facts_of(task, now=now), now=now)
    return {
        "task_id": task.id,
        "state": state,
        "rank_class": found.rank_class,
        "rank_value": found.value,
        "why": found.why,
        "chips": list(found.chips),
        "icon": found.icon,
        "ranked_at": now,
        "changed_at": now,
    }


_WRITTEN = [
    "state",
    "due_at",
    "open_until",
    "rank_class",
    "rank_value",
    "why",
    "chips",
    "icon",
    "ranked_at",
    "changed_at",
]


def _write(rows: list[dict[str, Any]], state: str) -> None:
    """Writes the rows whose task is still in `state`: one that was claimed meanwhile is left alone."""
    if not rows:
        return
    table = CallTask.__table__
    statement = (
        update(CallTask.__table__)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("task_id"), table.c.state == bindparam("before"))
        .values({name: bindparam(name) for name in _WRITTEN})
    )
    session().connection().execute(statement, [row | {"before": state} for row in rows])
    session().expire_all()
