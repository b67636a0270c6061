"""How the mail server's answers, silence and death are kept; and what the sweep makes of a dead worker's messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar import clock
from sidecar.db import session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import sending
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
    """A live store with two messages due."""
    with transaction():
        store = make_live_store()
    desk = Desk(store.id, Shop(), sink.url)
    desk.write(101, 102)
    return desk


def only_101(answer: str):
    return lambda to: answer if to.startswith("p101") else "250 OK"


@pytest.mark.parametrize("where", ["at_recipient", "at_end"])
def test_a_permanent_refusal_fails_with_the_servers_words(desk: Desk, sink: MailSink, where: str):
    setattr(sink, where, only_101("550 5.1.1 user unknown"))
    assert desk.send() == sending.SendResult(reserved=2, sent=1, failed=1)
    message = desk.message(101)
    assert (message.state, message.reason) == ("failed", "refused_by_server")
    assert message.reason_words == "Mail server said: 550 5.1.1 user unknown. Not tried again."


@pytest.mark.parametrize("where", ["at_recipient", "at_end"])
def test_a_temporary_refusal_is_tried_again_later_and_then_arrives_once(desk: Desk, sink: MailSink, where: str):
    setattr(sink, where, only_101("451 4.7.1 greylisted"))
    now = clock.now()
    assert desk.send() == sending.SendResult(reserved=2, sent=1, put_back=1)
    message = desk.message(101)
    assert (message.state, message.reason) == ("due", "try_later")
    assert "451 4.7.1 greylisted" in (message.reason_words or "")
    assert message.due_at > now + timedelta(seconds=59)
    assert desk.send() == sending.SendResult()
    setattr(sink, where, lambda _to: "250 OK")
    later = sending.send_due(gateways=desk.gateways, clock=lambda: clock.now() + timedelta(minutes=2))
    assert later.sent == 1
    assert sorted(sink.recipients) == ["p101@example.com", "p102@example.com"]


def test_a_server_that_dies_after_the_dot_leads_to_review_and_never_to_a_second_mail(desk: Desk, sink: MailSink):
    sink.at_end = only_101("")
    assert desk.send() == sending.SendResult(reserved=2, sent=1, review=1)
    assert desk.state(101) == ("review", "answer_lost")
    with transaction():
        sending.sweep(now=clock.now() + timedelta(days=1))
    sending.send_due(gateways=desk.gateways, clock=lambda: clock.now() + timedelta(days=2))
    assert sorted(sink.recipients) == ["p101@example.com", "p102@example.com"]


def test_a_server_that_dies_before_the_data_means_another_try(desk: Desk, sink: MailSink):
    sink.at_recipient = only_101("")
    assert desk.send() == sending.SendResult(reserved=2, sent=1, put_back=1)
    assert desk.state(101) == ("due", "try_later")
    assert desk.message(101).data_started_at is None


def test_no_mail_server_means_everything_waits(desk: Desk):
    desk.smtp_url = "smtp://127.0.0.1:9?tls=none"
    assert desk.send() == sending.SendResult(reserved=2, put_back=2)
    message = desk.message(102)
    assert (message.state, message.reason) == ("due", "mail_unreachable")
    assert "127.0.0.1:9" in (message.reason_words or "")


def reserve() -> list[int]:
    with transaction():
        return leaving.reserve(now=clock.now(), limit=10)


def test_what_is_reserved_is_reserved_once(desk: Desk):
    assert len(reserve()) == 2
    assert reserve() == []


def test_the_sweep_gives_back_what_had_not_begun(desk: Desk, sink: MailSink):
    reserve()
    with transaction():
        assert sending.sweep(now=clock.now()) == 0
        assert sending.sweep(now=clock.now() + timedelta(minutes=3)) == 2
    assert desk.state(101) == ("due", None)
    assert desk.send().sent == 2


def test_the_sweep_asks_a_person_about_what_had_begun(desk: Desk, sink: MailSink):
    reserve()
    with transaction():
        message = desk.message(101)
        assert leaving.begin(message, "token", now=clock.now())
    with transaction():
        sending.sweep(now=clock.now() + timedelta(minutes=11))
    assert desk.state(101) == ("review", "answer_lost")
    assert desk.state(102) == ("due", None)


def test_an_answer_that_comes_after_the_sweep_still_counts(desk: Desk):
    reserve()
    with transaction():
        message = desk.message(101)
        attempt = message.attempt or ""
        leaving.begin(message, "token", now=clock.now())
    with transaction():
        sending.sweep(now=clock.now() + timedelta(minutes=11))
    with transaction():
        assert leaving.sent(message.id, attempt, answer="250 OK", provider_id="x", now=clock.now())
    assert desk.state(101) == ("sent", None)


def test_a_worker_that_woke_up_late_cannot_touch_what_another_has_taken(desk: Desk):
    reserve()
    first = desk.message(101).attempt or ""
    with transaction():
        sending.sweep(now=clock.now() + timedelta(minutes=3))
    reserve()
    message = desk.message(101)
    assert message.attempt != first
    with transaction():
        assert not leaving.put_back(message.id, first, "try_later")
        assert not leaving.cancel(message.id, first, "paid")
        message.attempt, kept = first, message.attempt
        session().expunge(message)
        assert not leaving.begin(message, "token", now=clock.now())
    assert desk.message(101).attempt == kept


@pytest.mark.parametrize("reserved_anew", [False, True])
def test_a_late_answer_to_what_was_thought_lost_means_that_it_is_not_sent_again(
    desk: Desk, sink: MailSink, reserved_anew: bool
):
    reserve()
    with transaction():
        message = desk.message(101)
        first = message.attempt or ""
        leaving.begin(message, "token", now=clock.now())
    with transaction():
        leaving.unknown(message.id, first, words="no answer")
        assert leaving.put_back(message.id, first, "send_again")
    if reserved_anew:
        reserve()
    with transaction():
        assert leaving.sent(message.id, first, answer="250 OK", provider_id="x", now=clock.now())
        assert not leaving.begin(message, "token", now=clock.now())
    assert desk.state(101) == ("sent", None)
    assert "p101@example.com" not in sink.recipients


def test_a_late_answer_cannot_touch_an_attempt_that_has_begun(desk: Desk):
    reserve()
    message = desk.message(101)
    first = message.attempt or ""
    with transaction():
        leaving.put_back(message.id, first, None)
    reserve()
    with transaction():
        leaving.begin(desk.message(101), "token", now=clock.now())
    with transaction():
        assert not leaving.sent(message.id, first, answer="250 OK", provider_id="x", now=clock.now())
    assert desk.state(101) == ("sending", None)


def test_the_message_id_is_always_the_same_for_an_attempt_and_another_for_the_next(app: Flask):
    assert leaving.message_id_of("a:1", "x.example") == leaving.message_id_of("a:1", "x.example")
    assert leaving.message_id_of("a:1", "x.example") != leaving.message_id_of("a:2", "x.example")
    assert Message.__table__.c.attempt.unique


def test_a_worker_that_is_to_stop_puts_back_what_it_has_not_begun(desk: Desk, sink: MailSink):
    desk.write(103)

    assert desk.send(is_stopping=lambda: bool(sink.accepted)) == sending.SendResult(reserved=3, sent=1, put_back=2)

    assert [desk.state(number) for number in (101, 102, 103)] == [("sent", None), ("due", None), ("due", None)]
    assert [desk.message(number).attempts for number in (101, 102, 103)] == [1, 0, 0]  # what was not begun is no try
    assert desk.send().sent == 2
    assert len(sink.accepted) == 3
