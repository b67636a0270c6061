"""A cart's three emails over the days: on time, one at a time, and none after the reason for them has gone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.contacts import silence
from sidecar.db import session, transaction
from sidecar.outreach.delivery import outbox
from sidecar.outreach.sequences import enrollment
from sidecar.recovery.answers import opting_out
from sidecar.recovery.decisions.changing import change_setting
from sidecar.recovery.delivery import sending
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.days import HOUR, MINUTE, Days, live_days

PAID = {"status": "processing", "needs_payment": False}


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def days(app: Flask, sink: MailSink) -> Days:
    """A live store where somebody has just left the checkout."""
    found = live_days(sink)
    found.order()
    return found


def test_three_emails_leave_45_minutes_24_and_72_hours_after_the_customer_left(days: Days) -> None:
    days.run(timedelta(days=8), every=15 * MINUTE)
    assert days.steps() == [("reminder-1", 45 * MINUTE), ("reminder-2", 24 * HOUR), ("reminder-3", 72 * HOUR)]
    assert len(days.sink.accepted) == 3


def test_each_email_says_something_else(days: Days) -> None:
    days.run(timedelta(days=4))
    assert len({mail["Subject"] for mail in days.sink.accepted}) == 3


def test_whoever_pays_hears_no_more(days: Days) -> None:
    days.run(2 * HOUR)
    days.order(101, **PAID, paid_at=days.now)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert days.states()["reminder-2"] == days.states()["reminder-3"] == ("cancelled", "paid")
    assert days.told()[-2:] == ["2 planned emails were cancelled. The order was paid.", "The order was paid."]


def test_whoever_pays_in_the_moment_before_is_not_written_to_though_no_poll_has_seen_it(days: Days) -> None:
    days.run(23 * HOUR)
    days.shop.change(101, **PAID, paid_at=days.now)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1"]


def test_whoever_answers_hears_no_more_from_the_machine(days: Days) -> None:
    days.run(2 * HOUR)
    with transaction():
        enrollment.stop(days.cart().id, "replied", now=days.now)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert days.told()[-1] == "2 planned emails were cancelled. The customer replied. A person answers."


def test_an_answer_that_comes_while_the_next_email_is_under_way_holds_it_back(days: Days) -> None:
    days.run(23 * HOUR)

    def answers() -> None:
        with transaction():
            enrollment.stop(days.cart().id, "replied", now=days.now)

    days.shop.meanwhile = answers
    days.run(2 * HOUR)
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert days.states()["reminder-2"] == ("cancelled", "replied")


def test_an_emptied_cart_is_not_written_about(days: Days) -> None:
    days.run(2 * HOUR)
    days.order(101, lines=(), total_minor=0)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert {state for state, _ in days.states().values()} == {"sent", "cancelled"}


def test_whoever_says_stop_hears_no_more(days: Days) -> None:
    days.run(2 * HOUR)
    with transaction():
        opting_out.stop_emails(days.message("reminder-1"), vault=VAULT, now=days.now)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert days.states()["reminder-2"] == ("cancelled", "opted_out")


def test_whoever_takes_it_back_after_days_gets_the_next_email_and_no_two_at_once(days: Days) -> None:
    days.run(2 * HOUR)
    with transaction():
        opting_out.stop_emails(days.message("reminder-1"), vault=VAULT, now=days.now)
    days.run(78 * HOUR)
    with transaction():
        assert opting_out.take_back(days.message("reminder-1"), vault=VAULT, now=days.now)
    days.run(timedelta(days=8))
    assert days.steps() == [("reminder-1", HOUR), ("reminder-3", 81 * HOUR)]
    assert days.states()["reminder-2"] == ("cancelled", "stale")


def test_an_edited_cart_is_written_about_as_it_is_and_later(days: Days) -> None:
    days.run(20 * HOUR)
    days.order(101, total_minor=12300)
    days.run(10 * HOUR)
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    assert days.states()["reminder-2"] == ("planned", "cart_changed")
    days.run(timedelta(days=8))
    assert days.steps()[1:] == [("reminder-2", 44 * HOUR), ("reminder-3", 92 * HOUR)]
    assert all("$123.00" in mail.get_body(("plain",)).get_content() for mail in days.sink.accepted[1:])  # type: ignore[union-attr]


def test_emails_wait_while_a_rep_has_the_person_and_then_go_on_with_their_distances(days: Days) -> None:
    days.run(2 * HOUR)
    contact_id = days.cart().contact_id or 0
    with transaction():
        silence.hold(contact_id, "task:7", "a call is planned", days.now + timedelta(days=30))
    days.run(28 * HOUR)
    assert days.states()["reminder-2"] == ("due", "person_held")
    with transaction():
        silence.release(contact_id, "task:7")
    days.run(timedelta(days=8))
    assert days.steps() == [("reminder-1", HOUR), ("reminder-2", 31 * HOUR), ("reminder-3", 79 * HOUR)]


def test_what_waited_for_long_leaves_once_and_the_earlier_ones_not_at_all(days: Days) -> None:
    contact_id = days.cart().contact_id or 0
    with transaction():
        silence.hold(contact_id, "task:7", "a call is planned", days.now + timedelta(days=30))
    days.run(50 * HOUR)
    with transaction():
        silence.release(contact_id, "task:7")
    days.run(timedelta(days=8))
    assert days.steps() == [("reminder-2", 51 * HOUR), ("reminder-3", 99 * HOUR)]
    assert days.states()["reminder-1"] == ("cancelled", "overtaken")
    left_out = "Email not sent (first reminder). Its time passed while it waited. The next email takes its place."
    assert left_out in days.told()


def test_one_person_with_two_carts_gets_no_two_emails_within_twelve_hours(days: Days) -> None:
    days.now += 3 * HOUR
    days.order(102, email="p101@example.com")
    days.run(timedelta(days=8))
    moments = sorted(at for at, to, _ in days.sent if to == "p101@example.com")
    assert len(moments) == 4
    assert all(later - earlier >= 12 * HOUR for earlier, later in itertools.pairwise(moments))
    assert ("cancelled", "cap_person") in (*days.states(101).values(), *days.states(102).values())


def test_a_condition_is_asked_again_right_before_the_email_leaves(app: Flask, sink: MailSink) -> None:
    days = live_days(sink, outreach__second_only_if="not opened")
    days.order()
    days.run(23 * HOUR)
    days.now += HOUR
    with transaction():
        sending.fill(now=days.now)
    assert days.states()["reminder-2"] == ("due", None)
    days.now += 30 * MINUTE
    days.click()
    days.now += 2 * HOUR
    days.work()
    assert days.states()["reminder-2"] == ("cancelled", "only_unopened")
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1", "reminder-3"]
    says = "Only for customers who have not opened the pay link, and this one did."
    assert f"Email not sent (second reminder). {says}" in days.told()


def test_a_program_that_opens_links_is_no_customer(app: Flask, sink: MailSink) -> None:
    days = live_days(sink, outreach__second_only_if="not opened")
    days.order()
    days.run(2 * HOUR)
    days.click(by="scanner")
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1", "reminder-2", "reminder-3"]


def test_nobody_is_written_to_in_the_hour_after_they_opened_the_pay_link(days: Days) -> None:
    days.run(23 * HOUR + 30 * MINUTE, every=30 * MINUTE)
    days.click()
    days.run(50 * MINUTE, every=10 * MINUTE)
    assert days.states()["reminder-2"] == ("planned", "at_checkout")
    days.run(HOUR, every=10 * MINUTE)
    assert days.steps()[1:] == [("reminder-2", 24 * HOUR + 30 * MINUTE)]


def test_fewer_emails_are_sent_once_the_owner_wants_fewer(days: Days) -> None:
    days.run(2 * HOUR)
    with transaction():
        change_setting(days.store_id, "outreach.steps", "2", by="test", now=days.now)
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1", "reminder-2"]
    assert days.states()["reminder-3"] == ("cancelled", "switched_off")


def test_what_was_composed_before_a_stop_never_waits_for_nothing(days: Days) -> None:
    """A paused store's message is stopped with its cart, not when the store goes on."""
    with transaction():
        session().get_one(Store, days.store_id).paused_at = days.now
    days.run(2 * HOUR)
    assert days.states()["reminder-1"] == ("due", "paused")
    days.order(101, **PAID, paid_at=days.now)
    assert {state for state, _ in days.states().values()} == {"cancelled"}
    assert outbox.cancel_late(now=NOW + timedelta(days=9)) == 0


def test_a_sequence_that_began_stays_as_it_is_when_the_threshold_changes(days: Days) -> None:
    days.run(2 * HOUR)
    order = days.shop.orders[101]
    days.shop.put(replace(order, phone="(212) 555-0123", modified_at=days.now))
    days.poll()
    days.run(timedelta(days=8))
    assert [step for step, _ in days.steps()] == ["reminder-1", "reminder-2", "reminder-3"]
