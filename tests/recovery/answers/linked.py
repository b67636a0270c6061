"""A sample store that an application is linked to, and a clock that can be moved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from sidecar import settings as business
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.demo.order import Order
from sidecar.demo.store import SampleStore, running_store
from sidecar.ports import Gateways
from sidecar.recovery.orders.polling import PollResult, poll_store
from sidecar.stores.connection import Cursor, Store, connect, find_store
from tests.factories import VAULT

DANA = {
    "first_name": "Dana",
    "last_name": "Ruiz",
    "email": "dana@example.com",
    "phone": "(212) 555-0123",
    "country": "US",
    "state": "NY",
    "city": "New York",
    "postcode": "10001",
}
TURNTABLE = 11


class Clock:
    """This machine's time, set forward or back by hand; signed requests need it to be nearly right."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move(self, by: timedelta) -> None:
        self.offset += by


@dataclass
class Rings:
    """A bell that remembers."""

    rung: list[str] = field(default_factory=list)

    def ring(self, queue: str) -> None:
        self.rung.append(queue)


@dataclass
class Linked:
    """A sample store and our row for it."""

    store: SampleStore
    id: int
    gateways: Gateways
    rings: Rings
    clock: Clock = field(default_factory=Clock)

    def poll(self, **more: Any) -> PollResult:
        return poll_store(self.id, gateways=self.gateways, clock=self.clock, **more)

    def poll_all(self) -> PollResult:
        """Polls until there is no more to read."""
        for _ in range(200):
            result = self.poll()
            if not result.has_more:
                return result
        raise AssertionError("there is always more to read")

    def place(self, *, ago: timedelta = timedelta(hours=1), **more: Any) -> Order:
        """A pending order of somebody new, changed some time ago."""
        at = int((datetime.now(UTC) - ago).timestamp())
        person = DANA | {"email": f"dana{self.store.world.last_id}@example.com", "phone": ""}
        return self.store.simulator.place(person, [(TURNTABLE, 1)], at=at, **more)

    @property
    def opener(self) -> Any:
        """The real gateway, to be tampered with."""
        return self.gateways.stores

    @property
    def row(self) -> Store:
        session().rollback()
        found = find_store(self.id)
        assert found is not None
        return found

    def cursor(self, kind: str) -> Cursor:
        session().rollback()
        found = session().get(Cursor, (self.id, kind))
        assert found is not None
        return found

    def imported(self) -> int:
        """How many orders the import has read so far."""
        session().rollback()
        found = session().get(Cursor, (self.id, "import"))
        return found.done if found else 0

    def carts(self) -> dict[int, str]:
        """The state of every cart, by order."""
        session().rollback()
        rows = session().execute(select(Cart.order_id, Cart.state).where(Cart.store_id == self.id))
        return {row.order_id: row.state for row in rows}

    def asked(self, path: str = "") -> int:
        """How many requests reached the store."""
        return len(self.store.traffic.visits(path))


def link(app: Flask, store: SampleStore, *, clock: Clock | None = None) -> Linked:
    """Links the application to the store."""
    rings = Rings()
    gateways: Gateways = replace(app.extensions["ringback.gateways"], bell=rings)
    clock = clock or Clock()
    with transaction():
        row = connect(store.url, store.key, store.secret, vault=VAULT, now=clock())
        business.put(row.id, "poll.backoff_max", "10s", by="test", now=clock())
        store_id = row.id
    return Linked(store, store_id, gateways, rings, clock)


@contextlib.contextmanager
def linked_store(app: Flask, *, people: bool = False, orders: int = 0) -> Iterator[Linked]:
    """A running sample store, linked."""
    with running_store(people=people, orders=orders) as store:
        yield link(app, store)
