"""A cart's run through a sequence is planned once, moves while it can, and stops with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.outreach import enrollment
from sidecar.outreach.message import Enrollment, Message
from sidecar.settings import Settings
from sidecar.stores.connection import Store
from tests.factories import NOW, make_cart, make_contact, make_store

LEFT = timedelta(minutes=20)


@pytest.fixture
def cart(app: Flask) -> Cart:
    with transaction():
        store = make_store()
        cart = make_cart(store, make_contact(store), age=LEFT)
        other = make_cart(store, make_contact(store, email="noise@example.com", phone_e164=""), 999, age=LEFT)
        enrollment.enroll(other, "reminder", store=store, settings=Settings(), now=NOW)
    return cart


def enroll(cart: Cart, sequence: str = "reminder", *, now=NOW, **settings: str) -> None:
    with transaction():
        store = session().get_one(Store, cart.store_id)
        enrollment.enroll(cart, sequence, store=store, settings=Settings(settings), now=now)


def messages(cart: Cart) -> list[Message]:
    query = select(Message).where(Message.cart_id == cart.id).order_by(Message.id)
    return list(session().scalars(query.execution_options(populate_existing=True)))


def test_enrolling_twice_plans_one_message(cart: Cart):
    enroll(cart)
    enroll(cart)
    (message,) = messages(cart)
    assert (message.state, message.step, message.channel, message.to) == (
        "planned",
        "reminder-1",
        "email",
        "dana@example.com",
    )
    assert message.due_at == NOW - LEFT + timedelta(minutes=45)
    assert message.not_after_at == NOW - LEFT + timedelta(days=7)


def test_changed_timing_moves_what_is_only_planned_or_due(cart: Cart):
    enroll(cart)
    with transaction():
        messages(cart)[0].state = "due"
    enroll(cart, **{"outreach.first_after": "2h"})
    (message,) = messages(cart)
    assert message.state == "planned"
    assert message.due_at == NOW - LEFT + timedelta(hours=2)


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "unknown", "review"])
def test_what_has_begun_to_leave_is_not_touched(cart: Cart, state: str):
    enroll(cart)
    with transaction():
        message = messages(cart)[0]
        message.state, message.data_started_at, due = state, NOW, message.due_at
    enroll(cart, **{"outreach.first_after": "2h"})
    with transaction():
        assert enrollment.stop(cart.id, "paid", now=NOW) == 0
    (message,) = messages(cart)
    assert (message.state, message.due_at) == (state, due)


def test_a_stop_cancels_with_its_reason_and_a_later_enrolment_revives(cart: Cart):
    enroll(cart)
    with transaction():
        assert enrollment.stop(cart.id, "paid", now=NOW) == 1
    assert [(m.state, m.reason) for m in messages(cart)] == [("cancelled", "paid")]
    stopped = session().scalars(select(Enrollment).where(Enrollment.cart_id == cart.id)).one()
    assert (stopped.stopped_at, stopped.stopped_reason) == (NOW, "paid")
    enroll(cart)
    assert [(m.state, m.reason) for m in messages(cart)] == [("planned", None)]
    assert stopped.stopped_at is None


def test_a_reason_in_words_is_kept_in_words(cart: Cart):
    enroll(cart)
    with transaction():
        enrollment.stop(cart.id, "The shop cancelled the order.", now=NOW)
    (message,) = messages(cart)
    assert (message.reason, message.reason_words) == ("closed", "The shop cancelled the order.")


def test_another_sequence_takes_the_place_of_the_first(cart: Cart):
    enroll(cart)
    enroll(cart, "personal")
    assert [(m.step, m.state, m.reason) for m in messages(cart)] == [
        ("reminder-1", "cancelled", "rerouted"),
        ("personal-1", "planned", None),
    ]


def test_no_steps_means_no_messages(cart: Cart):
    enroll(cart)
    enroll(cart, **{"outreach.steps": "0"})
    assert [(m.state, m.reason) for m in messages(cart)] == [("cancelled", "switched_off")]


def test_a_cart_left_more_than_seven_days_ago_is_too_late_from_the_start(cart: Cart):
    enroll(cart, now=NOW + timedelta(days=8))
    assert [(m.state, m.reason) for m in messages(cart)] == [("cancelled", "too_late")]


def test_stopping_one_cart_leaves_others_alone(cart: Cart):
    enroll(cart)
    with transaction():
        enrollment.stop(cart.id, "paid", now=NOW)
    others = select(Message.state).where(Message.cart_id != cart.id)
    assert list(session().scalars(others)) == ["planned"]
