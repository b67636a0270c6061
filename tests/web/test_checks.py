"""Checks 17, 20 and 23 of docs/checks.md, as a browser asks for the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar import accounts, clock
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import claims
from sidecar.calls.tasks.ripening import ripen
from sidecar.db import session, transaction
from sidecar.money import words
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task, a_task
from tests.cast import REP
from tests.factories import NOW, make_store
from tests.shop import Shop

HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


def test_17_after_hours_a_cart_is_not_offered_and_says_when_it_returns(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep = visit("rep", REP)
    assert "Dana Number 0" in rep.get("/queue").text

    with time_machine.travel(NOW + 7 * HOUR + timedelta(minutes=1), tick=False):  # 20:01 in New York
        with transaction():
            ripen(now=clock.now())
        assert "Dana Number 0" not in rep.get("/queue/list?tab=due", headers=HTMX).text
        nobody = rep.post("/queue/next", headers=HTMX)
        refused = rep.post("/queue/claim", data={"task": task.id}, headers=HTMX)
        why = rep.get(f"/carts/{task.cart_id}").text

    assert "Dana Number 0 is next, tomorrow at 10:00." in nobody.text
    assert refused.status_code == 409
    assert "cannot be called yet: not due, or outside the call hours there" in refused.text
    assert re.search(r"Thu\S* 10:00|tomorrow at 10:00|Thu 19 Nov[^<]*10:00", why), why


def test_17_before_the_hours_are_over_it_is_offered(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)
    sam = _user(visit)
    with time_machine.travel(NOW + 5 * HOUR + timedelta(minutes=40), tick=False), transaction():  # 18:40
        ripen(now=clock.now())
        assert claims.claim_next(sam, now=clock.now())


def test_20_two_tabs_cannot_overwrite_each_other_and_no_note_is_lost(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
    rep, sam = visit("rep", REP), _user(visit)
    with transaction():
        claims.claim(task.id, sam, now=NOW)
    first = {"key": key_of(session().get_one(CallTask, task.id), sam), "outcome": "no_answer", "note": "Rang out."}
    second = first | {"outcome": "left_voicemail", "note": "Left my number."}

    assert rep.post(f"/calls/{task.id}/save", data=first, headers=HTMX).status_code == 200
    stale = rep.post(f"/calls/{task.id}/save", data=second, headers=HTMX)
    again = rep.post(f"/calls/{task.id}/save", data=first, headers=HTMX)

    assert stale.status_code == 409
    assert 'data-testid="stale"' in stale.text
    assert re.search(r"You logged No answer (just now|\d+ s ago)\.", stale.text)
    assert "Left my number.</textarea>" in stale.text
    assert again.status_code == 200
    assert rep.post(f"/calls/{task.id}/late", data=second, headers=HTMX).status_code == 200
    notes = session().execute(select(Call.disposition, Call.note, Call.counted).order_by(Call.id)).all()
    assert notes == [("no_answer", "Rang out.", True), ("left_voicemail", "Left my number.", False)]
    assert session().get_one(CallTask, task.id).attempts == 1


CARTS: tuple[dict[str, Any], ...] = (
    {},
    {"failed_payments": 2},
    {"failed_payments": 1, "age": timedelta(minutes=50)},
    {"goods_minor": 147000, "total_minor": 153100},
    {"age": timedelta(hours=71)},
)


def test_23_every_card_says_why_with_two_facts_or_more_that_the_record_bears_out(store: Store, visit) -> None:
    rep, sam = visit("rep", REP), _user(visit)
    with transaction():
        tasks = [a_task(store, number, **cart) for number, cart in enumerate(CARTS)]
        tasks[3].past_orders, tasks[4].link_sent = 3, True
        tasks[0].callback_at = NOW
    with transaction():
        ripen(now=NOW)
    for task_id in [task.id for task in tasks]:
        with transaction():
            task = claims.claim(task_id, sam, now=NOW)
            assert task.state == "claimed"
        page = rep.get("/queue").text
        said = re.search(r'data-testid="card-why".*?<p[^>]*>(.*?)</p>', page, re.DOTALL)
        assert said, page
        why = unescape(re.sub(r"<[^>]+>", "", said[1])).strip()
        found = session().get_one(CallTask, task_id, populate_existing=True)
        true = _facts(found)
        sentences = [part for part in re.split(r"\.(?: |$)", why) if part]
        assert len(sentences) >= 2, why
        for sentence in sentences:
            assert sentence in true


def _facts(task: CallTask) -> list[str]:
    """What may be said of the task, each worked out anew from what is stored."""
    cart, who = task.cart, task.contact.first_name
    age = NOW - cart.active_at
    long = f"{age.days} days" if age >= 48 * HOUR else f"{age // HOUR} h"
    times = {1: "once", 2: "twice", 3: "3 times"}
    times_over = f"{cart.goods_minor / task.threshold_minor:.1f}".removesuffix(".0")
    found = [f"{words(cart.total_minor, cart.currency, short=True)} cart, {times_over}× your threshold"]
    found.append(f"{long} since {who} left")
    if cart.failed_payments:
        failed = f"Payment failed {times[cart.failed_payments]}"
        found += [failed, f"{failed}, {age // timedelta(minutes=1)} min ago"]
    if task.past_orders:
        found.append(f"{who} has ordered {times[task.past_orders]} before")
    if task.callback_at:
        found.append(f"{who} asked us to ring at 13:00")
    if task.link_sent:
        found.append(f"{who} was going to pay by the link and has not yet")
    return found


def _user(visit: Any) -> accounts.User:
    visit("rep", REP)
    found = accounts.find_user_by_email(REP)
    assert found
    return found
