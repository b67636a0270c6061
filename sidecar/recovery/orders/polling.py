"""One poll of a store: what changed first, then the open orders every six hours, then the import of the past."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sidecar.db import transaction
from sidecar.errors import GatewayError, Refused
from sidecar.ports import Gateways, OrderPage, OrderQuery
from sidecar.recovery.orders import importing, sweeping
from sidecar.recovery.orders.reading import PATIENCE, Reading, Tally, end_lease, open_reading
from sidecar.settings import settings_of
from sidecar.stores import health, lease
from sidecar.stores.connection import Cursor, Store, find_store
from sidecar.stores.cursor import cursor_of, place_of, put_place
from sidecar.stores.polling import LOOK_BACK, ZONES, Place, Reach, after_pass, first_place, seen_on

BUSY_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a poll brought. `unreadable` is the reason when the store gave no proper answer; `is_busy` when somebody
    else was reading it; `has_more` when there is more to read right away."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    skipped: int = 0
    unreadable: str | None = None
    is_busy: bool = False
    has_more: bool = False


def stores_due(*, now: datetime) -> list[int]:
    """Ids of the stores to poll now, the longest waiting first."""
    return lease.due(now=now)


def _never() -> bool:
    return False


def poll_store(
    store_id: int,
    *,
    gateways: Gateways,
    clock: Callable[[], datetime],
    patience: timedelta = PATIENCE,
    is_stopping: Callable[[], bool] = _never,
) -> PollResult:
    """Reads what changed at a store, and takes it in. Never raises for what a store does: the result says it.

    With much to read it stops after `patience`, or after the page at hand when `is_stopping` says so, and says
    `has_more`, having rung for the next poll.
    """
    began = clock()
    tally = Tally()
    reading: Reading | None = None
    try:
        reading = open_reading(store_id, gateways=gateways, clock=clock, patience=patience, is_stopping=is_stopping)
        if reading is None:
            return PollResult(is_busy=True)
        tally = reading.tally
        has_more = _read(reading)
        _finish(reading, began, has_more)
    except lease.LeaseLost:
        return _result(tally, is_busy=True)
    except (GatewayError, Refused) as error:
        return _fail(store_id, error, tally, clock)
    finally:
        if reading is not None:
            reading.reader.close()
            end_lease(store_id, reading.holder)
    if has_more:
        gateways.bell.ring("poll")
    return _result(tally, has_more=has_more)


def _read(reading: Reading) -> bool:
    """Reads in the order of urgency; whether there is more."""
    sweeping.refresh_facts_if_due(reading)
    if not _read_changes(reading):
        return True
    return not (sweeping.sweep(reading) and importing.read_past(reading))


def _read_changes(reading: Reading) -> bool:
    """The delta pass; whether it is complete."""
    place = _resume(reading)
    newest_known = reading.tally.new + reading.tally.changed
    pages_before = reading.tally.pages

    def keep(store: Store, page: OrderPage, coming: Place | None) -> None:
        cursor = cursor_of(store, "delta")
        newest = seen_on(page).newest
        if newest is not None:
            cursor.newest_at = max(cursor.newest_at or newest, newest)
        put_place(cursor, coming)
        if coming is None:
            health.note_readable(store, now=reading.clock())
            is_new = reading.tally.new + reading.tally.changed > newest_known
            _end_pass(cursor, reading, pages=reading.tally.pages - pages_before, is_new=is_new)

    return reading.walk(place, keep)


def _resume(reading: Reading) -> Place:
    """Where the delta pass stands, or where a new one begins. A new store's begins two days back."""
    if _is_first(reading.store_id):
        _learn_clock(reading)
    with reading.holding() as store:
        cursor = cursor_of(store, "delta")
        now = reading.clock()
        if cursor.reached_at is None:
            cursor.reached_at, cursor.moved_at = reading.earliest_now - LOOK_BACK, now
            importing.plan(store, reading, before=cursor.reached_at)
        place = place_of(cursor)
        if place is None:
            after = cursor.reached_at - timedelta(seconds=cursor.overlap_seconds)
            place = first_place(after, reading.latest_now + ZONES)
            cursor.newest_at, cursor.started_at = None, now
            put_place(cursor, place)
        return place


def _is_first(store_id: int) -> bool:
    with transaction():
        store = find_store(store_id)
        return store is not None and cursor_of(store, "delta").reached_at is None


def _learn_clock(reading: Reading) -> None:
    """Compares the store's clock with ours before a time is chosen to begin at."""
    page = reading.reader.orders(OrderQuery(statuses=reading.statuses, per_page=1))
    if page.store_clock is not None:
        reading.ahead = page.store_clock - reading.clock()
        with reading.holding() as store:
            store.clock_ahead_seconds = round(reading.ahead.total_seconds())


def _end_pass(cursor: Cursor, reading: Reading, *, pages: int, is_new: bool) -> None:
    now = reading.clock()
    reached = cursor.reached_at or now
    before = Reach(reached, timedelta(seconds=cursor.overlap_seconds), cursor.moved_at or now)
    after = after_pass(
        before, newest=cursor.newest_at, pages=pages, is_new=is_new, store_now=reading.latest_now, now=now
    )
    cursor.reached_at, cursor.moved_at = after.reached, after.moved_at
    cursor.overlap_seconds = int(after.overlap.total_seconds())
    cursor.finished_at, cursor.newest_at = now, None


def _finish(reading: Reading, began: datetime, has_more: bool) -> None:
    with reading.holding() as store:
        every: timedelta = reading.settings["poll.every"]
        store.polled_at = min(began, reading.clock())
        store.auth = reading.reader.auth or store.auth
        store.poll_due_at = reading.clock() if has_more else store.polled_at + every


def _fail(store_id: int, error: GatewayError | Refused, tally: Tally, clock: Callable[[], datetime]) -> PollResult:
    now = clock()
    with transaction():
        store = find_store(store_id)
        if store is None or store.disconnected_at is not None:
            return _result(tally, unreadable=error.reason)
        store.polled_at = now
        if error.code == "busy":  # another of our own questions was under way: nothing is wrong with the store
            store.poll_due_at = now + BUSY_WAIT
            return _result(tally, is_busy=True)
        if error.code == "unknown_status":
            store.probed_at = None  # the store's list of statuses has changed: read it again first
        longest: timedelta = settings_of(store_id)["poll.backoff_max"]
        health.note_unreadable(store, error, longest=longest, chance=random.random(), now=now)
    return _result(tally, unreadable=error.reason)


def _result(
    tally: Tally, *, unreadable: str | None = None, is_busy: bool = False, has_more: bool = False
) -> PollResult:
    return PollResult(
        len(tally.seen), tally.new, tally.changed, tally.skipped, unreadable, is_busy=is_busy, has_more=has_more
    )
