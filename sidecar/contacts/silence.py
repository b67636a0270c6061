"""A rep has this person: machines wait. Rows that calls write and the outbox's reserve reads. Source: product.md P2."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from sidecar.contacts.contact import Silence
from sidecar.db import session


def hold(contact_id: int, source: str, why: str, until_at: datetime) -> None:
    """Silences machines towards a person until `until_at`; the same source again moves its end."""
    found = session().scalar(select(Silence).where(Silence.contact_id == contact_id, Silence.source == source))
    if found is None:
        found = Silence(contact_id=contact_id, source=source, why=why, until_at=until_at)
        session().add(found)
    found.why, found.until_at = why, until_at
    session().flush()


def release(contact_id: int, source: str) -> None:
    """Takes away the silence of one source; others stay."""
    session().execute(delete(Silence).where(Silence.contact_id == contact_id, Silence.source == source))


def held(contact_id: int, *, now: datetime) -> Silence | None:
    """The silence that lasts longest at `now`, or None when machines may write."""
    query = select(Silence).where(Silence.contact_id == contact_id, Silence.until_at > now)
    return session().scalar(query.order_by(Silence.until_at.desc()).limit(1))
