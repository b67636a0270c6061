"""Reading a store under a lease: asks, takes in what comes back, and commits it together with where to go on.

No transaction is open while the store is asked. A page and the place after it are committed as one, so whatever is
killed resumes where it stands, and an unreadable answer moves nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sidecar.db import rest, transaction
from sidecar.errors import GatewayError
from sidecar.ports import Gateways, Order, OrderNote, OrderPage, SkippedOrder, StoreReader
from sidecar.recovery.orders.fetching import Fetching, check_progress
from sidecar.recovery.orders.intake import Taken, needing_notes, take_in_orders
from sidecar.settings import Settings, settings_of
from sidecar.stores import health, lease
from sidecar.stores.connection import Store, find_store, link_of
from sidecar.stores.polling import Place, next_place, question, seen_on
from sidecar.stores.skipping import note_skipped, note_usable

PATIENCE = timedelta(seconds=20)  # of one poll with much to read; the next goes on where it stops
# Ways in which notes alone cannot be read, in a store that has just given its orders; the cart's reason will say so.
# In any other way it is the store that cannot be read, and nothing is taken in.
_NOTES_ALONE = frozenset(
    {"order_gone", "not_found", "no_rights", "bad_key", "key_refused", "rest_disabled", "blocked", "fatal"}
)

Keep = Callable[[Store, OrderPage, Place | None], None]


@dataclass
class Tally:
    """What one poll has brought so far."""

    seen: set[int] = field(default_factory=set)
    new: int = 0
    changed: int = 0
    skipped: int = 0
    pages: int = 0

    def add(self, orders: Sequence[Order], skipped: Sequence[SkippedOrder], taken: Taken) -> None:
        """Counts one page."""
        self.seen.update(order.order_id for order in orders)
        self.new += taken.new
        self.changed += taken.changed
        self.skipped += len(skipped)
        self.pages += 1


@dataclass
class Reading:
    """One poll's hold on a store: its reader, its lease, and what it brought."""

    store_id: int
    holder: str
    reader: StoreReader
    gateways: Gateways
    clock: Callable[[], datetime]
    settings: Settings
    statuses: tuple[str, ...]
    ahead: timedelta
    until: datetime
    is_stopping: Callable[[], bool]
    tally: Tally = field(default_factory=Tally)

    @property
    def has_time(self) -> bool:
        """Whether this poll may go on reading."""
        return self.clock() < self.until and not self.is_stopping()

    @property
    def earliest_now(self) -> datetime:
        """The present on the clock that is behind, ours or the store's."""
        return self.clock() + min(self.ahead, timedelta(0))

    @property
    def latest_now(self) -> datetime:
        """The present on the clock that is ahead."""
        return self.clock() + max(self.ahead, timedelta(0))

    def walk(self, place: Place, keep: Keep) -> bool:
        """Takes in page after page from `place`; True when the pass is complete, False when time is up.

        The next page is fetched while this one is stored. `keep` writes down the place after a page, inside the
        page's transaction. Raises GatewayError; LeaseLost.
        """
        before: tuple[Place, OrderPage] | None = None
        with Fetching() as fetching:
            page = self.reader.orders(question(place, self.statuses))
            while True:
                check_progress(before, place, page)
                coming = next_place(place, seen_on(page))
                goes_on = coming is not None and self.has_time
                if goes_on and coming is not None:
                    fetching.begin(self.reader, place=coming, statuses=self.statuses)
                self.take_in(page.orders, page.skipped, _keeping(self, keep, page, coming))
                if not goes_on or coming is None:
                    return coming is None
                before, place, page = (place, page), coming, fetching.result()

    def take_in(self, orders: Sequence[Order], skipped: Sequence[SkippedOrder], also: Callable[[Store], None]) -> None:
        """Stores orders in one transaction, with whatever else `also` writes. Raises GatewayError; LeaseLost."""
        notes = read_notes(self.store_id, orders, self.reader, now=self.clock())
        with self.holding() as store:
            now = self.clock()
            taken = take_in_orders(
                store, orders, notes=notes, settings=self.settings, vault=self.gateways.vault, now=now
            )
            note_skipped(self.store_id, skipped, now=now)
            note_usable(self.store_id, [order.order_id for order in orders])
            health.note_answer(store, now=now)
            self.tally.add(orders, skipped, taken)
            also(store)

    @contextlib.contextmanager
    def holding(self) -> Iterator[Store]:
        """A transaction that only commits while the lease is ours. Raises LeaseLost."""
        with transaction():
            lease.keep(self.store_id, self.holder, now=self.clock())
            store = find_store(self.store_id)
            if store is None:
                raise lease.LeaseLost
            yield store


def open_reading(
    store_id: int,
    *,
    gateways: Gateways,
    clock: Callable[[], datetime],
    patience: timedelta,
    is_stopping: Callable[[], bool],
) -> Reading | None:
    """A reading of the store, or None while somebody else reads it. Raises GatewayError and Refused, with the lease
    given back, when it cannot be opened."""
    holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:8]}"
    with transaction():
        if not lease.take(store_id, holder, now=clock()):
            return None
    try:
        return _opened(store_id, holder, gateways, clock, patience, is_stopping)
    except BaseException:
        end_lease(store_id, holder)
        raise


def _opened(
    store_id: int,
    holder: str,
    gateways: Gateways,
    clock: Callable[[], datetime],
    patience: timedelta,
    is_stopping: Callable[[], bool],
) -> Reading:
    store = find_store(store_id)
    if store is None:
        raise GatewayError("There is no such store.", code="no_store", permanent=True)
    link, settings = link_of(store, gateways.vault), settings_of(store_id)
    statuses, ahead = tuple(store.statuses), timedelta(seconds=store.clock_ahead_seconds)
    rest()
    reader = gateways.stores.open(link)
    until = clock() + patience
    return Reading(store_id, holder, reader, gateways, clock, settings, statuses, ahead, until, is_stopping)


def end_lease(store_id: int, holder: str) -> None:
    """Gives the lease back."""
    with transaction():
        lease.give_back(store_id, holder)


def read_notes(
    store_id: int, orders: Sequence[Order], reader: StoreReader, *, now: datetime
) -> Mapping[int, tuple[OrderNote, ...] | None]:
    """The notes of the orders whose notes decide something; None where they cannot be read. Raises GatewayError when
    it is the store that cannot be read."""
    wanted = needing_notes(store_id, orders, now=now)
    rest()
    return {order_id: _notes(reader, order_id) for order_id in wanted}


def _notes(reader: StoreReader, order_id: int) -> tuple[OrderNote, ...] | None:
    try:
        return reader.notes(order_id)
    except GatewayError as error:
        if error.code not in _NOTES_ALONE:
            raise
        return None


def _keeping(reading: Reading, keep: Keep, page: OrderPage, coming: Place | None) -> Callable[[Store], None]:
    def write(store: Store) -> None:
        _note_clock(reading, store, page)
        keep(store, page, coming)

    return write


def _note_clock(reading: Reading, store: Store, page: OrderPage) -> None:
    if page.store_clock is None:
        return
    ahead = page.store_clock - reading.clock()
    if abs(ahead - reading.ahead) > timedelta(seconds=30):
        reading.ahead = ahead
        store.clock_ahead_seconds = round(ahead.total_seconds())
