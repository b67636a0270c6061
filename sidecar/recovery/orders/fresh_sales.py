"""What was paid since the last poll: a customer who came back and bought otherwise must not be written to meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sidecar.carts import statuses
from sidecar.db import session
from sidecar.errors import GatewayError
from sidecar.ports import Order, OrderQuery, StoreReader
from sidecar.settings import settings_of
from sidecar.stores.connection import Cursor, Store

MOST_PAGES = 3  # of 100 orders: more than that between two polls is a store that is still being caught up with


def sales_since_the_poll(store: Store) -> OrderQuery | None:
    """The question for orders in a paid status that changed since the store's changes were last read; None before the
    first reading, which is not live yet."""
    cursor = session().get(Cursor, (store.id, "delta"))
    if cursor is None or cursor.reached_at is None:
        return None
    mapped = settings_of(store.id)["carts.status_meanings"]
    paid = tuple(status for status in store.statuses if statuses.meaning_of(status, mapped) == statuses.PAID)
    after = cursor.reached_at - timedelta(seconds=cursor.overlap_seconds)
    return OrderQuery(statuses=paid, modified_after=after.replace(microsecond=0)) if paid else None


def read_sales(reader: StoreReader, query: OrderQuery) -> list[Order]:
    """The orders of a question, one request as a rule. Raises GatewayError, with code "catching_up" when there are
    more than MOST_PAGES."""
    first = reader.orders(query)
    if first.total_pages > MOST_PAGES:
        raise GatewayError("The store's latest orders are still being read.", code="catching_up")
    found = list(first.orders)
    for number in range(2, first.total_pages + 1):
        found += reader.orders(replace(query, page=number)).orders
    return found
