"""A mail server that takes its time with the last answer: nobody gets a message twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar import clock
from sidecar.db import transaction
from sidecar.gateways import smtp
from sidecar.recovery.delivery import sending
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop
from tests.workers.running import until

pytestmark = pytest.mark.faults


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_server() as found:
        yield found


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    with transaction():
        return Desk(make_live_store().id, Shop(), sink.url)


def test_a_slow_last_answer_is_waited_for(desk: Desk, sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "COMMAND_SECONDS", 0.5)
    monkeypatch.setattr(smtp, "LAST_ANSWER_SECONDS", 20)
    desk.write(1)
    sink.at_end = lambda _to: time.sleep(1.0) or "250 OK"  # type: ignore[func-returns-value]
    assert desk.send() == sending.SendResult(reserved=1, sent=1)
    assert sink.recipients == ["p1@example.com"]


def test_a_last_answer_that_does_not_come_in_time_is_for_a_person_and_no_reason_to_send_again(
    desk: Desk, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LAST_ANSWER_SECONDS", 0.3)
    desk.write(1)
    sink.at_end = lambda _to: time.sleep(1.0) or "250 OK"  # type: ignore[func-returns-value]
    assert desk.send() == sending.SendResult(reserved=1, review=1)
    assert desk.state(1) == ("review", "answer_lost")
    until(lambda: bool(sink.recipients), "the server has taken it after all")
    sink.at_end = lambda _to: "250 OK"
    for hours in (1, 20, 40):
        later = timedelta(hours=hours)
        with transaction():
            sending.sweep(now=clock.now() + later)
        sending.send_due(gateways=desk.gateways, clock=lambda later=later: clock.now() + later)  # type: ignore[misc]
    assert sink.recipients == ["p1@example.com"]
