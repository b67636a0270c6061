"""One call as a browser works it: ringing, the heartbeat, saving, and the next card in the same answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from sidecar import accounts
from sidecar.accounts import User
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.recovery.orders.settling import settle_cart
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.calls.counting import counted
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, an_order, make_store, make_user
from tests.shop import Shop

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, when everybody may be called."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop(app: Flask) -> Shop:
    """The store behind the queue, as the gateways reach it."""
    found = Shop()
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=found)
    return found


@pytest.fixture
def store(shop: Shop) -> Store:
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


@pytest.fixture
def rep(visit, store: Store):
    return visit("rep", REP)


@pytest.fixture
def sam(rep) -> User:
    found = accounts.find_user_by_email(REP)
    assert found
    return found


@pytest.fixture
def task(store: Store, shop: Shop, sam: User) -> CallTask:
    """Dana's cart, claimed by Sam, with its order in the shop; Jo's stands behind it."""
    with transaction():
        found = a_ready_task(store, 0, goods_minor=90000, total_minor=99000)
        a_ready_task(store, 1)
        queue.claim(found.id, sam, now=NOW)
    person = found.contact
    shop.put(
        an_order(1000, first_name=person.first_name, last_name=person.last_name, email=person.email,
                 phone=person.phone, total_minor=99000, shipping_minor=7000, tax_minor=2000)
    )  # fmt: skip
    return found


def a_form(task: CallTask, sam: User, outcome: str, **more: str) -> dict[str, str]:
    """What the outcome form sends."""
    return {"key": key_of(session().get_one(CallTask, task.id), sam), "outcome": outcome, **more}


def test_save_and_next_brings_the_next_card(task: CallTask, rep, sam: User) -> None:
    answer = rep.post(f"/calls/{task.id}/save", data=a_form(task, sam, "no_answer"), headers=HTMX)

    assert answer.status_code == 200
    assert 'data-said="Saved. Next: Jo Number 1, $430."' in answer.text
    assert re.search(r"Saved <b>No answer</b> for Dana Number 0", answer.text)
    assert "<title>Jo Number 1 – Ringback</title>" in answer.text
    assert session().get_one(CallTask, task.id).state == "waiting"


def test_without_script_saving_leads_back_to_the_queue_with_the_next_card(task: CallTask, rep, sam: User) -> None:
    answer = rep.post(f"/calls/{task.id}/save", data=a_form(task, sam, "no_answer"))
    page = rep.get(answer.location).text

    assert answer.status_code == 303
    assert "Saved. Next: Jo Number 1, $430." in page
    assert 'action="/calls/2/save"' in page


def test_saving_twice_is_one_call_and_keeps_the_next_card(task: CallTask, rep, sam: User) -> None:
    form = a_form(task, sam, "no_answer")

    first = rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX)
    again = rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX)

    assert (first.status_code, again.status_code) == (200, 200)
    assert "Jo Number 1" in again.text
    assert session().scalar(select(func.count()).select_from(Call)) == 1


def test_save_and_next_asks_the_database_twelve_times_at_most_however_long_the_queue(
    task: CallTask, store: Store, rep, sam: User
) -> None:
    with transaction():
        for number in range(2, 60):
            a_ready_task(store, number)
    form = a_form(task, sam, "no_answer", note="out", reason="extra_costs")

    with counted() as asked:
        assert rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX).status_code == 200

    assert len(asked.statements) <= 12, [statement for statement, _ in asked.statements]
    assert asked.writing <= 2


def test_save_and_pause_takes_no_next_card(task: CallTask, rep, sam: User) -> None:
    answer = rep.post(f"/calls/{task.id}/save", data=a_form(task, sam, "no_answer", pause="1"), headers=HTMX)

    assert "You are on a break" in answer.text
    assert session().scalars(select(CallTask.state).order_by(CallTask.id)).all() == ["waiting", "ready"]


def test_what_is_missing_is_asked_for_and_what_was_typed_is_kept(task: CallTask, rep, sam: User) -> None:
    form = a_form(task, sam, "not_interested", note="Too <dear>")

    answer = rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX)

    assert answer.status_code == 422
    assert "Tick what got in the way, at least one." in answer.text
    assert "Too &lt;dear&gt;</textarea>" in answer.text
    assert re.search(r'value="not_interested"[^>]* checked', answer.text)


def test_a_stale_form_says_what_the_other_did_and_keeps_the_note(task: CallTask, rep, sam: User) -> None:
    form = a_form(task, sam, "no_answer", note="She hung up.")
    with transaction():
        ana = make_user(OTHER_REP, now=NOW)
        stolen = session().get_one(CallTask, task.id)
        stolen.claimed_by_id, stolen.claimed_at = ana.id, NOW + timedelta(seconds=1)

    stale = rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX)
    kept = rep.post(f"/calls/{task.id}/late", data=form, headers=HTMX)

    assert stale.status_code == 409
    assert "Ana has Dana Number 0 now." in stale.text
    assert "She hung up.</textarea>" in stale.text
    assert kept.status_code == 200
    assert "Jo Number 1" in kept.text
    assert not session().scalars(select(Call)).one().counted


def test_call_reads_the_order_anew_and_then_gives_out_the_number(task: CallTask, shop: Shop, rep) -> None:
    answer = rep.post(f"/calls/{task.id}/dial", headers=HTMX)

    assert answer.status_code == 200
    assert 'href="tel:+12125551000"' in answer.text
    assert "outcome-form" not in answer.text.replace('form="outcome-form"', "")
    assert shop.asked == 1
    assert session().get_one(CallTask, task.id).state == "in_call"


def test_call_is_refused_when_the_order_was_paid_meanwhile(task: CallTask, shop: Shop, rep) -> None:
    shop.change(1000, status="processing", paid_at=NOW - timedelta(minutes=2))

    answer = rep.post(f"/calls/{task.id}/dial", headers=HTMX)

    assert answer.status_code == 409
    assert "Paid 2 min ago, no call needed." in answer.text
    assert "tel:" not in answer.text
    assert "Take the next cart" in answer.text


def test_call_is_refused_while_the_store_does_not_answer(task: CallTask, shop: Shop, rep) -> None:
    shop.broken = GatewayError("It took longer than 30 s.", code="timeout")

    answer = rep.post(f"/calls/{task.id}/dial", headers=HTMX)

    assert answer.status_code == 409
    assert "The store does not answer: It took longer than 30 s. Don&#39;t call on old news." in answer.text
    assert "tel:" not in answer.text


def test_before_go_live_there_is_no_number_to_press(task: CallTask, store: Store, rep) -> None:
    with transaction():
        store.live_at = None

    page = rep.get("/queue").text
    pressed = rep.post(f"/calls/{task.id}/dial", headers=HTMX)

    assert "Practice: the store is not live. Don&#39;t call yet." in page
    assert "tel:" not in page
    assert "btn-copy-phone" not in page
    assert (pressed.status_code, "tel:" in pressed.text) == (409, False)


def test_the_heartbeat_keeps_the_card_and_leaves_the_form_alone(task: CallTask, shop: Shop, rep) -> None:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        answer = rep.post(f"/calls/{task.id}/beat", headers=HTMX)

    assert answer.text.lstrip().startswith('<div class="card__status')
    assert "outcome-form" not in answer.text
    assert session().get_one(CallTask, task.id).lease_until == NOW + timedelta(minutes=15)
    assert shop.asked == 1


def test_the_heartbeat_says_when_no_call_is_needed_any_more(task: CallTask, shop: Shop, rep) -> None:
    shop.change(1000, status="completed", paid_at=NOW)

    answer = rep.post(f"/calls/{task.id}/beat", headers=HTMX)

    assert answer.headers["HX-Retarget"] == "#card"
    assert "Paid just now, no call needed." in answer.text
    assert "outcome-form" not in answer.text


def test_a_made_call_must_be_finished_even_after_signing_in_again(task: CallTask, rep, visit) -> None:
    rep.post(f"/calls/{task.id}/dial", headers=HTMX)
    rep.post(f"/calls/{task.id}/end", headers=HTMX)

    page = visit("rep", REP).get("/queue").text

    assert "<title>Finish the call with Dana Number 0 – Ringback</title>" in page
    assert 'data-testid="wrapup-forced"' in page


def test_undo_brings_the_card_back_with_the_form_as_it_was(task: CallTask, rep, sam: User) -> None:
    rep.post(f"/calls/{task.id}/save", data=a_form(task, sam, "left_voicemail", note="Rang twice."), headers=HTMX)

    answer = rep.post("/queue/undo", headers=HTMX)

    assert "Rang twice.</textarea>" in answer.text
    assert re.search(r'value="left_voicemail"[^>]* checked', answer.text)
    assert session().get_one(CallTask, task.id).state == "claimed"


def test_a_settled_cart_says_so_instead_of_asking_for_a_call(task: CallTask, rep) -> None:
    with transaction():
        cart = session().get_one(CallTask, task.id).cart
        settle_cart(cart, "closed", "cancelled_by_shop", "The shop cancelled the order.", now=NOW)

    page = rep.get(f"/calls/{task.id}").text

    assert "No call needed. The shop cancelled the order." in page
    assert "btn-call" not in page
