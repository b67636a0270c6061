"""The pay link by email during the call: once, in the rep's name, undoable for a minute, only where it is permitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.recovery.calls import calling, linking
from tests.cast import OTHER_REP
from tests.factories import VAULT, make_user
from tests.mail_server import MailSink, mail_server
from tests.recovery.calls.on_the_phone import a_desk, call
from tests.recovery.calls.test_after_call import Desk
from tests.recovery.delivery.days import HOUR

SECOND = timedelta(seconds=1)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A rep on the phone with Dana, about a cart of a live store."""
    desk = a_desk(sink)
    call(desk)
    return desk


def send(desk: Desk) -> Message:
    """Sends the pay link."""
    with transaction():
        return linking.send_link(desk.task().id, desk.rep, vault=VAULT, now=desk.days.now)


def save(desk: Desk, outcome: str) -> Call:
    """Saves a verdict about the call that is going on."""
    with transaction():
        form = OutcomeForm(key=key_of(desk.task(), desk.rep), outcome=outcome)
        return calling.wrap_up(desk.task().id, desk.rep, form, vault=VAULT, now=desk.days.now).call


def test_the_link_leaves_during_the_call_once_and_not_again_with_the_verdict(desk: Desk) -> None:
    first = send(desk)
    desk.days.now += 30 * SECOND
    assert send(desk).id == first.id  # and it is not put off by that
    desk.days.run(29 * SECOND, every=SECOND)
    assert desk.days.sent == []
    desk.days.run(5 * SECOND, every=SECOND)
    assert [step for step, _ in desk.days.steps()] == [first.step]
    assert desk.rep.first_name in str(desk.days.sink.accepted[0]["From"])

    said = save(desk, "link_sent").says

    assert said.endswith("The pay link left during the call.")
    desk.days.run(HOUR, every=timedelta(minutes=5))
    assert len(desk.days.sent) == 1


def test_it_can_be_taken_back_for_a_minute_and_sent_again(desk: Desk) -> None:
    send(desk)
    desk.days.now += 30 * SECOND
    with transaction():
        linking.take_link_back(desk.task().id, desk.rep, now=desk.days.now)
    desk.days.run(2 * HOUR, every=timedelta(minutes=10))
    assert desk.days.sent == []

    send(desk)
    desk.days.run(timedelta(minutes=2), every=timedelta(minutes=1))
    assert len(desk.days.sent) == 1
    with pytest.raises(Refused, match="has left and cannot be called back"), transaction():
        linking.take_link_back(desk.task().id, desk.rep, now=desk.days.now)


def test_the_next_call_may_send_it_again(desk: Desk) -> None:
    send(desk)
    desk.days.run(2 * HOUR)
    save(desk, "no_answer")
    desk.days.run(20 * HOUR)
    call(desk)
    send(desk)
    desk.days.run(HOUR)
    assert len(desk.days.sent) == 2


def test_a_verdict_that_is_taken_back_leaves_the_link_as_it_was(desk: Desk) -> None:
    send(desk)
    save(desk, "link_sent")
    desk.undo()
    assert desk.task().link_at is not None
    save(desk, "link_sent")
    desk.days.run(HOUR, every=timedelta(minutes=5))
    assert len(desk.days.sent) == 1


def test_no_link_goes_to_somebody_who_said_no_or_has_paid(desk: Desk) -> None:
    with transaction():
        opt_out(desk.days.store_id, "email", "p101@example.com", source="reply", vault=VAULT, now=desk.days.now)
    with pytest.raises(Refused, match="asked not to be written to"):
        send(desk)
    desk.days.order(101, status="processing", needs_payment=False, paid_at=desk.days.now)
    with pytest.raises(Refused, match="No link needed"):
        send(desk)
    desk.days.run(HOUR)
    assert desk.days.sent == []


def test_whoever_pays_within_the_minute_gets_no_link(desk: Desk) -> None:
    send(desk)
    desk.days.shop.change(101, status="processing", needs_payment=False, paid_at=desk.days.now)
    desk.days.run(HOUR)
    assert desk.days.sent == []


def test_only_the_rep_who_has_the_call_sends_it(desk: Desk) -> None:
    with transaction():
        ana = make_user(OTHER_REP)
    with pytest.raises(Refused, match="not with you any more"), transaction():
        linking.send_link(desk.task().id, ana, vault=VAULT, now=desk.days.now)
