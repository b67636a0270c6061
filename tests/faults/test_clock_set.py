"""Fault 29: the computer's clock is set back an hour or forward a day: everything is held, said, and nothing floods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from time_machine import TimeMachineFixture

from sidecar import clock, timekeeping
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop
from workers import jobs

pytestmark = pytest.mark.faults
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store with two messages due, whose worker has looked at the clock before."""
    with transaction():
        store = make_live_store()
    desk = Desk(store.id, Shop(), sink.url)
    app.extensions["ringback.gateways"] = desk.gateways
    jobs.send_due()
    desk.write(101, 102)
    return desk


def states() -> list[str]:
    session().rollback()
    query = select(Message.state).where(Message.state != "planned").order_by(Message.id)
    return list(session().scalars(query))


@pytest.mark.parametrize("by", [DAY, -HOUR, timedelta(days=400), -DAY])
def test_a_clock_that_was_set_holds_everything_until_it_is_right_again(
    desk: Desk, sink: MailSink, time_machine: TimeMachineFixture, caplog: pytest.LogCaptureFixture, by: timedelta
):
    before = states()
    time_machine.move_to(clock.now() + by)
    for _ in range(3):
        jobs.send_due()
    assert sink.accepted == []
    assert states() == before  # neither sent nor thought too late
    assert "The clock of this computer was set" in (timekeeping.doubt() or "")
    assert caplog.text.count("The clock of this computer was set") == 1
    time_machine.move_to(clock.now() - by)
    jobs.send_due()
    assert timekeeping.doubt() is None
    assert len(sink.accepted) == 2


def test_a_person_may_say_that_it_is_right_and_what_is_too_late_by_then_is_dropped_not_sent(
    desk: Desk, sink: MailSink, time_machine: TimeMachineFixture
):
    time_machine.move_to(clock.now() + timedelta(days=30))
    jobs.send_due()
    with transaction():
        timekeeping.confirm(clock.steady(), by="olive@example.com", now=clock.now())
    jobs.send_due()
    assert sink.accepted == []
    assert set(states()) == {"cancelled"}
