"""What stands around the card: search, strict order, the switch for keys, snippets, and the line with Undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar import accounts, settings
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import CartEvent
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.stores.connection import Store
from sidecar.web import commands
from tests.calls.board import a_person, a_ready_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_cart, make_store, make_user
from tests.shop import Shop

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


def _set(store: Store, name: str, value: str) -> None:
    with transaction():
        settings.put(store.id, name, value, by="test", now=NOW)


def test_search_finds_the_queue_first_and_says_why_others_are_not_in_it(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, make_user(OTHER_REP), now=NOW)
        a_ready_task(store, 1)
        cart = make_cart(store, a_person(store, 5), order_id=77, age=timedelta(minutes=2))
        cart.reason = "Below the threshold."
    rep = visit("rep", REP)

    found = rep.get("/queue/find?q=number", headers=HTMX).text
    by_order = rep.get("/queue/find?q=77", headers=HTMX).text
    by_phone = rep.get("/queue/find?q=2125551001", headers=HTMX).text

    assert found.index("Held by Ana") < found.index("Not in the queue. Below the threshold.")
    assert "In the queue, due now" in found
    assert f'href="/carts/{cart.id}#why-h"' in by_order
    assert "Dana" not in by_order
    assert "Jo Number 1" in by_phone
    assert "Dana" not in by_phone
    assert "Nobody and no order is called that." in rep.get("/queue/find?q=zzz", headers=HTMX).text
    assert rep.get("/queue/find?q=z", headers=HTMX).text.strip() == ""
    assert rep.get("/queue/find?q=77").location == "/carts?q=77"


def test_a_row_chosen_before_its_turn_is_told_and_the_next_one_is_not(store: Store, visit) -> None:
    with transaction():
        first = a_ready_task(store, 0, goods_minor=90000)
        other = a_ready_task(store, 1)
    rep = visit("rep", REP)

    rep.post("/queue/claim", data={"task": first.id})
    rep.post("/queue/claim", data={"task": other.id})

    told = session().execute(select(CartEvent.cart_id, CartEvent.text).where(CartEvent.kind == "claimed")).all()
    assert [tuple(row) for row in told] == [(other.cart_id, "Sam chose it before its turn.")]


def test_in_strict_order_only_the_next_cart_and_own_promises_can_be_had(store: Store, visit) -> None:
    with transaction():
        first = a_ready_task(store, 0, goods_minor=90000)
        other = a_ready_task(store, 1)
    _set(store, "calls.strict_order", "on")
    rep = visit("rep", REP)

    refused = rep.post("/queue/claim", data={"task": other.id}, headers=HTMX)
    assert refused.status_code == 409
    assert "The owner set a strict order." in refused.text
    with transaction():
        sam = accounts.find_user_by_email(REP)
        assert sam is not None
        session().get_one(CallTask, other.id).for_user_id = sam.id
    assert rep.post("/queue/claim", data={"task": first.id}, headers=HTMX).status_code == 200
    assert rep.post("/queue/claim", data={"task": other.id}, headers=HTMX).status_code == 200


def test_single_keys_are_switched_off_from_the_sheet_that_lists_them(store: Store, visit) -> None:
    rep = visit("rep", REP)
    page = rep.get("/queue").text

    off = rep.post("/queue/shortcuts", data={"shortcuts": "off"}, headers=HTMX).text

    assert 'data-shortcuts="on"' in page
    assert 'data-shortcuts="off"' in off
    assert "Switch single keys on" in off
    assert 'data-shortcuts="off"' in rep.get("/queue").text
    assert rep.post("/queue/shortcuts", data={"shortcuts": "on"}).location == "/queue"
    assert 'data-shortcuts="on"' in rep.get("/queue").text


def test_every_key_does_one_thing_and_every_outcome_is_a_command() -> None:
    keys = [key for command in commands.commands() for key in command.keys]

    assert len(keys) == len(set(keys))
    names = {command.name for command in commands.commands()}
    assert {f"outcome-{code}" for code in DISPOSITIONS} <= names
    assert commands.caps("save-pause") == ["Ctrl", "Shift", "Enter"]


def test_snippets_are_filled_in_the_customers_language(store: Store, visit) -> None:
    _set(store, "calls.snippets", "Link: Hi {first_name}, {rep} here.\nde Link: Hallo {first_name}.\nPay: {pay_link}")
    with transaction():
        task = a_ready_task(store, 0)
        task.cart.payment_url = ""
    rep = visit("rep", REP)
    card = rep.post("/queue/next", headers=HTMX).text
    with transaction():
        session().get_one(CallTask, task.id).contact.language = "de_DE"

    assert "Hi Dana, Sam here." in card
    assert '<p class="mini">Pay</p>' not in card, "a sentence with a hole helps nobody"
    assert "Hallo Dana." in rep.get("/queue").text


@pytest.mark.parametrize("text", ["no name", "A: {other_place}", "A: " + "x" * 401])
def test_snippets_that_cannot_be_said_are_refused(store: Store, text: str) -> None:
    with pytest.raises(Refused, match="Snippets"):
        _set(store, "calls.snippets", text)


def test_the_line_with_undo_says_when_the_email_leaves_and_how_long_it_can_be_undone(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    sam = accounts.find_user_by_email(REP)
    claimed = session().get_one(CallTask, task.id).claimed_at
    assert sam is not None
    assert claimed is not None
    key = f"{task.id}-{sam.id}-{int(claimed.timestamp() * 1_000_000)}"
    rep.post(f"/calls/{task.id}/save", data={"key": key, "outcome": "left_voicemail"})

    at_once = rep.get("/queue").text
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        later = rep.get("/queue").text
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        over = rep.get("/queue").text

    mail = session().scalars(select(Call)).one().before.get("mail")
    assert ('data-mail="60"' in at_once) == bool(mail)
    assert 'data-gone="900"' in at_once
    assert 'data-mail="' not in later
    assert 'data-gone="600"' in later
    assert "undo-bar" not in over


def test_the_card_says_by_which_right_the_person_is_called(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)

    card = visit("rep", REP).post("/queue/next", headers=HTMX).text

    assert "May be called: " in card
    assert "started" in card.split("May be called: ")[1].split("</p>")[0].lower()
