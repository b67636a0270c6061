"""The email that follows a call: once, in the rep's name, undoable for a minute, and only where it is permitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.recovery.calls import calling
from sidecar.settings import put
from tests.cast import REP
from tests.factories import VAULT, make_user
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.days import HOUR, Days, live_days

SECOND = timedelta(seconds=1)
PAID = {"status": "processing", "needs_payment": False}


@dataclass
class Desk:
    """A rep with Dana's cart, which is worth a call, on a live store."""

    days: Days
    rep: User

    def save(self, outcome: str, **more: object) -> Call:
        """Takes the cart when it may be called, and saves a verdict."""
        with transaction():
            task = self.task()
            task.due_at, task.rest_until = self.days.now, None
            session().flush()
            calling.tick(now=self.days.now)
            task = queue.claim(task.id, self.rep, now=self.days.now)
            form = OutcomeForm(key=key_of(task, self.rep), outcome=outcome, **more)  # type: ignore[arg-type]
            return calling.wrap_up(task.id, self.rep, form, vault=VAULT, now=self.days.now).call

    def undo(self) -> None:
        """Takes the last verdict back."""
        with transaction():
            calling.undo(self.rep, vault=VAULT, now=self.days.now)

    def task(self) -> CallTask:
        """The cart's call task, read anew."""
        session().expire_all()
        return session().scalars(select(CallTask)).one()


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A cart above the threshold, whose call is due."""
    days = live_days(sink, routing__call_threshold="USD=50")
    days.order(phone="(212) 555-0123", total_minor=43000)
    days.run(HOUR)
    with transaction():
        rep = make_user(REP)
    assert days.cart().route == "call"
    return Desk(days, rep)


def test_a_voicemail_is_followed_by_an_email_in_the_reps_name_a_minute_later(desk: Desk) -> None:
    saved_at = desk.days.now
    call = desk.save("left_voicemail")
    assert call.says.endswith("An email about the voicemail leaves a minute after saving.")
    desk.days.run(59 * SECOND, every=SECOND)
    assert desk.days.sent == []
    desk.days.run(5 * SECOND, every=SECOND)
    assert [(at - saved_at, step) for at, _, step in desk.days.sent] == [(60 * SECOND, "voicemail-1")]
    message = desk.days.message("voicemail-1")
    assert message.signed_by == desk.rep.id
    assert desk.rep.first_name in str(desk.days.sink.accepted[0]["From"])


def test_it_leaves_although_the_next_call_is_planned_and_reminders_wait_for_that(desk: Desk) -> None:
    desk.days.order(102, email="p101@example.com", total_minor=6000)
    desk.save("left_voicemail")
    desk.days.run(2 * HOUR)
    assert [step for step, _ in desk.days.steps()] == ["voicemail-1"]
    assert desk.days.states(102)["reminder-1"] == ("due", "person_held")


def test_a_verdict_that_is_taken_back_within_the_minute_takes_its_email_with_it(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.now += 59 * SECOND
    desk.undo()
    desk.days.run(HOUR, every=timedelta(minutes=5))
    assert desk.days.sent == []
    assert desk.days.states() == {"voicemail-1": ("cancelled", "taken_back")}


def test_a_verdict_saved_anew_after_that_has_its_email_again(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.now += SECOND
    desk.undo()
    with transaction():
        form = OutcomeForm(key=key_of(desk.task(), desk.rep), outcome="left_voicemail")
        calling.wrap_up(desk.task().id, desk.rep, form, vault=VAULT, now=desk.days.now)
    desk.days.run(HOUR, every=timedelta(minutes=5))
    assert [step for step, _ in desk.days.steps()] == ["voicemail-1"]


def test_an_email_that_has_left_is_not_pretended_to_be_called_back(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.run(timedelta(minutes=2), every=timedelta(minutes=1))
    desk.undo()
    subject = desk.days.message("voicemail-1").subject
    says = f"Rep took back: left voicemail. The email “{subject}” has left and cannot be called back."
    assert desk.days.told()[-1].endswith(says.removeprefix("Rep"))


def test_one_voicemail_email_is_enough_for_a_cart(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.run(25 * HOUR)
    call = desk.save("left_voicemail")
    desk.days.run(25 * HOUR)
    assert "An email" not in call.says
    assert [step for step, _ in desk.days.steps()] == ["voicemail-1"]


def test_after_the_last_unanswered_call_one_email_says_so(desk: Desk) -> None:
    for _ in range(3):
        call = desk.save("no_answer")
        assert ("One email says that you tried" in call.says) == (call.next_at is None)
        desk.days.run(25 * HOUR)
    assert [step for step, _ in desk.days.steps()] == ["tried-1"]
    desk.days.run(timedelta(days=3))
    assert len(desk.days.sent) == 1


def test_a_promised_pay_link_leaves_at_once_whatever_was_sent_before(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.run(2 * HOUR)
    call = desk.save("link_sent")
    assert call.says.endswith("The pay link leaves by email a minute after saving.")
    desk.days.run(timedelta(minutes=3), every=timedelta(minutes=1))
    assert [step for step, _ in desk.days.steps()] == ["voicemail-1", f"pay-link-{call.id}"]


def test_each_call_that_promises_the_link_sends_it(desk: Desk) -> None:
    first = desk.save("link_sent")
    desk.days.run(HOUR)
    second = desk.save("link_sent")
    desk.days.run(HOUR)
    assert [step for step, _ in desk.days.steps()] == [f"pay-link-{first.id}", f"pay-link-{second.id}"]


def test_whoever_pays_meanwhile_gets_no_pay_link(desk: Desk) -> None:
    desk.save("link_sent")
    desk.days.shop.change(101, **PAID, paid_at=desk.days.now)
    desk.days.run(HOUR)
    assert desk.days.sent == []
    assert {state for state, _ in desk.days.states().values()} == {"cancelled"}


def test_a_payment_that_a_poll_sees_stops_what_follows_the_call_too(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.order(101, **PAID, paid_at=desk.days.now)
    assert desk.days.states() == {"voicemail-1": ("cancelled", "paid")}


@pytest.mark.parametrize("outcome", ["left_voicemail", "link_sent"])
def test_nobody_is_written_to_after_a_call_who_asked_for_no_emails(desk: Desk, outcome: str) -> None:
    with transaction():
        opt_out(desk.days.store_id, "email", "p101@example.com", source="reply", vault=VAULT, now=desk.days.now)
    call = desk.save(outcome)
    desk.days.run(HOUR)
    assert desk.days.sent == []
    assert desk.days.states() == {}
    assert ("The link is not sent by email. This customer asked not to be written to." in call.says) == (
        outcome == "link_sent"
    )


def test_a_no_that_comes_within_the_minute_counts(desk: Desk) -> None:
    desk.save("left_voicemail")
    with transaction():
        opt_out(desk.days.store_id, "email", "p101@example.com", source="reply", vault=VAULT, now=desk.days.now)
    desk.days.run(HOUR)
    assert desk.days.sent == []
    assert desk.days.states() == {"voicemail-1": ("cancelled", "opted_out")}


def test_do_not_call_and_write_stops_the_email_of_the_call_before(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.now += 30 * SECOND
    desk.save("do_not_call", confirmed=True, scope="all")
    desk.days.run(HOUR)
    assert desk.days.sent == []
    assert desk.days.states() == {"voicemail-1": ("cancelled", "opted_out")}


def test_without_an_address_no_email_is_promised(desk: Desk) -> None:
    desk.days.order(101, email="")
    call = desk.save("link_sent")
    assert call.says.endswith("The link is not sent by email. There is no email address to write to.")


def test_the_owner_can_switch_these_emails_off_but_not_a_link_that_was_asked_for(desk: Desk) -> None:
    with transaction():
        put(desk.days.store_id, "outreach.after_calls", "off", by="test", now=desk.days.now)
    call = desk.save("left_voicemail")
    assert "An email" not in call.says
    desk.days.run(25 * HOUR)
    link = desk.save("link_sent")
    desk.days.run(HOUR)
    assert [step for step, _ in desk.days.steps()] == [f"pay-link-{link.id}"]


def test_what_could_not_leave_within_a_day_is_dropped(desk: Desk) -> None:
    desk.save("left_voicemail")
    desk.days.now += timedelta(days=2)
    desk.days.work()
    assert desk.days.sent == []
    assert desk.days.states() == {"voicemail-1": ("cancelled", "too_late")}
