"""What stands in the head of a mail as it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from sidecar import clock
from sidecar.db import transaction
from sidecar.gateways.imap import ImapMailbox
from sidecar.gateways.smtp import SmtpGateway
from sidecar.recovery.delivery import sending
from sidecar.settings import put
from tests.factories import make_user
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store with one message due, to which the shop wants its replies at hello@."""
    with transaction():
        store = make_live_store()
        put(store.id, "sender.reply_to", "hello@shop.example.com", by="test", now=clock.now())
    desk = Desk(store.id, Shop(), sink.url)
    desk.write(101)
    return desk


def signed(desk: Desk, name: str = "Sam Ode", **changes: Any) -> None:
    with transaction():
        message, user = desk.message(101), make_user("sam@shop.example.com", **changes)
        user.name, message.signed_by = name, user.id


def test_every_mail_says_that_a_machine_sent_it_and_how_to_stop_it(desk: Desk, sink: MailSink) -> None:
    desk.send()
    (mail,) = sink.accepted
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].startswith("<https://calls.example.com/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"].endswith("@shop.example.com>")
    assert mail["Message-ID"].strip("<>") == desk.message(101).provider_id
    assert mail["Reply-To"] == "hello@shop.example.com"


def test_replies_to_a_signed_mail_go_to_the_person_who_signs_it(desk: Desk, sink: MailSink) -> None:
    signed(desk)
    desk.send()
    assert sink.accepted[0]["Reply-To"] == "Sam Ode <sam@shop.example.com>"


def test_with_a_mailbox_that_is_read_replies_go_there_too(desk: Desk, sink: MailSink) -> None:
    signed(desk, name='Ode, "Sam"')
    mailbox = ImapMailbox("imap://u:p@127.0.0.1:9?tls=none")
    sending.send_due(gateways=replace(desk.gateways, mailbox=mailbox), clock=clock.now)
    addresses = sink.accepted[0]["Reply-To"].addresses
    assert [one.addr_spec for one in addresses] == ["sam@shop.example.com", "hello@shop.example.com"]


def test_somebody_who_has_left_gets_no_replies(desk: Desk, sink: MailSink) -> None:
    signed(desk, disabled_at=clock.now())
    desk.send()
    assert sink.accepted[0]["Reply-To"] == "hello@shop.example.com"


def test_a_sender_with_umlauts_in_its_domain_has_a_message_id_all_the_same(desk: Desk, sink: MailSink) -> None:
    mail = SmtpGateway(sink.url, "Bücher <hallo@bücher.example>")
    sending.send_due(gateways=replace(desk.gateways, mail=mail), clock=clock.now)
    assert sink.accepted[0]["Message-ID"].endswith("@xn--bcher-kva.example>")
