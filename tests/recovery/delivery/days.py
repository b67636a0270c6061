"""A live store over many days: its clock is moved by hand, orders stand in a shop, and mail leaves over real SMTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.outreach.visits.click import Click
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import sending
from sidecar.settings import put
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, an_order, make_store
from tests.mail_server import MailSink
from tests.recovery.delivery.writing import gateways, take_in
from tests.shop import Shop

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Days:
    """One live store; `now` is what its clock shows. Sent mail is kept with the time at which it left."""

    store_id: int
    sink: MailSink
    shop: Shop = field(default_factory=Shop)
    now: datetime = NOW
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, to whom, which step

    def order(self, order_id: int = 101, **changes: Any) -> None:
        """Somebody of their own leaves the checkout now, without a phone number; or an order changes now."""
        known = self.shop.orders.get(order_id)
        if known is None:
            values = {"email": f"p{order_id}@example.com", "phone": "", "total_minor": 9000} | changes
            self.shop.put(an_order(order_id, now=self.now, age=timedelta(0), **values))
        else:
            self.shop.change(order_id, **{"modified_at": self.now} | changes)
        self.poll(order_id)

    def poll(self, order_id: int = 101) -> None:
        """What a poll would store of an order."""
        with transaction():
            take_in(session().get_one(Store, self.store_id), [self.shop.orders[order_id]], now=self.now)

    def work(self) -> None:
        """One round of the workers."""
        with transaction():
            deciding.decide_due(vault=VAULT, now=self.now)
        with transaction():
            sending.fill(now=self.now, limit=500)
        sending.send_due(gateways=gateways(self.shop, self.sink.url), clock=lambda: self.now, limit=500)
        session().rollback()
        query = select(Message.to, Message.step, Message.sent_at).where(Message.sent_at.is_not(None))
        rows = [(row.sent_at, row.to, row.step) for row in session().execute(query)]
        self.sent += sorted(set(rows) - set(self.sent))

    def run(self, length: timedelta, *, every: timedelta = HOUR) -> None:
        """Time passes, with a round of the workers now and again."""
        until = self.now + length
        while self.now < until:
            self.now = min(self.now + every, until)
            if self.has_work():
                self.work()

    def has_work(self) -> bool:
        """Whether a worker would find anything: rounds over nothing would make these tests slow."""
        waits = select(Message.id).where(Message.state.in_(("planned", "due")), Message.due_at <= self.now)
        asks = select(Cart.id).where(Cart.decide_at <= self.now)
        return any(session().scalar(query.limit(1)) is not None for query in (waits, asks))

    def cart(self, order_id: int = 101) -> Cart:
        """The cart of an order, read anew."""
        session().expire_all()
        return session().scalars(select(Cart).where(Cart.order_id == order_id)).one()

    def states(self, order_id: int = 101) -> dict[str, tuple[str, str | None]]:
        """State and reason of the cart's messages, by step."""
        query = select(Message).where(Message.cart_id == self.cart(order_id).id).order_by(Message.step)
        return {one.step: (one.state, one.reason) for one in session().scalars(query)}

    def message(self, step: str, order_id: int = 101) -> Message:
        """One message, read anew."""
        query = select(Message).where(Message.cart_id == self.cart(order_id).id, Message.step == step)
        return session().scalars(query.execution_options(populate_existing=True)).one()

    def click(self, order_id: int = 101, *, by: str = "person") -> None:
        """Somebody or something opens the link in the newest message about the cart."""
        with transaction():
            cart = self.cart(order_id)
            session().add(Click(store_id=self.store_id, cart_id=cart.id, at=self.now, by=by, led_to="pay_page"))

    def told(self, order_id: int = 101) -> list[str]:
        """The cart's story, oldest first."""
        return [one.text for one in reversed(story(self.cart(order_id).id))]

    def steps(self, order_id: int = 101) -> list[tuple[str, timedelta]]:
        """Which emails reached the customer of an order, and how long after the start."""
        return [(step, at - NOW) for at, to, step in self.sent if to == f"p{order_id}@example.com"]


def live_days(sink: MailSink, **settings: str) -> Days:
    """A store that has been live for a while; settings by name with double underscores for dots."""
    with transaction():
        store = make_store(live_at=NOW - timedelta(days=9))
        for name, text in settings.items():
            put(store.id, name.replace("__", "."), text, by="test", now=NOW)
    return Days(store.id, sink)


def gaps(moments: Iterable[datetime]) -> list[timedelta]:
    """The times between moments."""
    ordered = sorted(moments)
    return [later - earlier for earlier, later in itertools.pairwise(ordered)]
