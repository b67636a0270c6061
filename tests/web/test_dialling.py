"""Whether the Call button gives out a number when the order has moved on since the call was planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar import accounts
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart, Quarantine
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.ports import OrderPage, OrderQuery, SkippedOrder, StoreLink, StoreReader
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, VAULT, an_order, make_contact, make_store
from tests.shop import Shop

HTMX = {"HX-Request": "true"}
NUMBER = "tel:"


class _Spoiling(Shop):
    """A shop in which a plugin spoils the records of the orders named in `spoilt`."""

    spoilt: frozenset[int] = frozenset()

    def open(self, link: StoreLink) -> StoreReader:
        reader: Any = super().open(link)
        whole = reader.orders

        def orders(query: OrderQuery) -> OrderPage:
            page = whole(query)
            bad = tuple(SkippedOrder(one, "The order has no total.") for one in query.include if one in self.spoilt)
            good = tuple(order for order in page.orders if order.order_id not in self.spoilt)
            return replace(page, orders=good, skipped=bad)

        reader.orders = orders
        return reader


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, when everybody there may be called."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop(app: Flask) -> _Spoiling:
    found = _Spoiling()
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=found, vault=VAULT)
    return found


@pytest.fixture
def store(shop: Shop) -> Store:
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


@pytest.fixture
def rep(visit, store: Store):
    return visit("rep", REP)


@pytest.fixture
def task(store: Store, shop: Shop, rep) -> CallTask:
    """Dana's cart, claimed by Sam, with its order in the shop."""
    sam = accounts.find_user_by_email(REP)
    assert sam
    with transaction():
        found = a_ready_task(store, 0)
        queue.claim(found.id, sam, now=NOW)
    dana = found.contact
    shop.put(an_order(1000, email=dana.email, phone=dana.phone, first_name=dana.first_name, last_name=dana.last_name))
    return found


def dial(rep, task: CallTask):
    return rep.post(f"/calls/{task.id}/dial", headers=HTMX)


def test_call_is_given_out_while_nothing_has_changed(task: CallTask, rep) -> None:
    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": "on-hold"}, "on hold"),
        ({"status": "awaiting-quote"}, "has no meaning yet"),
        ({"paid_at": NOW - timedelta(days=1)}, "paid once"),
        ({"total_minor": 0, "shipping_minor": 0, "tax_minor": 0}, "nothing to pay"),
        ({"phone": ""}, "no phone number"),
        ({"phone": "12345"}, "cannot be dialled"),
    ],
)
def test_call_is_refused_when_the_order_no_longer_asks_for_one(
    task: CallTask, store: Store, shop: Shop, rep, changes: dict[str, Any], says: str
) -> None:
    with transaction():
        store.statuses = [*store.statuses, "awaiting-quote"]
    shop.change(1000, **changes)

    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (409, False)
    assert says in answer.text


def test_orders_on_hold_are_called_about_where_the_owner_says_so(task: CallTask, store: Store, shop: Shop, rep) -> None:
    with transaction():
        session().add(Setting(store_id=store.id, name="carts.on_hold", value="on", set_at=NOW, set_by="test"))
    shop.change(1000, status="on-hold")

    assert dial(rep, task).status_code == 200


def test_call_is_refused_for_a_cart_that_looks_like_a_bots(task: CallTask, rep) -> None:
    with transaction():
        session().add(Quarantine(cart_id=task.cart_id, found_at=NOW, why="Looks like card testing."))

    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (409, False)
    assert "Looks like card testing." in answer.text


def test_call_is_refused_when_the_orders_record_cannot_be_used(task: CallTask, shop: _Spoiling, rep) -> None:
    shop.spoilt = frozenset({1000})

    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (409, False)


def test_the_call_hours_are_those_of_the_number_as_it_is_now(task: CallTask, shop: Shop, rep) -> None:
    """08:00 in Honolulu."""
    shop.change(1000, phone="(808) 555-0123")

    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (409, False)


def test_what_the_person_now_behind_the_order_said_counts(task: CallTask, store: Store, shop: Shop, rep) -> None:
    with transaction():
        make_contact(store, email="jo@example.com", phone="(212) 555-0777", phone_e164="+12125550777")
        opt_out(store.id, "calls", "+12125550777", source="call", vault=VAULT, now=NOW)
    shop.change(1000, email="jo@example.com", phone="(212) 555-0888")

    answer = dial(rep, task)

    assert (answer.status_code, NUMBER in answer.text) == (409, False)
    assert session().scalar(select(Cart.email)) == "jo@example.com"


def test_the_number_is_copied_only_after_the_order_was_read_anew(task: CallTask, shop: Shop, rep) -> None:
    page = rep.get("/queue").text
    assert 'data-copy="+12125551000"' not in page
    assert 'form="dial-form"' in page  # Copy number presses Call

    assert 'data-copy="+12125551000"' in dial(rep, task).text


def test_a_time_that_no_calendar_has_is_asked_for_again(task: CallTask, rep) -> None:
    sam = accounts.find_user_by_email(REP)
    assert sam
    key = key_of(session().get_one(CallTask, task.id), sam)
    form = {"key": key, "outcome": "callback", "when": "0001-01-01T00:00:00+14:00"}

    answer = rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX)

    assert answer.status_code == 422
