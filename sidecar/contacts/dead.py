"""Addresses at which nothing arrives: known from a mail server, kept with its words, never written to again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from sidecar.contacts.address import recognised
from sidecar.contacts.contact import ContactPoint
from sidecar.db import session


def mark_dead(store_id: int, contact_id: int, email: str, words: str, *, now: datetime) -> bool:
    """Keeps that nothing arrives at an e-mail address, with the server's words; False when that was known."""
    address = recognised(email)
    if not address:
        return False
    query = select(ContactPoint).where(*_place(store_id, address)).with_for_update()
    point = session().scalar(query.execution_options(populate_existing=True))
    if point is None:
        point = ContactPoint(store_id=store_id, contact_id=contact_id, kind="email", address=address)
        session().add(point)
    elif point.dead_at is not None:
        return False
    point.dead_at, point.dead_words = now, words[:300]
    session().flush()
    return True


def mark_alive(store_id: int, email: str) -> None:
    """Takes it back: somebody has just written from there."""
    session().execute(
        update(ContactPoint)
        .where(*_place(store_id, recognised(email)), ContactPoint.dead_at.is_not(None))
        .values(dead_at=None, dead_words=None)
        .execution_options(synchronize_session=False)
    )


def dead_words(store_id: int, emails: Iterable[str]) -> dict[str, str]:
    """What is known against those of the addresses at which nothing arrives, by their recognised form."""
    wanted = {recognised(email) for email in emails} - {""}
    if not wanted:
        return {}
    query = select(ContactPoint.address, ContactPoint.dead_words).where(
        ContactPoint.store_id == store_id,
        ContactPoint.kind == "email",
        ContactPoint.address.in_(wanted),
        ContactPoint.dead_at.is_not(None),
    )
    return {address: words or "" for address, words in session().execute(query)}


def says(words: str) -> str:
    """The sentence about a dead address."""
    return f"Nothing arrives at the email address. The mail server said: {words.rstrip('.')}."


def _place(store_id: int, address: str) -> tuple[ColumnElement[bool], ...]:
    return (ContactPoint.store_id == store_id, ContactPoint.kind == "email", ContactPoint.address == address)
