"""A store that answers from memory: what a poll or a re-reading costs us, without what the network costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.crowd import email_of, phone_of
from sidecar.db import transaction
from sidecar.ports import (
    Gateways,
    MailGateway,
    Order,
    OrderLine,
    OrderNote,
    OrderPage,
    OrderQuery,
    StoreFacts,
    StoreLink,
)
from sidecar.stores.connection import Cursor, find_store
from sidecar.vault import Vault

STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")


@dataclass
class Shop:
    """Fulfils StoreOpener and StoreReader. `changed` holds the orders that the next reading finds."""

    changed: list[Order] = field(default_factory=list)
    find: Callable[[int], Order] | None = None
    requests: int = 0
    auth: str = "basic"

    def open(self, link: StoreLink) -> Shop:
        """Itself."""
        return self

    def probe(self, *, try_writing: bool = False) -> StoreFacts:
        """The same facts each time."""
        self.requests += 1
        return StoreFacts(
            "Aurora Audio", "https://shop.example.com", "America/New_York", -300, "USD", "US:NY",
            "1 Main St, New York, NY 10001", 60, "10.3.0", STATUSES, True, "basic",
        )  # fmt: skip

    def orders(self, query: OrderQuery) -> OrderPage:
        """What has changed, or the orders asked for by number."""
        self.requests += 1
        found = [self.find(number) for number in query.include] if query.include and self.find else self.changed
        return OrderPage(tuple(found), (), len(found), 1)

    def order(self, order_id: int) -> Order | None:
        """One order."""
        self.requests += 1
        return self.find(order_id) if self.find else None

    def notes(self, order_id: int) -> tuple[OrderNote, ...]:
        """None."""
        self.requests += 1
        return ()

    def close(self) -> None:
        """Nothing to end."""


class SilentBell:
    """Wakes nobody."""

    def ring(self, queue: str) -> None:
        """Does nothing."""


def outside(shop: Shop, vault: Vault, mail: MailGateway | None = None) -> Gateways:
    """Gateways with that store, and no bell."""
    return Gateways(stores=shop, mail=mail, bell=SilentBell(), vault=vault, base_url="https://calls.example.com")


def order_of(order_id: int, *, note: str = "", at: datetime) -> Order:
    """The order of a cart of the crowd, as the store gives it."""
    left = at - timedelta(hours=26)
    line = OrderLine(11, 0, "HX-2 Turntable", "Walnut", "HX-2", 1, 40000, 40000, "")
    return Order(
        order_id=order_id,
        number=str(order_id),
        order_key=f"wc_order_{order_id}",
        status="pending",
        currency="USD",
        total_minor=43000,
        shipping_minor=1000,
        tax_minor=2000,
        discount_minor=0,
        customer_id=0,
        first_name="Dana",
        last_name="Ruiz",
        company="",
        email=email_of(order_id),
        phone=phone_of(order_id),
        country="US",
        state="NY",
        city="New York",
        postcode="10001",
        payment_method="stripe",
        payment_method_title="Credit card",
        payment_url=f"https://shop.example.com/pay/{order_id}",
        needs_payment=True,
        created_via="checkout",
        customer_ip="",
        customer_note=note,
        coupon_codes=(),
        created_at=left,
        modified_at=at,
        paid_at=None,
        lines=(line,),
        meta={},
    )


def settle_cursors(store_id: int) -> None:
    """As if the store had been polled for long: nothing to import, no sweep due."""
    now = datetime.now(UTC)
    with transaction() as session:
        store = find_store(store_id)
        if store is None:
            raise RuntimeError("the bench's store is missing")
        store.probed_at, store.statuses = now, list(STATUSES)
        session.add_all(_cursors(store_id, now))


def _cursors(store_id: int, now: datetime) -> Iterable[Cursor]:
    yield Cursor(store_id=store_id, kind="delta", reached_at=now - timedelta(minutes=5), moved_at=now)
    yield Cursor(store_id=store_id, kind="import", started_at=now, finished_at=now)
    yield Cursor(store_id=store_id, kind="sweep", started_at=now, finished_at=now, due_at=now + timedelta(hours=5))
