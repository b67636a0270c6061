"""Cursors: where a reading of a store stands, kept between polls."""

from __future__ import annotations

from sidecar.db import session
from sidecar.stores.connection import Cursor, Store
from sidecar.stores.polling import Place


def cursor_of(store: Store, kind: str) -> Cursor:
    """The store's cursor of a kind, made when there is none."""
    found = session().get(Cursor, (store.id, kind))
    if found is None:
        found = Cursor(store_id=store.id, kind=kind)
        session().add(found)
        session().flush()
    return found


def is_importing(store: Store) -> bool:
    """Whether the first import of the store is under way."""
    cursor = session().get(Cursor, (store.id, "import"))
    return cursor is not None and cursor.started_at is not None and cursor.finished_at is None


def put_place(cursor: Cursor, place: Place | None) -> None:
    """Writes down where a pass stands; None when none is under way."""
    cursor.after_at, cursor.before_at = (place.after, place.before) if place else (None, None)
    cursor.until_at, cursor.page = (place.until, place.page) if place else (None, 1)
    cursor.page_total = place.total if place else None


def place_of(cursor: Cursor) -> Place | None:
    """Where a pass stands, or None when none is under way."""
    if cursor.after_at is None or cursor.before_at is None or cursor.until_at is None:
        return None
    return Place(cursor.after_at, cursor.before_at, cursor.until_at, cursor.page, cursor.page_total)
