"""Orders of a store that cannot be used: kept with the reason, so that they can be shown, counted and mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from sidecar.db import session
from sidecar.ports import SkippedOrder
from sidecar.stores.connection import SkippedRecord

MOST_KEPT = 1000  # per store; a store with more has one trouble, not a thousand


def note_skipped(store_id: int, skipped: Sequence[SkippedOrder], *, now: datetime) -> None:
    """Keeps why these orders were left out."""
    if not skipped:
        return
    reasons = {order.order_id or 0: order.reason for order in skipped}
    query = select(SkippedRecord).where(SkippedRecord.store_id == store_id, SkippedRecord.order_id.in_(reasons))
    known = {record.order_id: record for record in session().scalars(query)}
    room = MOST_KEPT - count_skipped(store_id)
    for order_id, reason in reasons.items():
        if order_id in known:
            known[order_id].reason, known[order_id].last_at = reason, now
        elif room > 0:
            room -= 1
            session().add(SkippedRecord(store_id=store_id, order_id=order_id, reason=reason, first_at=now, last_at=now))


def note_usable(store_id: int, order_ids: Iterable[int]) -> None:
    """These orders can be used again."""
    ids = list(order_ids)
    if ids and count_skipped(store_id):
        mine = SkippedRecord.store_id == store_id
        session().execute(delete(SkippedRecord).where(mine, SkippedRecord.order_id.in_(ids)))


def count_skipped(store_id: int) -> int:
    """How many orders of the store cannot be used now."""
    query = select(func.count()).select_from(SkippedRecord).where(SkippedRecord.store_id == store_id)
    return session().scalar(query) or 0


def skipped_records(store_id: int, *, limit: int = 100) -> list[SkippedRecord]:
    """The orders that cannot be used, the latest first."""
    query = select(SkippedRecord).where(SkippedRecord.store_id == store_id)
    return list(session().scalars(query.order_by(SkippedRecord.last_at.desc(), SkippedRecord.id).limit(limit)))
