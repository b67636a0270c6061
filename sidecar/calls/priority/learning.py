"""What a shop's own calls taught about answering and buying, read from its latest verdicts a few times a day.

Nothing of it is stored: one query reads the calls, and what follows is kept in memory for some hours.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.priority.chances import Chances, Outcome, learn
from sidecar.calls.task import Call, CallTask
from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.settings import settings_of

LATEST = 3000  # calls that are looked at: about a year of a small shop, a month of a busy one
KEPT = timedelta(hours=6)
PAYS_WITHIN = timedelta(days=3)  # a call sold when the order was paid within these; younger ones are not known yet
_TEACHES_NOTHING = ("skip", "wrong_number", "already_bought")  # about hours and ages

_LOTS_KEPT = timedelta(minutes=1)

_known: weakref.WeakKeyDictionary[Engine, dict[int, tuple[datetime, Chances]]] = weakref.WeakKeyDictionary()
_lots: weakref.WeakKeyDictionary[Engine, dict[int, tuple[datetime, bool]]] = weakref.WeakKeyDictionary()


def chances_of(store_id: int, *, now: datetime) -> Chances:
    """The store's curves, learned anew when those at hand are older than six hours."""
    stores = _known.setdefault(session().get_bind().engine, {})
    found = stores.get(store_id)
    if found is None or not timedelta(0) <= now - found[0] < KEPT:
        stores[store_id] = found = (now, learn(outcomes_of(store_id, now=now)))
    return found[1]


def may_draw_lots(store_id: int, *, now: datetime) -> bool:
    """Whether the owner lets a few calls be timed by lot. What was changed is seen within a minute."""
    stores = _lots.setdefault(session().get_bind().engine, {})
    found = stores.get(store_id)
    if found is None or not timedelta(0) <= now - found[0] < _LOTS_KEPT:
        stores[store_id] = found = (now, settings_of(store_id)["calls.by_lot"])
    return found[1]


def outcomes_of(store_id: int, *, now: datetime) -> Iterator[Outcome]:
    """The store's latest calls as they teach, newest first. Calls that the customer asked for are not among them:
    who asked to be called answers."""
    query = (
        select(
            Call.at,
            Call.dialled_at,
            Call.disposition,
            Call.before,
            CallTask.zones,
            CallTask.past_orders,
            Cart.active_at,
            Cart.failed_payments,
            Cart.paid_at,
        )
        .join(CallTask, CallTask.id == Call.task_id)
        .join(Cart, Cart.id == Call.cart_id)
        .where(
            CallTask.store_id == store_id,
            Call.counted,
            Call.undone_at.is_(None),
            Call.disposition.not_in(_TEACHES_NOTHING),
        )
        .order_by(Call.id.desc())
        .limit(LATEST)
    )
    for row in session().execute(query):
        outcome = _outcome(row, now)
        if outcome is not None:
            yield outcome


def _outcome(row: Any, now: datetime) -> Outcome | None:
    at = row.dialled_at or row.at
    age = at - row.active_at
    verdict = DISPOSITIONS.get(row.disposition)
    if verdict is None or row.before.get("callback_at") or age < timedelta(0):
        return None  # asked for, or the cart was changed after the call: how old it was is not known any more
    zone = ZoneInfo(row.zones[0]) if row.zones else ZoneInfo("UTC")
    return Outcome(
        hour=at.astimezone(zone).hour,
        attempts=int(row.before.get("attempts") or 0),
        age_hours=age / timedelta(hours=1),
        declined=bool(row.failed_payments),
        came_back=bool(row.past_orders),
        answered=verdict.reached,
        bought=_bought(row.paid_at, at, now) if verdict.reached else None,
    )


def _bought(paid_at: datetime | None, called_at: datetime, now: datetime) -> bool | None:
    """Whether the order was paid in time after the call; None until its time is over, bought or not."""
    if now < called_at + PAYS_WITHIN:
        return None
    return paid_at is not None and called_at <= paid_at <= called_at + PAYS_WITHIN
