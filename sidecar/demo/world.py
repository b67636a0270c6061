"""The state of the sample store, and the few ways it may change. One lock guards all of it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sidecar import clock

from .goods import Product, Review
from .index import OrderIndex
from .order import Coupon, Customer, Note, Order, Tax


@dataclass
class ShopSettings:
    """How the shop is set up; each may be changed while it runs."""

    name: str = "Aurora Audio"
    tagline: str = "Hi-fi that makes you stay for one more side"
    timezone: str = "America/New_York"  # "" together with an offset is WordPress's "UTC+5:30"
    offset_minutes: int = 0
    currency: str = "USD"
    country: str = "US:VT"
    address: str = "214 Sample Street"
    city: str = "Burlington"
    postcode: str = "05401"
    hold_stock_minutes: float = 60
    storage: str = "hpos"  # or "posts": the legacy tables, where few changes bump date_modified
    woo_version: str = "10.0.2"
    plain_permalinks: bool = False
    basic_without_tls: bool = False  # the store believes to be on TLS even over http
    strip_authorization: bool = False
    drafts_in_any: bool = True  # false: as from WooCommerce 10.9
    keep_drafts_hours: float = 24
    guest_grace_seconds: float = 600
    free_shipping_requires: str = "coupon"  # "": free for everybody; or "min_amount", "either", "both"
    clock_ahead_seconds: float = 0.0  # the shop's clock against this machine's: an hour passes at once
    latency: float = 0.0  # seconds added to every answer of the REST API


@dataclass
class ApiKey:
    """A consumer key: what it may do (`read`, `write` or `read_write`) and whose rights it has."""

    key: str
    secret: str
    permissions: str = "read_write"
    role: str = "administrator"  # "customer" has no right to orders
    username: str = "admin"


@dataclass
class World:
    """Everything in the store. Readers and writers take `lock`."""

    settings: ShopSettings = field(default_factory=ShopSettings)
    keys: list[ApiKey] = field(default_factory=list)
    clock: Callable[[], datetime] = clock.now
    products: dict[int, Product] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    coupons: dict[int, Coupon] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    taxes: dict[str, Tax] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    notes: dict[int, list[Note]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)  # counted in totals, left out of pages
    index: OrderIndex = field(default_factory=OrderIndex)
    lock: threading.RLock = field(default_factory=threading.RLock)
    changes: int = 0
    last_id: int = 100
    last_line_id: int = 0
    last_note_id: int = 0
    last_meta_id: int = 1000
    nonces: dict[str, int] = field(default_factory=dict)

    def seconds(self) -> int:
        """The store's clock, in whole seconds."""
        return int(self.clock().timestamp() + self.settings.clock_ahead_seconds)

    def zone(self) -> tzinfo:
        """The shop's own time zone."""
        if self.settings.timezone:
            return ZoneInfo(self.settings.timezone)
        return timezone(timedelta(minutes=self.settings.offset_minutes))

    def local(self, at: int | None) -> str | None:
        """A moment in site time, as WooCommerce writes it: "2026-11-21T20:04:32"."""
        return None if at is None else datetime.fromtimestamp(at, self.zone()).strftime("%Y-%m-%dT%H:%M:%S")

    def gmt(self, at: int | None) -> str | None:
        """A moment in UTC, as WooCommerce writes it, without Z."""
        return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")

    # --- numbers --------------------------------------------------------------------------------------------

    def next_id(self) -> int:
        """The id of the next order, product, customer or coupon."""
        self.last_id += 1
        return self.last_id

    def next_line_id(self) -> int:
        """The id of the next line of an order."""
        self.last_line_id += 1
        return self.last_line_id

    def next_meta_id(self) -> int:
        """The id of the next piece of meta data."""
        self.last_meta_id += 1
        return self.last_meta_id

    # --- orders ---------------------------------------------------------------------------------------------

    def add_order(self, order: Order) -> Order:
        """Takes a new order in."""
        with self.lock:
            self.orders[order.id] = order
            self.index.add(order)
            self.changes += 1
        return order

    def fill(self, orders: list[Order]) -> None:
        """Takes many new orders in at once."""
        with self.lock:
            self.orders.update((order.id, order) for order in orders)
            self.index.fill(orders)
            self.changes += 1

    def touch(self, order: Order, *, at: int | None = None, bump: bool = True) -> None:
        """Says that an order changed; with `bump`, date_modified becomes `at` or now."""
        with self.lock:
            if bump:
                self.index.remove(order)
                order.modified = self.seconds() if at is None else at
                self.index.add(order)
            self.index.changed()
            self.changes += 1

    def drop_order(self, order: Order) -> None:
        """Deletes an order for good."""
        with self.lock:
            self.index.remove(order)
            self.orders.pop(order.id, None)
            self.notes.pop(order.id, None)
            self.changes += 1

    def add_note(self, order: Order, text: str, *, at: int | None = None, author: str = "WooCommerce",
                 to_customer: bool = False) -> Note:
        """Writes a note. Notes never bump date_modified."""
        with self.lock:
            self.last_note_id += 1
            moment = self.seconds() if at is None else at
            note = Note(self.last_note_id, moment, author, text, to_customer)
            self.notes.setdefault(order.id, []).append(note)
            self.changes += 1
            return note

    def notes_of(self, order_id: int) -> list[Note]:
        """The notes of an order, newest first, those of one second in the order they were written."""
        return sorted(self.notes.get(order_id, []), key=lambda note: (-note.at, note.id))


def new_order_key() -> str:
    """A key as WooCommerce makes them: "wc_order_" and 13 letters."""
    return "wc_order_" + secrets.token_hex(7)[:13]
