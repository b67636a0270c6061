"""A live store that is the sample store itself, with carts whose message carries an offer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from sidecar import settings as business
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.demo import order as demo
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.edited import WordingVersion
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import sending
from sidecar.recovery.incentives.withdrawing import withdraw
from tests.factories import VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.answers.linked import Linked, linked_store
from tests.recovery.delivery.writing import FROM

# The first message, so that nothing has to be waited for; its words say nothing about offers, so these do.
STEP = "reminder-1"
TEXT = "Hi {{ first_name|there }},\n\n{{ items }}\n\n{{ pay_url }}\n\n{{ offer }}"


@dataclass
class Stand:
    """A live, linked sample store, a mail server, and one offer in the first message."""

    shop: Linked
    sink: MailSink

    def set(self, **values: str) -> None:
        """Settings of offers: `set(by_step="percent 10")` is about the first message."""
        with transaction():
            for name, value in values.items():
                text = f"{STEP}={value}" if name == "by_step" and value else value
                business.put(self.shop.id, f"offers.{name}", text, by="test", now=self.shop.clock())

    def write(self, text: str) -> None:
        """Other words of the first message, for page and text part."""
        with transaction():
            number = 1 + (session().scalar(select(func.max(WordingVersion.number))) or 0)
            session().add(
                WordingVersion(store_id=self.shop.id, kind=STEP, language="en", number=number, subject="Your cart",
                               preheader="Saved", body=text, text=text, saved_at=self.shop.clock(), saved_by="test")
            )  # fmt: skip

    def place(self, count: int = 1, **more: Any) -> list[demo.Order]:
        """Carts of somebody new each, taken in and due to be written about."""
        orders = [self.shop.place(**more) for _ in range(count)]
        self.shop.poll_all()
        with transaction():
            deciding.decide_due(vault=VAULT, now=self.shop.clock())
        return orders

    def send(self) -> sending.SendResult:
        """What the worker does in one round."""
        with transaction():
            sending.fill(now=self.shop.clock())
        return sending.send_due(gateways=self.shop.gateways, clock=self.shop.clock)

    def withdraw(self) -> int:
        return withdraw(gateways=self.shop.gateways, clock=self.shop.clock)

    def rows(self) -> list[Coupon]:
        """The rows of coupons, read anew."""
        session().rollback()
        return list(session().scalars(select(Coupon).order_by(Coupon.id)))

    @property
    def row(self) -> Coupon:
        (found,) = self.rows()
        return found

    @property
    def made(self) -> list[demo.Coupon]:
        """The coupons that the store has."""
        return list(self.shop.store.world.coupons.values())

    def told(self) -> list[str]:
        """What the stories of all carts say about offers, oldest first."""
        return [
            one.text for row in self.rows() for one in reversed(story(row.cart_id)) if one.kind in ("offer", "coupon")
        ]

    def posts(self) -> int:
        """How often the store was asked to make a coupon."""
        visits = self.shop.store.traffic.visits("/wp-json/wc/v3/coupons")
        return sum(visit.method == "POST" for visit in visits)


@contextlib.contextmanager
def stand(app: Flask) -> Iterator[Stand]:
    """The stand, with ten percent off."""
    with linked_store(app) as shop, mail_server() as sink:
        mail = SmtpGateway(sink.url, FROM)
        shop.gateways = replace(shop.gateways, mail=mail, vault=VAULT, base_url="http://127.0.0.1:8000")
        shop.poll_all()
        now = shop.clock()
        with transaction():
            row = shop.row
            row.connected_at, row.live_at = now - timedelta(days=10), now - timedelta(days=9)
            business.put(shop.id, "routing.call_threshold", "USD=99999", by="test", now=now)
            business.put(shop.id, "sender.postal_address", "1 Main St, New York", by="test", now=now)
        found = Stand(shop, sink)
        found.write(TEXT)
        found.set(by_step="percent 10")
        yield found


def plain(mail: EmailMessage) -> str:
    """The text part of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
