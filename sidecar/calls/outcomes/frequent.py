"""Which reasons this shop's customers give most often, from its own latest calls; kept in memory for an hour."""

from __future__ import annotations

import weakref
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from sidecar.calls.outcomes.dispositions import REASONS
from sidecar.calls.task import Call, CallTask
from sidecar.db import session

LATEST = 1000  # calls that are looked at
KEPT = timedelta(hours=1)

_known: weakref.WeakKeyDictionary[Engine, dict[int, tuple[datetime, tuple[str, ...]]]] = weakref.WeakKeyDictionary()


def reasons_of(store_id: int, *, now: datetime) -> tuple[str, ...]:
    """Every code of REASONS, the shop's most frequent first; those never given stand in our own order."""
    stores = _known.setdefault(session().get_bind().engine, {})
    found = stores.get(store_id)
    if found is None or not timedelta(0) <= now - found[0] < KEPT:
        stores[store_id] = found = (now, _counted(store_id))
    return found[1]


def _counted(store_id: int) -> tuple[str, ...]:
    query = (
        select(Call.reasons)
        .join(CallTask, CallTask.id == Call.task_id)
        .where(CallTask.store_id == store_id, Call.undone_at.is_(None), Call.disposition != "skip")
        .order_by(Call.id.desc())
        .limit(LATEST)
    )
    given = Counter(code for codes in session().scalars(query) for code in codes)
    return tuple(sorted(REASONS, key=lambda code: -given[code]))  # sorted keeps our order among equals
