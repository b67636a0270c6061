"""Fault 21: whatever a store answers in the last look that is no proper answer, nothing is sent; later it is, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import settings as business
from sidecar.db import session, transaction
from sidecar.demo.faults import NAMES
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach.message import Message
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import sending
from sidecar.stores.connection import Store
from tests.factories import VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.answers.linked import Linked, linked_store
from tests.recovery.delivery.writing import FROM

BROKEN = [name for name in NAMES if name != "slow"]  # a slow answer is one


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def shop(app: Flask, sink: MailSink) -> Iterator[Linked]:
    """A live store with one message due."""
    with linked_store(app) as shop:
        shop.gateways = replace(
            shop.gateways, mail=SmtpGateway(sink.url, FROM), vault=VAULT, base_url="https://calls.example.com"
        )
        with transaction():
            row = shop.row
            row.connected_at, row.live_at = shop.clock() - timedelta(days=10), shop.clock() - timedelta(days=9)
            business.put(shop.id, "routing.call_threshold", "USD=99999", by="test", now=shop.clock())
            business.put(shop.id, "sender.postal_address", "1 Main St, New York", by="test", now=shop.clock())
        shop.place()
        shop.poll_all()
        with transaction():
            deciding.decide_due(vault=VAULT, now=shop.clock())
        with transaction():
            sending.fill(now=shop.clock())
        yield shop


def message() -> Message:
    session().rollback()
    return session().scalars(select(Message).where(Message.state.not_in(("planned",)))).one()


def send(shop: Linked) -> sending.SendResult:
    return sending.send_due(gateways=shop.gateways, clock=shop.clock)


def let_it_try_again(shop: Linked) -> None:
    """As after the waits that trouble leads to."""
    waiting = message().id
    with transaction():
        row = session().get_one(Store, shop.id)
        row.health, row.poll_due_at, row.unreadable_reason = "ok", None, None
        session().get_one(Message, waiting).due_at = shop.clock()


@pytest.mark.faults
def test_no_bad_answer_of_a_store_lets_a_message_leave(shop: Linked, sink: MailSink):
    assert len(BROKEN) >= 10
    for fault in BROKEN:
        shop.store.fault(fault)
        result = send(shop)
        assert (result.sent, result.put_back) == (0, 1), fault
        assert sink.accepted == [], fault
        found = message()
        assert (found.state, found.reason, found.data_started_at) == ("due", "store_unreadable", None), fault
        assert found.reason_words, fault
        shop.store.heal()
        let_it_try_again(shop)
    assert send(shop).sent == 1
    assert len(sink.accepted) == 1
