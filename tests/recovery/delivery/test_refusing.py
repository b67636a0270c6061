"""What a mail server's refusal leads to: dead addresses, providers that block us, servers that want us slower."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.contacts.contact import ContactPoint
from sidecar.db import session, transaction
from sidecar.outreach.delivery import pace
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import sending
from sidecar.routing.queries import why
from tests.factories import VAULT
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
    """A live store."""
    with transaction():
        store = make_live_store()
    return Desk(store.id, Shop(), sink.url)


def later(desk: Desk, after: timedelta) -> sending.SendResult:
    return sending.send_due(gateways=desk.gateways, clock=lambda: clock.now() + after)


def stops() -> list[pace.Stop]:
    return pace.stops(now=clock.now())


def refusing(answer: str, start: str = "p"):
    return lambda to: answer if to.startswith(start) else "250 OK"


def soon(moment: datetime, minutes: int) -> bool:
    return abs(moment - clock.now() - timedelta(minutes=minutes)) < timedelta(seconds=30)


@pytest.mark.parametrize("where", ["at_recipient", "at_end"])
def test_an_address_that_does_not_exist_is_never_written_to_again(desk: Desk, sink: MailSink, where: str) -> None:
    setattr(sink, where, refusing("550 5.1.1 user unknown", "p101"))
    desk.write(101, 102)
    assert desk.send() == sending.SendResult(reserved=2, sent=1, failed=1)
    assert desk.state(101) == ("failed", "refused_by_server")
    point = session().scalars(select(ContactPoint).where(ContactPoint.address == "p101@example.com")).one()
    assert (point.dead_at is not None, point.dead_words) == (True, "550 5.1.1 user unknown")
    assert any("Nothing arrives" in told.text for told in story(desk.message(101).cart_id))

    sink.at_recipient = sink.at_end = lambda _to: "250 OK"
    desk.write(103, email="P101@example.com")
    assert later(desk, timedelta(days=2)).sent == 0
    assert "p101@example.com" not in [to.lower() for to in sink.recipients]
    assert desk.state(103) == ("cancelled", "dead_address")
    assert stops() == []


def test_a_cart_of_a_dead_address_says_so_when_it_is_decided(desk: Desk, sink: MailSink) -> None:
    sink.at_recipient = refusing("550 5.1.1 user unknown")
    desk.write(101)
    desk.send()
    with transaction():
        cart = session().scalars(select(Cart)).one()
        cart.state, cart.decide_at = "abandoned", clock.now()
    with transaction():
        deciding.decide_due(vault=VAULT, now=clock.now())
    found = why(cart.id)
    assert found is not None
    assert (found.route, found.reason_code) == ("hold", "no_contact")
    assert desk.message(101).state == "failed"


@pytest.mark.parametrize("answer", ["550 5.7.1 blocked for spam", "554 5.7.26 DMARC policy"])
def test_a_block_stops_mail_to_that_provider_and_burns_no_address(desk: Desk, sink: MailSink, answer: str) -> None:
    sink.at_end = refusing(answer)
    desk.write(101, 102, 103)
    asked: list[str] = []

    def ask(to: str) -> str:
        asked.append(to)
        return "250 OK"

    sink.at_recipient = ask
    assert desk.send() == sending.SendResult(reserved=3, put_back=3)
    assert len(asked) == 1
    assert [desk.state(number) for number in (101, 102, 103)] == [("due", "blocked")] * 3
    assert soon(desk.message(103).due_at, 30)
    (stop,) = stops()
    assert (stop.provider, stop.words) == ("example.com", answer)
    assert not session().scalars(select(ContactPoint).where(ContactPoint.dead_at.is_not(None))).all()

    desk.write(104, email="p104@example.org")
    sink.at_end = lambda _to: "250 OK"
    assert desk.send().sent == 1
    assert later(desk, timedelta(minutes=31)).sent == 3
    assert stops() == []


def test_a_second_provider_that_blocks_stops_all_mail_and_messages_say_so(desk: Desk, sink: MailSink) -> None:
    sink.at_end = refusing("550 5.7.1 blocked for spam")
    desk.write(101)
    desk.write(102, email="p102@example.org")
    desk.write(103, email="q103@example.net")
    assert desk.send() == sending.SendResult(reserved=3, put_back=3)
    assert sink.accepted == []
    assert [stop.provider for stop in stops()] == ["", "example.com", "example.org"]

    desk.write(104, email="q104@example.net")
    assert desk.send() == sending.SendResult()
    message = desk.message(104)
    assert (message.state, message.reason) == ("due", "mail_stopped")
    assert message.reason_words == "All mail waits. The server refuses mail from us: 550 5.7.1 blocked for spam."
    sink.at_end = lambda _to: "250 OK"
    assert later(desk, timedelta(minutes=31)).sent == 4
    assert stops() == []


def test_a_message_that_one_provider_blocks_again_and_again_fails_at_last(desk: Desk, sink: MailSink) -> None:
    sink.at_end = refusing("550 5.7.1 blocked for spam")
    desk.write(101)
    ends = [later(desk, timedelta(hours=8 * number)) for number in range(4)]
    assert [end.put_back for end in ends] == [1, 1, 1, 0]
    assert desk.message(101).state == "failed"


@pytest.mark.parametrize(
    ("where", "answer"),
    [("at_sender", "550 5.7.1 you may not send as this"), ("at_sender", "530 5.7.0 Authentication required")],
)
def test_a_refused_sender_stops_all_mail_after_one_try(desk: Desk, sink: MailSink, where: str, answer: str) -> None:
    setattr(sink, where, lambda _from: answer)
    desk.write(101, 102)
    assert desk.send() == sending.SendResult(reserved=2, put_back=2)
    assert [stop.provider for stop in stops()] == [""]
    assert desk.send() == sending.SendResult()


def test_a_server_that_asks_to_slow_down_is_left_alone_for_a_minute(desk: Desk, sink: MailSink) -> None:
    sink.at_recipient = refusing("421 4.7.0 too many messages, slow down")
    desk.write(101, 102)
    assert desk.send() == sending.SendResult(reserved=2, put_back=2)
    assert [(stop.provider, stop.by) for stop in stops()] == [("", "slow_down")]
    sink.at_recipient = lambda _to: "250 OK"
    assert desk.send() == sending.SendResult()
    assert later(desk, timedelta(minutes=3)).sent == 2
    assert stops() == []


def test_greylisting_concerns_one_message_only(desk: Desk, sink: MailSink) -> None:
    sink.at_recipient = refusing("450 4.7.1 greylisted, come back", "p101")
    desk.write(101, 102)
    assert desk.send() == sending.SendResult(reserved=2, sent=1, put_back=1)
    assert stops() == []


def test_a_refused_sign_in_is_not_tried_again_and_again(desk: Desk, sink: MailSink) -> None:
    desk.smtp_url = desk.smtp_url.replace("smtp://", "smtp://user:wrong@")
    desk.write(101, 102)
    with mail_server(sink, auth_require_tls=False, auth_required=True, authenticator=_nobody) as locked:
        desk.smtp_url = f"smtp://user:wrong@127.0.0.1:{locked.port}?tls=none"
        assert desk.send() == sending.SendResult(reserved=2, put_back=2)
        connections = locked.connections
        assert desk.send() == sending.SendResult()
    assert locked.connections == connections
    assert "535" in stops()[0].words


def _nobody(*_asked: object) -> object:
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=False, handled=False)
