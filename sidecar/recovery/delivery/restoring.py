"""A copy of a database starts on hold: what was sent since the copy was made is not in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, update

from sidecar import audit, instances
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import going_live
from sidecar.stores.connection import connected_stores

_BY = "start"


def hold_a_copy(folder: Path, *, now: datetime) -> str | None:
    """When the database turns out to be a copy: pauses every live store, leaves to a person what may have been sent
    since, and returns what to tell. None otherwise. Either way the folder and the database bear a new stamp.

    At every start, and every minute, so that a copy made until then is known as one.
    """
    found = instances.check(folder)
    instances.renew(folder, now=now)
    if found is None:
        return None
    live = [store.id for store in connected_stores() if store.live_at is not None]
    if not live:
        return None
    for store_id in live:
        going_live.pause(store_id, by=_BY, now=now)
    doubtful = 0 if found == "machine" else _leave_to_a_person(live, now)
    audit.record(_BY, "hold a copy", found, {"review": doubtful}, now=now)
    return _sentence(found, doubtful)


def _leave_to_a_person(store_ids: list[int], now: datetime) -> int:
    """How many messages whose time has come are for review now: nobody can know whether they were sent."""
    come = (Message.store_id.in_(store_ids), Message.state.in_(("planned", "due", "sending")), Message.due_at <= now)
    in_time = Message.not_after_at > now
    count = session().scalar(select(func.count()).select_from(Message).where(*come, in_time)) or 0
    session().execute(
        update(Message)
        .where(*come, in_time)
        .values(state="review", reason="restored", reason_words=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session().expire_all()
    return int(count)


def _sentence(found: str, doubtful: int) -> str:
    review = f" {doubtful} messages that may have been sent already wait for review." if doubtful else ""
    return (
        f"This database may be a copy: {instances.WORDS[found]}. Everything is paused.{review} "
        "If no other Ringback works for this store any more, go on with: bin/run resume"
    )
