"""A shop that holds orders in memory and answers as WooCommerce's REST interface does, through our own port.

For tests about what Ringback does with answers; how answers travel is tested against the sample store's server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sidecar.errors import GatewayError
from sidecar.ports import Order, OrderNote, OrderPage, OrderQuery, StoreFacts, StoreLink, StoreReader


@dataclass
class Shop:
    """Orders by id. `broken` is what every question is answered with instead; `asked` counts the questions;
    `meanwhile` happens while the shop is being asked."""

    orders: dict[int, Order] = field(default_factory=dict)
    broken: GatewayError | None = None
    asked: int = 0
    meanwhile: Callable[[], None] | None = None

    def put(self, *orders: Order) -> None:
        """Adds orders, or puts others in their place."""
        self.orders |= {order.order_id: order for order in orders}

    def change(self, order_id: int, **changes: Any) -> None:
        """Changes an order; its modified date stays, as WooCommerce sometimes does."""
        self.orders[order_id] = replace(self.orders[order_id], **changes)

    def open(self, link: StoreLink) -> StoreReader:
        """Fulfils ports.StoreOpener."""
        return _Reader(self)


class _Reader:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    auth = "basic"

    def probe(self, *, try_writing: bool = False) -> StoreFacts:
        raise NotImplementedError

    def orders(self, query: OrderQuery) -> OrderPage:
        found = tuple(
            order
            for order in self._answer().values()
            if (not query.include or order.order_id in query.include)
            and order.status in query.statuses
            and (query.modified_after is None or order.modified_at > query.modified_after)
        )
        return OrderPage(found, (), len(found), 1)

    def order(self, order_id: int) -> Order | None:
        return self._answer().get(order_id)

    def notes(self, order_id: int) -> tuple[OrderNote, ...]:
        self._answer()
        return ()

    def close(self) -> None:
        """Nothing stays open."""

    def _answer(self) -> dict[int, Order]:
        self._shop.asked += 1
        if self._shop.meanwhile is not None:
            self._shop.meanwhile()
        if self._shop.broken is not None:
            raise self._shop.broken
        return self._shop.orders
