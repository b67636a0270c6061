"""Messages become due, are written, and are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.db import session, transaction
from sidecar.outreach.delivery import outbox, queries
from sidecar.outreach.message import Message
from sidecar.stores.connection import Store
from tests.factories import NOW, make_store, make_user
from tests.outreach.making import make_message, make_person, message_of


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store(live_at=NOW)


def fill(now=NOW, **more: int) -> int:
    with transaction():
        return outbox.fill(now=now, **more)


def test_a_message_is_written_when_its_time_has_come_and_not_before(store: Store):
    with transaction():
        make_message(store, make_person(store, 1), 101, age=timedelta(minutes=20), written=False)
    assert fill() == 0
    assert message_of(101).html == ""
    assert fill(NOW + timedelta(minutes=25)) == 1
    message = message_of(101)
    assert (message.state, message.reason, message.subject) == ("due", None, "Your Aurora Audio cart is saved")
    assert message.composed_of == message.cart.content_hash
    assert fill(NOW + timedelta(minutes=26)) == 0


def test_a_cart_with_nothing_in_it_is_not_written_about_and_stops_no_other(store: Store):
    with transaction():
        empty = make_message(store, make_person(store, 1), 101, written=False)
        empty.cart.lines = []
        nobody = make_message(store, make_person(store, 2), 102, written=False)
        nobody.cart.email = ""
        make_message(store, make_person(store, 3), 103, written=False)
    assert fill() == 3
    assert [(message_of(n).state, message_of(n).reason) for n in (101, 102, 103)] == [
        ("cancelled", "emptied"),
        ("failed", "no_address"),
        ("due", None),
    ]


def test_the_longest_serving_rep_signs_personal_mail(store: Store):
    with transaction():
        make_user("olive@example.com", "owner")
        make_user("sam@example.com", "rep")
        make_user("ana@example.com", "rep")
        message = make_message(store, make_person(store, 1), 101, sequence="personal")
    assert message.sender_name == "Sam from Aurora Audio"
    assert "This is Sam from Aurora Audio." in message.text


def test_only_as_many_are_written_at_once_as_asked(store: Store):
    with transaction():
        for number in range(5):
            make_message(store, make_person(store, number), 100 + number, written=False)
    assert fill(limit=2) == 2
    assert fill(limit=10) == 3


def test_the_listing_has_exactly_the_agreed_keys_newest_first(store: Store):
    with transaction():
        make_message(store, make_person(store, 1), 101)
        make_message(store, make_person(store, 2), 102, state="sent", sent_at=NOW, provider_id="x@y")
    rows = list(queries.listing())
    assert [row["order_id"] for row in rows] == [102, 101]
    assert rows[1] == {
        "order_id": 101,
        "channel": "email",
        "step": "reminder-1",
        "to": "p1@example.com",
        "subject": "Your Aurora Audio cart is saved",
        "state": "due",
        "reason": None,
        "due_at": NOW - timedelta(minutes=15),
        "sent_at": None,
        "provider_id": None,
    }


def test_other_stores_messages_are_not_shown(store: Store):
    with transaction():
        other = make_store(url="https://other.example.com")
        make_message(other, make_person(other, 1), 101)
    assert queries.page(store.id, "all").messages == []
    assert queries.counts(store.id)["all"] == 0
    assert len(session().scalars(select(Message)).all()) == 1
