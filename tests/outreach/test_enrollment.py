"""A cart's run through a sequence is planned once, moves while it can, and stops with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequences import enrollment
from sidecar.settings import Settings
from sidecar.stores.connection import Store
from tests.cast import OWNER, REP
from tests.factories import NOW, make_cart, make_contact, make_store, make_user

LEFT = timedelta(minutes=20)
HOUR = timedelta(hours=1)


@pytest.fixture
def cart(app: Flask) -> Cart:
    with transaction():
        store = make_store()
        cart = make_cart(store, make_contact(store), age=LEFT)
        other = make_cart(store, make_contact(store, email="noise@example.com", phone_e164=""), 999, age=LEFT)
        enrollment.enroll(other, "reminder", settings=Settings(), now=NOW)
    return cart


def enroll(cart: Cart, sequence: str = "reminder", *, now: datetime = NOW, **settings: str) -> None:
    named = {name.replace("__", "."): text for name, text in settings.items()}
    with transaction():
        enrollment.enroll(cart, sequence, settings=Settings(named), now=now)


def messages(cart: Cart) -> list[Message]:
    query = select(Message).where(Message.cart_id == cart.id).order_by(Message.step)
    return list(session().scalars(query.execution_options(populate_existing=True)))


def states(cart: Cart) -> dict[str, tuple[str, str | None]]:
    return {message.step: (message.state, message.reason) for message in messages(cart)}


def test_three_emails_are_planned_45_minutes_24_and_72_hours_after_the_customer_left(cart: Cart) -> None:
    enroll(cart)
    left = NOW - LEFT
    assert [(m.step, m.due_at - left, m.not_after_at - left) for m in messages(cart)] == [
        ("reminder-1", timedelta(minutes=45), timedelta(days=7)),
        ("reminder-2", 24 * HOUR, timedelta(days=7)),
        ("reminder-3", 72 * HOUR, timedelta(days=7)),
    ]
    assert {(m.state, m.channel, m.to) for m in messages(cart)} == {("planned", "email", "dana@example.com")}
    assert messages(cart)[1].reason_words == "Email 2 of 3 about this cart. It is written when its time comes."
    told = "3 emails are planned. They leave 45 minutes, 24 hours and 3 days after the customer left."
    assert [one.text for one in story(cart.id)] == [told]


def test_the_next_one_to_leave_is_the_newest_of_a_plan(cart: Cart) -> None:
    enroll(cart)
    assert [m.step for m in sorted(messages(cart), key=lambda m: -m.id)] == ["reminder-1", "reminder-2", "reminder-3"]


def test_enrolling_twice_plans_and_tells_nothing_twice(cart: Cart) -> None:
    enroll(cart)
    enroll(cart)
    assert len(messages(cart)) == 3
    assert len(story(cart.id)) == 1


@pytest.mark.parametrize(("steps", "planned"), [("1", 1), ("2", 2), ("3", 3)])
def test_no_more_emails_are_planned_than_the_owner_allows(cart: Cart, steps: str, planned: int) -> None:
    enroll(cart)
    enroll(cart, outreach__steps=steps)
    found = list(states(cart).values())
    assert found == [("planned", "in_sequence")] * planned + [("cancelled", "switched_off")] * (3 - planned)


def test_no_steps_means_no_messages(cart: Cart) -> None:
    enroll(cart)
    enroll(cart, outreach__steps="0")
    assert set(states(cart).values()) == {("cancelled", "switched_off")}


def test_changed_timing_moves_what_is_only_planned_or_due(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        messages(cart)[0].state = "due"
    enroll(cart, outreach__first_after="2h", outreach__second_after="30h")
    assert {m.state for m in messages(cart)} == {"planned"}
    assert [m.due_at - (NOW - LEFT) for m in messages(cart)] == [2 * HOUR, 30 * HOUR, 72 * HOUR]


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "unknown", "review"])
def test_what_has_begun_to_leave_is_not_touched(cart: Cart, state: str) -> None:
    enroll(cart)
    with transaction():
        message = messages(cart)[0]
        message.state, message.data_started_at, due = state, NOW, message.due_at
    enroll(cart, outreach__first_after="2h")
    with transaction():
        assert enrollment.stop(cart.id, "paid", now=NOW) == 2
    message = messages(cart)[0]
    assert (message.state, message.due_at) == (state, due)


def test_a_stop_cancels_with_its_reason_and_a_later_enrolment_revives(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        assert enrollment.stop(cart.id, "paid", now=NOW) == 3
        assert enrollment.stop(cart.id, "paid", now=NOW) == 0
    assert set(states(cart).values()) == {("cancelled", "paid")}
    stopped = session().scalars(select(Enrollment).where(Enrollment.cart_id == cart.id)).one()
    assert (stopped.stopped_at, stopped.stopped_reason) == (NOW, "paid")
    assert story(cart.id)[0].text == "3 planned emails were cancelled. The order was paid."
    enroll(cart)
    assert set(states(cart).values()) == {("planned", "in_sequence")}
    assert stopped.stopped_at is None


def test_a_reply_ends_the_sequence_for_good(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        enrollment.stop(cart.id, "replied", now=NOW)
    enroll(cart)
    assert set(states(cart).values()) == {("cancelled", "replied")}
    assert story(cart.id)[0].text == "3 planned emails were cancelled. The customer replied. A person answers."


def test_a_reason_in_words_is_kept_in_words(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        enrollment.stop(cart.id, "The shop cancelled the order.", now=NOW)
    assert {(m.reason, m.reason_words) for m in messages(cart)} == {("closed", "The shop cancelled the order.")}


def test_another_sequence_takes_the_place_of_the_first(cart: Cart) -> None:
    enroll(cart)
    enroll(cart, "personal")
    assert states(cart) == {
        "personal-1": ("planned", "in_sequence"),
        "reminder-1": ("cancelled", "rerouted"),
        "reminder-2": ("cancelled", "rerouted"),
        "reminder-3": ("cancelled", "rerouted"),
    }


def test_personal_mail_is_signed_by_the_longest_serving_rep(cart: Cart) -> None:
    with transaction():
        make_user(OWNER, "owner")
        rep = make_user(REP)
        make_user("later@example.com")
    enroll(cart, "personal")
    assert [m.signed_by for m in messages(cart)] == [rep.id]


def test_reminders_are_signed_by_nobody(cart: Cart) -> None:
    with transaction():
        make_user(REP)
    enroll(cart)
    assert {m.signed_by for m in messages(cart)} == {None}


def test_a_cart_left_more_than_seven_days_ago_is_too_late_from_the_start(cart: Cart) -> None:
    enroll(cart, now=NOW + timedelta(days=8))
    assert set(states(cart).values()) == {("cancelled", "too_late")}
    assert story(cart.id) == []


def test_a_cart_that_is_decided_late_gets_the_latest_email_whose_time_has_come_and_no_earlier_one(cart: Cart) -> None:
    enroll(cart, now=NOW + 30 * HOUR)
    assert states(cart) == {"reminder-2": ("planned", "in_sequence"), "reminder-3": ("planned", "in_sequence")}
    told = "2 emails are planned. They leave 24 hours and 3 days after the customer left."
    assert [one.text for one in story(cart.id)] == [told]


def test_an_email_that_was_planned_is_overtaken_when_the_cart_is_decided_anew_much_later(cart: Cart) -> None:
    enroll(cart)
    enroll(cart, now=NOW + 30 * HOUR)
    assert states(cart)["reminder-1"] == ("cancelled", "overtaken")
    enroll(cart, now=NOW + 31 * HOUR)
    assert states(cart)["reminder-1"] == ("cancelled", "overtaken")


def test_stopping_one_cart_leaves_others_alone(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        enrollment.stop(cart.id, "paid", now=NOW)
    others = select(Message.state).where(Message.cart_id != cart.id)
    assert set(session().scalars(others)) == {"planned"}


def test_stopping_a_person_stops_every_cart_of_theirs_and_nobody_elses(cart: Cart) -> None:
    enroll(cart)
    with transaction():
        store = session().get_one(Store, cart.store_id)
        assert cart.contact is not None
        second = make_cart(store, cart.contact, 102, age=LEFT)
        enrollment.enroll(second, "reminder", settings=Settings(), now=NOW)
        assert enrollment.stop_person(cart.contact.id, "opted_out", now=NOW) == 6
    assert {message.state for message in (*messages(cart), *messages(second))} == {"cancelled"}
    others = select(Message.state).where(Message.cart_id.not_in([cart.id, second.id]))
    assert set(session().scalars(others)) == {"planned"}
