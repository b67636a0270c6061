"""A live store with messages that are due, a shop behind it, and the way mail leaves: for tests of sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sidecar import clock
from sidecar.carts.queries import find_cart_by_order
from sidecar.db import session, transaction
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment
from sidecar.ports import Gateways, Order
from sidecar.recovery.delivery import sending
from sidecar.recovery.orders.intake import take_in_orders
from sidecar.settings import settings_of
from sidecar.stores.connection import Store
from tests.factories import VAULT, an_order, make_store
from tests.outreach.making import message_of, one_email
from tests.shop import Shop

FROM = "Aurora Audio <hello@shop.example.com>"


class Silent:
    """A bell that nobody hears."""

    def ring(self, queue: str) -> None:
        """Nothing happens."""


@dataclass
class Desk:
    """One live store. Everything happens at the real time, which the tests of sending need."""

    store_id: int
    shop: Shop
    smtp_url: str

    @property
    def gateways(self) -> Gateways:
        """The shop, the mail server and the vault."""
        return gateways(self.shop, self.smtp_url)

    def write(self, *order_ids: int, age: timedelta = timedelta(hours=1), **changes: Any) -> None:
        """Takes in unpaid orders of one person each, decides for a reminder, and composes it."""
        now = clock.now()
        for order_id in order_ids:
            values = {"email": f"p{order_id}@example.com", "phone": "", "first_name": "Dana"} | changes
            self.shop.put(an_order(order_id, now=now, age=age, **values))
        with transaction():
            store = session().get_one(Store, self.store_id)
            take_in(store, [self.shop.orders[order_id] for order_id in order_ids], now=now)
            for order_id in order_ids:
                cart = find_cart_by_order(store.id, order_id)
                assert cart is not None
                cart.state, cart.route, cart.decide_at = "abandoned", "sequence", None
                enrollment.enroll(cart, "reminder", settings=one_email(store), now=now)
        with transaction():
            sending.fill(now=now)

    def send(self, **more: Any) -> sending.SendResult:
        """One round of sending."""
        return sending.send_due(gateways=self.gateways, clock=clock.now, **more)

    def state(self, order_id: int) -> tuple[str, str | None]:
        """State and reason of the message about an order."""
        message = self.message(order_id)
        return message.state, message.reason

    def message(self, order_id: int) -> Message:
        """The message about an order, read anew."""
        session().rollback()
        return message_of(order_id)


def gateways(shop: Shop, smtp_url: str) -> Gateways:
    """Everything outside: a shop in memory, a real mail server."""
    return Gateways(
        stores=shop,
        mail=SmtpGateway(smtp_url, FROM),
        bell=Silent(),
        vault=VAULT,
        base_url="https://calls.example.com",
    )


def take_in(store: Store, orders: list[Order], *, now: datetime) -> None:
    """What a poll would store."""
    take_in_orders(store, orders, notes={}, settings=settings_of(store.id), vault=VAULT, now=now)
    session().flush()


def make_live_store(**changes: Any) -> Store:
    """A readable store that is live."""
    now = clock.now()
    return make_store(now=now, **{"live_at": now - timedelta(hours=2)} | changes)
