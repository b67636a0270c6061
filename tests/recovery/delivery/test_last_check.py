"""The last look before a message leaves, at orders and people that have moved on since it was planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar import clock
from sidecar.carts.cart import Quarantine
from sidecar.carts.queries import find_cart_by_order
from sidecar.contacts import silence
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.factories import VAULT, make_contact
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store, take_in
from tests.shop import Shop

HOUR = timedelta(hours=1)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store whose shop and mail server work, with a message due about order 101."""
    with transaction():
        store = make_live_store()
        store.statuses = [*store.statuses, "awaiting-quote"]
    found = Desk(store.id, Shop(), sink.url)
    found.write(101)
    return found


def cart_of(desk: Desk):
    cart = find_cart_by_order(desk.store_id, 101)
    assert cart is not None
    return cart


@pytest.mark.parametrize("status", ["on-hold", "awaiting-quote"])
def test_an_order_that_now_waits_for_the_shop_is_not_written_about(desk: Desk, sink: MailSink, status: str) -> None:
    desk.shop.change(101, status=status)

    desk.send()

    assert sink.accepted == []


@pytest.mark.parametrize("status", ["on-hold", "awaiting-quote"])
def test_nor_is_one_whose_date_says_that_nothing_is_new(desk: Desk, sink: MailSink, status: str) -> None:
    """Dates lie both ways: what looks older than what we have is not taken in, and still true."""
    before = desk.shop.orders[101].modified_at
    desk.shop.change(101, status=status, modified_at=before - HOUR)

    desk.send()

    assert sink.accepted == []
    assert desk.state(101) == ("cancelled", "rerouted")


def test_a_cart_that_looks_like_a_bots_is_not_written_to(desk: Desk, sink: MailSink) -> None:
    with transaction():
        session().add(Quarantine(cart_id=cart_of(desk).id, found_at=clock.now(), why="Looks like card testing."))

    desk.send()

    assert sink.accepted == []
    assert desk.message(101).reason_words == "Looks like card testing."


def test_what_the_person_now_behind_the_order_said_counts(desk: Desk, sink: MailSink) -> None:
    """The order was Dana's; now it carries Jo's phone, and Jo said no by another address of theirs."""
    now = clock.now()
    with transaction():
        store = session().get_one(Store, desk.store_id)
        make_contact(store, email="jo@example.com", phone="(212) 555-0777", phone_e164="+12125550777")
        opt_out(store.id, "email", "jo@example.com", source="reply", vault=VAULT, now=now)
    desk.shop.change(101, email="jo.new@example.com", phone="(212) 555-0777")
    with transaction():
        take_in(session().get_one(Store, desk.store_id), [desk.shop.orders[101]], now=now)
        cart_of(desk).active_at = now - HOUR

    desk.send()

    assert sink.accepted == []


def test_a_rep_who_has_the_person_now_behind_the_order_is_left_to_them(desk: Desk, sink: MailSink) -> None:
    now = clock.now()
    with transaction():
        store = session().get_one(Store, desk.store_id)
        jo = make_contact(store, email="jo@example.com", phone="(212) 555-0777", phone_e164="+12125550777")
        silence.hold(jo.id, "task:77", "a call is planned", now + HOUR)
    desk.shop.change(101, email="jo.new@example.com", phone="(212) 555-0777")
    with transaction():
        take_in(session().get_one(Store, desk.store_id), [desk.shop.orders[101]], now=now)
        cart_of(desk).active_at = now - HOUR

    desk.send()

    assert sink.accepted == []
    assert desk.state(101) == ("due", "person_held")
