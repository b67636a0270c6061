"""The sweep: every six hours all open orders are read by number, because dates lie and lists leave out.

The old storage does not date a changed phone or item; trashed and deleted orders vanish from lists (woocommerce.md 6).
It also reads anew what the store says about itself, and steps the delta cursor two days back, for stores that date
changes wrongly.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.db import rest, session
from sidecar.errors import GatewayError
from sidecar.recovery.orders.reading import Reading
from sidecar.recovery.orders.rereading import read_exactly, settle_missing
from sidecar.stores.connection import Store, find_store, note_facts
from sidecar.stores.cursor import cursor_of, put_place
from sidecar.stores.polling import LOOK_BACK, SWEEP_EVERY

CHUNK = 100
OPEN_STATES = ("watching", "abandoned", "contacted")
_PUT_OFF = timedelta(minutes=30)  # a sweep that fails where polls succeed must not keep the store unreadable


def refresh_facts_if_due(reading: Reading) -> None:
    """Reads what the store says about itself, if it never has or its statuses have changed. Raises GatewayError."""
    store = find_store(reading.store_id)
    is_due = store is None or store.probed_at is None or not store.statuses
    rest()
    if is_due:
        _refresh_facts(reading)


def sweep(reading: Reading) -> bool:
    """Begins or goes on with the sweep when it is due; False when there is more of it to do. Raises GatewayError."""
    if not _is_under_way(reading):
        return True
    try:
        while _next_chunk(reading):
            if not reading.has_time:
                return False
        return True
    except GatewayError:
        with reading.holding() as store:
            cursor_of(store, "sweep").due_at = reading.clock() + _PUT_OFF
        raise


def _refresh_facts(reading: Reading) -> None:
    facts = reading.reader.probe()
    with reading.holding() as store:
        note_facts(store, facts, now=reading.clock())
    reading.statuses = facts.statuses


def _is_under_way(reading: Reading) -> bool:
    """Whether a sweep is to be gone on with now; begins one that is due."""
    with reading.holding() as store:
        cursor, now = cursor_of(store, "sweep"), reading.clock()
        if cursor.due_at is None:  # a new store: the import has just read everything
            cursor.due_at = now + SWEEP_EVERY
        if now < cursor.due_at <= now + SWEEP_EVERY:
            return False
        begins = cursor.started_at is None
        if begins:
            cursor.started_at, cursor.position, cursor.done, cursor.finished_at = now, 0, 0, None
            _step_back(store, reading)
    if begins:
        _refresh_facts(reading)
    return True


def _step_back(store: Store, reading: Reading) -> None:
    delta = cursor_of(store, "delta")
    if delta.reached_at is not None:
        delta.reached_at = min(delta.reached_at, reading.earliest_now - LOOK_BACK)
        put_place(delta, None)


def _next_chunk(reading: Reading) -> bool:
    """Reads the next open orders by number; False when there are none left."""
    ids = _open_orders(reading)
    if not ids:
        with reading.holding() as store:
            cursor, now = cursor_of(store, "sweep"), reading.clock()
            cursor.started_at, cursor.finished_at, cursor.due_at = None, now, now + SWEEP_EVERY
        return False
    found = read_exactly(reading.reader, reading.statuses, ids)

    def also(store: Store) -> None:
        settle_missing(store.id, found, now=reading.clock())
        cursor = cursor_of(store, "sweep")
        cursor.position, cursor.done = ids[-1], cursor.done + len(ids)

    reading.take_in(found.orders, found.skipped, also)
    return True


def _open_orders(reading: Reading) -> list[int]:
    store = find_store(reading.store_id)
    position = cursor_of(store, "sweep").position if store else 0
    query = select(Cart.order_id).where(
        Cart.store_id == reading.store_id, Cart.order_id > position, Cart.state.in_(OPEN_STATES)
    )
    ids = list(session().scalars(query.order_by(Cart.order_id).limit(CHUNK)))
    rest()
    return ids
