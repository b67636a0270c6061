"""A promise to ring back, and a call that was handed over, become anybody's when their rep is away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import joinedload

from sidecar.accounts import User
from sidecar.accounts.hours import works_at
from sidecar.accounts.user import CALLERS
from sidecar.calls.outcomes.next_step import TEAM_AFTER
from sidecar.calls.priority.facts import shop_zone_of, short_name
from sidecar.calls.priority.ranking import CALLBACK_EARLY
from sidecar.calls.task import CallTask
from sidecar.carts.story import Told, tell_all
from sidecar.db import UTCDateTime, one_row, session
from sidecar.settings import settings_of
from sidecar.settings.notation import Hours
from sidecar.stores.connection import Store

HANDED_FOR = timedelta(hours=1)  # how long a call that could be made waits for the colleague it was handed to
_BATCH = 200

# The calls that wait for somebody and may be made now, or as good as. The state is wrapped, so that no planner takes
# the index by state: the one of the calls that are kept for somebody is far shorter.
_STATE = func.coalesce(CallTask.state, "")
_AGREED = and_(CallTask.callback_at <= bindparam("soon", type_=UTCDateTime), _STATE.in_(("waiting", "ready")))
_KEPT = (
    select(CallTask, User)
    .join(User, User.id == CallTask.for_user_id)
    .options(joinedload(CallTask.contact))
    .where(CallTask.for_user_id.is_not(None), or_(_AGREED, and_(CallTask.callback_at.is_(None), _STATE == "ready")))
    .order_by(CallTask.id)
    .limit(_BATCH)
    .execution_options(populate_existing=True)
)


def let_go(*, now: datetime) -> int:
    """How many calls became anybody's because their rep is away: each is told in its cart's story.

    Two minutes before an agreed time, and from then on: who is on a break, disabled, or does not work then by their
    hours. Ten minutes after it, whoever has not rung. What was handed over without a time waits an hour.
    """
    places: dict[int, tuple[str, Hours]] = {}
    told = []
    for task, user in session().execute(_KEPT, {"soon": now + CALLBACK_EARLY}):
        if task.store_id not in places:
            store = session().get_one(Store, task.store_id)
            places[task.store_id] = (shop_zone_of(store), settings_of(task.store_id)["calls.hours"])
        why = why_away(task, user, *places[task.store_id], now=now)
        if why and _free(task, user, now):
            told.append(Told(task.cart_id, "called", f"{why}. Anybody may call {_whom(task)} now.", now))
    tell_all(told)
    return len(told)


def why_away(task: CallTask, user: User, zone: str, shop: Hours, *, now: datetime) -> str:
    """Why this rep cannot keep the call that waits for them, without a full stop; "" when they can."""
    name = user.first_name
    if user.disabled_at is not None or user.role not in CALLERS:
        return f"{name} does not call any more"
    if user.paused_at is not None:
        return f"{name} is on a break"
    if not works_at(user, max(task.callback_at or now, now), zone, shop=shop):
        return f"{name} does not work at this time"
    since = max(filter(None, (task.callback_at or task.due_at, task.handed_at)))
    patience = TEAM_AFTER if task.callback_at else HANDED_FOR
    if task.state == "ready" and now >= since + patience:
        return f"{name} has not called within {int(patience.total_seconds()) // 60} minutes"
    return ""


def _free(task: CallTask, user: User, now: datetime) -> bool:
    """The guarded change; False when the rep, or somebody else, took it in this very moment."""
    changed = session().execute(
        update(CallTask)
        .where(CallTask.id == task.id, CallTask.for_user_id == user.id, CallTask.state == task.state)
        .values(for_user_id=None, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    return one_row(changed)


def _whom(task: CallTask) -> str:
    return short_name(task) or "the customer"
