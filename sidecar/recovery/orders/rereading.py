"""Reading single orders again, live: before a card is worked, before a dial, and just before a message leaves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sidecar.db import rest, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.ports import Gateways, Order, OrderNote, OrderQuery, SkippedOrder, StoreReader
from sidecar.recovery.orders.fresh_sales import read_sales, sales_since_the_poll
from sidecar.recovery.orders.intake import take_in_orders
from sidecar.recovery.orders.reading import read_notes
from sidecar.recovery.orders.settling import settle_gone
from sidecar.settings import settings_of
from sidecar.stores import health
from sidecar.stores.connection import find_store, link_of
from sidecar.stores.skipping import note_skipped, note_usable

AT_ONCE = 100
# These say something about one question or one order, not about the store.
_NOT_THE_STORE = frozenset(
    {"catching_up", "busy", "order_unusable", "order_gone", "disconnected", "no_store", "unreadable"}
)


@dataclass
class Found:
    """What a store says about certain orders: those that can be used, those that cannot, the trashed, the gone."""

    orders: list[Order] = field(default_factory=list)
    skipped: list[SkippedOrder] = field(default_factory=list)
    trashed: list[Order] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def reread(
    store_id: int,
    order_ids: Iterable[int],
    *,
    gateways: Gateways,
    clock: Callable[[], datetime],
    with_sales: bool = False,
) -> Mapping[int, Order | None]:
    """The orders as they stand in the store now, taken in at once. None is an order the store no longer has; one in
    the trash has status "trash". An order whose record cannot be used is missing from the answer.

    `with_sales` also takes in whatever was paid since the last poll, so that somebody who came back and bought in
    another order is known to have. Raises GatewayError when the store cannot be read, or has more sales than can be
    asked for on the way ("catching_up"); nothing may be done on the orders then.
    """
    ids = list(dict.fromkeys(order_ids))
    if not ids:
        return {}
    try:
        found, notes = _ask(store_id, ids, gateways, clock, with_sales)
    except (GatewayError, Refused) as error:
        raise _noted(store_id, error, clock) from None
    _take_in(store_id, found, notes, gateways, clock)
    present = {order.order_id: order for order in (*found.orders, *found.trashed)}
    return present | dict.fromkeys(found.gone)


def read_exactly(reader: StoreReader, statuses: tuple[str, ...], ids: Sequence[int]) -> Found:
    """What the store says about these orders: one question for up to 100, then one for each that did not come back,
    because lists leave out the trash. Raises GatewayError."""
    found = Found()
    for start in range(0, len(ids), AT_ONCE):
        chunk = tuple(ids[start : start + AT_ONCE])
        page = reader.orders(OrderQuery(statuses=statuses, include=chunk, per_page=AT_ONCE))
        found.orders += [order for order in page.orders if order.order_id in chunk]
        found.skipped += [order for order in page.skipped if order.order_id in chunk]
        came = {order.order_id for order in page.orders} | {order.order_id for order in page.skipped}
        for order_id in chunk:
            if order_id not in came:
                _read_one(reader, order_id, found)
    return found


def settle_missing(store_id: int, found: Found, *, now: datetime) -> None:
    """Ends the carts of orders that are in the trash or gone."""
    for order in found.trashed:
        settle_gone(store_id, order.order_id, status="trash", now=now)
    for order_id in found.gone:
        settle_gone(store_id, order_id, status="gone", now=now)


def _read_one(reader: StoreReader, order_id: int, found: Found) -> None:
    try:
        order = reader.order(order_id)
    except GatewayError as error:
        if error.code != "order_unusable":
            raise
        found.skipped.append(SkippedOrder(order_id, error.reason))
        return
    if order is None:
        found.gone.append(order_id)
    elif order.status == "trash":
        found.trashed.append(order)
    else:
        found.orders.append(order)


def _ask(
    store_id: int, ids: Sequence[int], gateways: Gateways, clock: Callable[[], datetime], with_sales: bool
) -> tuple[Found, Mapping[int, tuple[OrderNote, ...] | None]]:
    store = find_store(store_id)
    if store is None:
        raise GatewayError("There is no such store.", code="no_store", permanent=True)
    link, statuses = link_of(store, gateways.vault), tuple(store.statuses)
    if store.health == "unreadable" and store.poll_due_at is not None and clock() < store.poll_due_at:
        # It is being left in peace until then; waiting for it to fail again would help nobody.
        raise GatewayError(store.unreadable_reason or health.CATCHING_UP, code="unreadable")
    sales = sales_since_the_poll(store) if with_sales else None
    rest()
    reader = gateways.stores.open(link)
    try:
        found = read_exactly(reader, statuses, ids)
        notes = read_notes(store_id, found.orders, reader, now=clock())
        if sales is not None:
            found.orders += [order for order in read_sales(reader, sales) if order.order_id not in ids]
        return found, notes
    finally:
        reader.close()


def _take_in(
    store_id: int,
    found: Found,
    notes: Mapping[int, tuple[OrderNote, ...] | None],
    gateways: Gateways,
    clock: Callable[[], datetime],
) -> None:
    with transaction():
        store, now = find_store(store_id), clock()
        if store is None:
            return
        settings = settings_of(store_id)
        take_in_orders(store, found.orders, notes=notes, settings=settings, vault=gateways.vault, now=now)
        note_skipped(store_id, found.skipped, now=now)
        note_usable(store_id, [order.order_id for order in found.orders])
        settle_missing(store_id, found, now=now)


def _noted(store_id: int, error: GatewayError | Refused, clock: Callable[[], datetime]) -> GatewayError:
    """The error to raise; a store that could be read until now is unreadable from here on, until a poll succeeds."""
    raised = error if isinstance(error, GatewayError) else GatewayError(error.reason, code=error.code, permanent=True)
    if raised.code in _NOT_THE_STORE:
        return raised
    with transaction():
        store = find_store(store_id)
        if store is not None and store.health != "unreadable" and store.disconnected_at is None:
            longest: timedelta = settings_of(store_id)["poll.backoff_max"]
            health.note_unreadable(store, raised, longest=longest, chance=random.random(), now=clock())
    return raised
