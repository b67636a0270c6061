"""The first import: the last 90 days of a new store, in the background, in slices between the polls."""

from __future__ import annotations

from datetime import datetime, timedelta

from sidecar.ports import OrderPage
from sidecar.recovery.orders.reading import Reading
from sidecar.stores.connection import IMPORT_REACH, Cursor, Store
from sidecar.stores.cursor import cursor_of, place_of, put_place
from sidecar.stores.polling import SECOND, Place, first_place


def plan(store: Store, reading: Reading, *, before: datetime) -> None:
    """Plans what the import has to read: 90 days, up to where the polls have begun."""
    cursor = cursor_of(store, "import")
    now = reading.clock()
    put_place(cursor, first_place(reading.earliest_now - IMPORT_REACH, before + 2 * SECOND))
    cursor.done, cursor.total, cursor.started_at, cursor.finished_at = 0, None, now, None


def read_past(reading: Reading) -> bool:
    """Goes on with the import where it stands; True when there is nothing more to import."""
    with reading.holding() as store:
        cursor = cursor_of(store, "import")
        place = place_of(cursor)
        if place is None or cursor.finished_at is not None:
            return True
    here = place  # at least one page is read each time, so that an import ends however little time polls have

    def keep(store: Store, page: OrderPage, coming: Place | None) -> None:
        nonlocal here
        cursor = cursor_of(store, "import")
        _count(cursor, here, page)
        put_place(cursor, coming)
        if coming is None:
            cursor.finished_at = reading.clock()
            cursor.done = cursor.total or 0
        else:
            here = coming

    return reading.walk(place, keep)


def time_left(cursor: Cursor, *, now: datetime) -> timedelta | None:
    """How long the import will still take at its pace so far; None when that cannot be told yet."""
    if cursor.started_at is None or not cursor.total or not cursor.done:
        return None
    pace = (now - cursor.started_at) / cursor.done
    return max(timedelta(0), pace * (cursor.total - cursor.done))


def _count(cursor: Cursor, here: Place, page: OrderPage) -> None:
    """Progress by what the store says is left: pages overlap, so counting rows would count some twice."""
    if cursor.total is None:
        cursor.total = page.total
    if here.counts_pages:
        return
    left = page.total - len(page.orders) - len(page.skipped)
    cursor.done = max(cursor.done, min(cursor.total, cursor.total - left))
