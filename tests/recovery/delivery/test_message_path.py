"""The whole way of a message: the sample store's order, polled, decided, written, kept, and after Go live sent once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from sidecar import settings as business
from sidecar.db import transaction
from sidecar.demo.order import Order
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach.delivery import queries
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import going_live, sending
from tests.factories import VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.answers.linked import Linked, linked_store
from tests.recovery.delivery.writing import FROM


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def shop(app: Flask, sink: MailSink) -> Iterator[Linked]:
    """A linked store, connected long enough ago that its carts are no backlog, and a threshold above every cart."""
    with linked_store(app) as shop:
        shop.gateways = replace(
            shop.gateways, mail=SmtpGateway(sink.url, FROM), vault=VAULT, base_url="http://127.0.0.1:8000"
        )
        with transaction():
            shop.row.connected_at = shop.clock() - timedelta(days=10)
            business.put(shop.id, "routing.call_threshold", "USD=99999", by="test", now=shop.clock())
            business.put(shop.id, "sender.postal_address", "1 Main St, New York", by="test", now=shop.clock())
        yield shop


def work(shop: Linked) -> None:
    """What the workers do in one round."""
    shop.poll_all()
    with transaction():
        deciding.decide_due(vault=VAULT, now=shop.clock())
    with transaction():
        sending.fill(now=shop.clock())
    sending.send_due(gateways=shop.gateways, clock=shop.clock)


def go_live(app: Flask, shop: Linked, sink: MailSink) -> None:
    config = replace(app.extensions["ringback.config"], smtp_url=sink.url, mail_from=FROM)
    with transaction():
        going_live.go_live(shop.id, by="test", config=config, now=shop.clock())


def listed(order: Order) -> tuple[str, str | None]:
    found = next(row for row in queries.listing() if row["order_id"] == order.id)
    return found["state"], found["reason"]


def test_a_low_value_cart_is_written_to_once_and_only_after_go_live(app: Flask, shop: Linked, sink: MailSink):
    order = shop.place()
    work(shop)
    assert listed(order) == ("due", "not_live")
    assert sink.accepted == []
    go_live(app, shop, sink)
    for _ in range(3):
        work(shop)
    assert listed(order) == ("sent", None)
    (mail,) = sink.accepted
    assert order.billing["email"] == mail["To"]
    for part in mail.iter_parts():
        assert "/c/" in part.get_content()
        assert order.lines[0].name in part.get_content()


def test_a_cart_paid_just_before_is_not_written_to_although_its_modified_date_stayed(
    app: Flask, shop: Linked, sink: MailSink
):
    order, other = shop.place(), shop.place()
    work(shop)
    go_live(app, shop, sink)
    shop.store.simulator.pay(order.id, bump=False)
    sending.send_due(gateways=shop.gateways, clock=shop.clock)
    assert listed(order) == ("cancelled", "paid")
    assert [mail["To"] for mail in sink.accepted] == [other.billing["email"]]
    assert shop.carts()[order.id] == "recovered"
