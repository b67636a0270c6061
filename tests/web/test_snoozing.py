"""Putting a cart off until later, with a reason, and taking it up again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar.calls.priority import ranking
from sidecar.calls.priority.facts import facts_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import claims
from sidecar.calls.tasks.ripening import ripen
from sidecar.carts.cart import CartEvent
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, an_order, make_store, make_user
from tests.shop import Shop

HTMX = {"HX-Request": "true"}
IN_AN_HOUR = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


def _form(**changes: str) -> dict[str, str]:
    return {"when": IN_AN_HOUR.isoformat(), "why": "waits", **changes}


def test_a_cart_that_is_put_off_waits_and_the_next_one_comes(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0, goods_minor=90000)
        a_ready_task(store, 1)
    rep = visit("rep", REP)
    rep.post("/queue/next", headers=HTMX)

    answer = rep.post(f"/calls/{task.id}/snooze", data=_form(because="the blue one"), headers=HTMX)

    assert 'data-said="Put off until today at 14:00 in New York. Next: Jo Number 1, $430."' in answer.text
    put_off = session().get_one(CallTask, task.id)
    assert (put_off.state, put_off.due_at, put_off.attempts) == ("waiting", IN_AN_HOUR, 0)
    assert session().scalars(select(Call)).all() == []
    told = session().scalars(select(CartEvent.text).where(CartEvent.kind == "put_off")).all()
    assert told == [
        "Sam put it off until today at 14:00 in New York: waiting for an answer or for stock, the blue one."
    ]
    later = rep.get("/queue?tab=later").text
    assert "Put off: waiting for an answer or for stock, the blue one" in later


def test_at_its_time_a_put_off_cart_is_anyones(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    rep.post(f"/calls/{task.id}/snooze", data=_form())

    with transaction():
        ripen(now=IN_AN_HOUR - timedelta(minutes=1))
        assert claims.claim_next(make_user(OTHER_REP), now=IN_AN_HOUR - timedelta(minutes=1)) is None
        ripen(now=IN_AN_HOUR)
        taken = claims.claim_next(make_user("third@example.com"), now=IN_AN_HOUR)
    assert taken is not None
    assert taken.id == task.id


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"why": ""}, "Choose why it has to wait."),
        ({"why": "other"}, "Write why it has to wait."),
        ({"when": ""}, "Choose a day and a time for the call."),
        ({"when": (NOW + timedelta(days=8)).isoformat()}, "Choose a time in the next seven days."),
    ],
)
def test_time_and_reason_are_asked_for_and_nothing_is_lost(store: Store, visit, changes, says) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep = visit("rep", REP)
    rep.post("/queue/next")

    answer = rep.post(f"/calls/{task.id}/snooze", data=_form(because="", **changes), headers=HTMX)

    assert answer.status_code == 422
    assert says in answer.text
    assert '<details class="more snooze" id="snooze" data-do="snooze" open>' in answer.text
    assert session().get_one(CallTask, task.id).state == "claimed"


def test_what_was_called_or_asked_for_cannot_be_put_off(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    other = visit("rep", OTHER_REP).post(f"/calls/{task.id}/snooze", data=_form())
    with transaction():
        session().get_one(CallTask, task.id).callback_at = NOW
    asked = rep.post(f"/calls/{task.id}/snooze", data=_form())
    with transaction():
        found = session().get_one(CallTask, task.id)
        found.callback_at, found.state = None, "wrap_up"
    called = rep.post(f"/calls/{task.id}/snooze", data=_form())

    assert [each.status_code for each in (other, asked, called)] == [409, 409, 409]
    assert "not with you any more" in other.text
    assert "asked for this call" in asked.text
    assert "choose how it went" in called.text


def test_a_put_off_cart_is_taken_up_again_before_its_time(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0, goods_minor=90000)
        a_ready_task(store, 1)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    rep.post(f"/calls/{task.id}/snooze", data=_form())

    seen = rep.get(f"/calls/{task.id}").text
    answer = rep.post(f"/calls/{task.id}/wake")

    assert "Waiting for an answer or for stock" in seen
    assert "Take it now" in seen
    assert (answer.status_code, answer.location) == (303, "/queue")
    assert session().get_one(CallTask, task.id).state == "claimed"
    assert rep.post(f"/calls/{task.id}/wake").status_code == 409


def test_the_time_that_a_rep_chose_stands_even_for_a_cart_that_is_timed_by_lot(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0, id=99, age=timedelta(hours=26))
        task.cart.active_at = NOW - timedelta(minutes=30)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    with transaction():
        assert ranking.better_at(facts_of(session().get_one(CallTask, task.id), now=IN_AN_HOUR), now=IN_AN_HOUR)
    rep.post(f"/calls/{task.id}/snooze", data=_form())

    with transaction():
        ripen(now=IN_AN_HOUR)
    assert session().get_one(CallTask, task.id).state == "ready"


def test_a_heartbeat_without_anybody_there_does_not_hold_the_cart_longer(app: Flask, store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    same = an_order(1000, first_name="Dana", last_name="Number 0", email="person0@example.com", phone="(212) 555-1000")
    app.extensions["ringback.gateways"].stores.put(same)
    rep = visit("rep", REP)
    rep.post("/queue/next")
    until = session().get_one(CallTask, task.id).lease_until
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        rep.post(f"/calls/{task.id}/beat", data={"idle": "1"}, headers=HTMX)
        assert session().get_one(CallTask, task.id).lease_until == until
        rep.post(f"/calls/{task.id}/beat", headers=HTMX)
        assert session().get_one(CallTask, task.id).lease_until == NOW + timedelta(minutes=15)
