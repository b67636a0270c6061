"""100-order pages that are in memory already: read, matched to people, stored as carts with lines, committed.

The floor parses the same bytes and writes one row an order, in one statement by the bare driver, with the same
durability. Every order is an unpaid one, which is the most that intake can have to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from bench import bare
from bench.figures import Effort, Figure, in_turn, seconds, speed
from bench.ground import KEY, Ground
from bench.sample import Bare, free_port, sample_store
from sidecar.db import transaction
from sidecar.gateways.woocommerce.orders import ORDER_FIELDS, read_order
from sidecar.ports import Order
from sidecar.recovery.orders.intake import needing_notes, take_in_orders
from sidecar.settings import settings_of
from sidecar.stores.connection import Store, connect
from sidecar.vault import Vault

PAGE = 100
_COLUMNS = (
    "store_id order_id status currency total shipping tax discount customer_id first_name last_name email phone "
    "country state city postcode payment_method payment_url needs_payment created_via note created_at modified_at"
)
_PATH = "/wp-json/wc/v3/orders?orderby=modified&order=asc&per_page={}&page={}&_fields={}"


def measure(ground: Ground, effort: Effort) -> Figure:
    """Orders a second: new ones, and beside them the same ones changed."""
    rounds = effort.at_least(30)
    fresh = list(_pages(rounds + 1))
    changed = [_changed(page) for page in fresh]
    with ground.application() as app:
        floor, ours = _Floor(app.config["SQLALCHEMY_DATABASE_URI"]), _Ours()
        new = _compare(floor, ours, fresh)
        again = _compare(floor, ours, changed)
        updates = speed("updates", again, per_round=PAGE, unit="", goal=0.35)
        return speed(
            "ingest",
            new,
            per_round=PAGE,
            unit=f"orders/s, new, {ground.database_name}",
            goal=0.35,
            bytes_an_order=len(fresh[0]) // PAGE,
            changed_orders_per_second=updates.figure,
            changed_ratio=updates.comparison,
        )


def _compare(floor: _Floor, ours: _Ours, pages: list[bytes]) -> list[tuple[float, float]]:
    below, above = iter(pages), iter(pages)
    return in_turn(
        lambda: seconds(lambda: floor.take_in(next(below))),
        lambda: seconds(lambda: ours.take_in(next(above))),
        len(pages) - 1,
    )


class _Ours:
    """What a poll does with a page once it is there."""

    def __init__(self) -> None:
        self._vault = Vault((KEY,))
        now = datetime.now(UTC)
        with transaction():
            store = connect("https://shop.example.com", "ck_" + "b" * 40, "cs_" + "b" * 40, vault=self._vault, now=now)
            store.health, store.timezone, store.currency = "ok", "America/New_York", "USD"
            self._store_id = store.id
        self._settings = settings_of(self._store_id)

    def take_in(self, page: bytes) -> None:
        """Reads the page and commits it. Raises RuntimeError when it was not all news."""
        now = datetime.now(UTC)
        orders = [found for row in orjson.loads(page) if isinstance(found := read_order(row), Order)]
        needing_notes(self._store_id, orders, now=now)
        with transaction() as session:
            store = session.get_one(Store, self._store_id)
            taken = take_in_orders(store, orders, notes={}, settings=self._settings, vault=self._vault, now=now)
        if taken.new + taken.changed != PAGE:
            raise RuntimeError(f"of {PAGE} orders only {taken.new} were new and {taken.changed} changed")


class _Floor:
    """One table, one statement a page."""

    def __init__(self, url: str) -> None:
        self._line, names = bare.connect(url), _COLUMNS.split()
        kinds = {"store_id": "integer", "order_id": "bigint", "customer_id": "bigint", "needs_payment": "integer"}
        columns = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in names)
        self._line.execute(f"CREATE TABLE bare_order ({columns}, PRIMARY KEY (store_id, order_id))")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
        self._write = (
            f"INSERT INTO bare_order ({', '.join(names)}) VALUES ({bare.marks(url, len(names))}) "
            f"ON CONFLICT (store_id, order_id) DO UPDATE SET {changes} "
            f"WHERE excluded.modified_at > bare_order.modified_at"
        )

    def take_in(self, page: bytes) -> None:
        """Parses the page and commits it."""
        rows = [self._row(order) for order in orjson.loads(page)]
        bare.begin_writing(self._line)
        self._line.cursor().executemany(self._write, rows)
        self._line.execute("COMMIT")

    @staticmethod
    def _row(order: dict[str, Any]) -> tuple[Any, ...]:
        person = order["billing"]
        return (
            1, order["id"], order["status"], order["currency"], order["total"], order["shipping_total"],
            order["total_tax"], order["discount_total"], order["customer_id"], person["first_name"],
            person["last_name"], person["email"], person["phone"], person["country"], person["state"], person["city"],
            person["postcode"], order["payment_method"], order["payment_url"], int(bool(order["needs_payment"])),
            order["created_via"], order["customer_note"], order["date_created_gmt"], order["date_modified_gmt"],
        )  # fmt: skip


def _pages(count: int) -> Iterator[bytes]:
    """Pages as the sample store gives them, every order made an unpaid one."""
    port = free_port()
    with sample_store(port, orders=count * PAGE) as sample:
        sample.take_basic(True)
        bare_line = Bare(port)
        for number in range(1, count + 1):
            orders = orjson.loads(bare_line.read(_PATH.format(PAGE, number, ORDER_FIELDS)))
            for order in orders:
                order |= {"status": "pending", "date_paid_gmt": None, "needs_payment": True}
            yield orjson.dumps(orders)


def _changed(page: bytes) -> bytes:
    orders = orjson.loads(page)
    for order in orders:
        order |= {"customer_note": "Please ring twice.", "date_modified_gmt": "2099" + order["date_modified_gmt"][4:]}
    return bytes(orjson.dumps(orders))
