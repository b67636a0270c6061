"""One poll of a store at a time: a lease on its row, taken and kept by guarded updates.

It is short, so that a killed poller's store is read again soon; a poller whose answers take longer keeps it as long
as nobody else has taken it, and finds out at its next commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from sidecar.db import one_row, session
from sidecar.stores.connection import Store

LENGTH = timedelta(seconds=30)
_LONGEST_INTERVAL = timedelta(minutes=65)  # poll.every and Retry-After end at an hour


class LeaseLost(Exception):
    """Somebody else reads this store now; what was read here is not kept."""


def take(store_id: int, holder: str, *, now: datetime) -> bool:
    """Whether the lease is ours now. One that reaches further than any lease can is left from a clock set back."""
    free = or_(Store.lease_until.is_(None), Store.lease_until <= now, Store.lease_until > now + LENGTH)
    query = update(Store).where(Store.id == store_id, Store.disconnected_at.is_(None), free)
    return one_row(session().execute(query.values(lease_by=holder, lease_until=now + LENGTH)))


def keep(store_id: int, holder: str, *, now: datetime) -> None:
    """Makes the lease last again. Raises LeaseLost."""
    query = update(Store).where(Store.id == store_id, Store.lease_by == holder, Store.disconnected_at.is_(None))
    if not one_row(session().execute(query.values(lease_until=now + LENGTH))):
        raise LeaseLost


def give_back(store_id: int, holder: str) -> None:
    """Ends the lease, if it is still ours."""
    query = update(Store).where(Store.id == store_id, Store.lease_by == holder)
    session().execute(query.values(lease_by=None, lease_until=None))


def due(*, now: datetime) -> list[int]:
    """Ids of the stores to poll now, longest waiting first. A clock that was set back makes a store due at once."""
    is_due = or_(
        Store.poll_due_at.is_(None),
        Store.poll_due_at <= now,
        Store.poll_due_at > now + _LONGEST_INTERVAL,
        Store.polled_at > now,
    )
    free = or_(Store.lease_until.is_(None), Store.lease_until <= now, Store.lease_until > now + LENGTH)
    query = select(Store.id).where(Store.disconnected_at.is_(None), is_due, free)
    return list(session().scalars(query.order_by(Store.poll_due_at.asc().nulls_first(), Store.id)))
