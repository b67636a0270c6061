"""The queue's page and list, taking carts, breaks and undo, as a browser asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from sidecar import accounts, clock
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_person, a_ready_task, a_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_store, make_user
from tests.shop import Shop

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, when everybody may be called."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


def test_the_page_shows_the_queue_in_order_with_reasons(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)
        a_ready_task(store, 1, goods_minor=90000, total_minor=99000)
        failed = a_ready_task(store, 2, failed_payments=1, age=timedelta(minutes=40))

    page = visit("rep").get("/queue").text

    headings = re.findall(r'<h2 class="list__group">(.*?)</h2>', page)
    assert headings == ["Happening now", "Best next"]
    assert page.index("Piotr Number 2") < page.index("Jo Number 1") < page.index("Dana Number 0")
    assert "Payment failed once" in page
    assert "3× threshold" in page
    assert "3 to call" in page
    assert failed.rank_class == 1


def test_the_next_cart_comes_in_the_same_answer(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)

    answer = visit("rep", REP).post("/queue/next", headers=HTMX)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div class="desk" id="desk"')
    assert "Your order for the <mark>HX-2 Turntable</mark>" in answer.text
    assert 'data-said="Next: Dana Number 0, $430."' in answer.text
    assert session().get_one(CallTask, task.id).state == "claimed"


def test_without_script_the_next_cart_is_a_page(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)
    rep = visit("rep", REP)

    answer = rep.post("/queue/next")

    assert (answer.status_code, answer.location) == (303, "/queue")
    assert "Why this call now" in rep.get("/queue").text


def test_a_chosen_row_is_taken(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0, goods_minor=90000)
        wanted = a_ready_task(store, 1)

    answer = visit("rep", REP).post("/queue/claim", data={"task": wanted.id}, headers=HTMX)

    assert "Jo Number 1" in answer.text
    assert session().get_one(CallTask, wanted.id).state == "claimed"


def test_a_row_that_somebody_has_says_who_and_can_be_looked_at(store: Store, visit) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, make_user(OTHER_REP, now=NOW), now=NOW - timedelta(minutes=3))
    rep = visit("rep", REP)

    listed = rep.get("/queue").text
    refused = rep.post("/queue/claim", data={"task": task.id}, headers=HTMX)
    looked_at = rep.get(f"/calls/{task.id}").text

    assert "Held by Ana, 3 min" in listed
    assert refused.status_code == 409
    assert "Ana has Dana Number 0 now." in refused.text
    assert refused.headers["HX-Retarget"] == "#notices"
    assert "Held by Ana" in looked_at
    assert "outcome-form" not in looked_at


def test_an_unchanged_list_is_answered_without_one(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)
    rep = visit("rep", REP)
    seen = re.search(r"seen=([\w.]+)", rep.get("/queue").text)
    assert seen

    same = rep.get(f"/queue/list?tab=due&seen={seen[1]}", headers=HTMX)
    with transaction():
        a_task(store, 1).changed_at = NOW + timedelta(seconds=1)
    changed = rep.get(f"/queue/list?tab=due&seen={seen[1]}", headers=HTMX)

    assert (same.status_code, same.data) == (204, b"")
    assert changed.status_code == 200
    assert changed.text.lstrip().startswith('<nav class="pane list" id="list"')
    assert "HX-Request" in changed.headers["Vary"]


def test_times_on_the_list_move_with_the_minute(store: Store, visit) -> None:
    rep = visit("rep", REP)
    seen = re.search(r"seen=([\w.]+)", rep.get("/queue").text)
    assert seen

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert rep.get(f"/queue/list?tab=due&seen={seen[1]}", headers=HTMX).status_code == 200


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("due", ["Dana Number 0"]),
        ("callbacks", ["Jo Number 1"]),
        ("mine", ["Jo Number 1"]),
        ("later", ["Jo Number 1", "Piotr Number 2"]),
        ("done", []),
        ("nonsense", ["Dana Number 0"]),
    ],
)
def test_tabs_show_their_part(store: Store, visit, tab: str, names: list[str]) -> None:
    rep = visit("rep", REP)
    with transaction():
        sam = accounts.find_user_by_email(REP)
        assert sam
        a_ready_task(store, 0)
        callback, later = a_task(store, 1), a_task(store, 2)
        callback.callback_at = callback.due_at = NOW + timedelta(hours=1)
        callback.for_user_id = sam.id
        later.due_at = NOW + timedelta(hours=2)

    found = rep.get(f"/queue/list?tab={tab}", headers=HTMX).text

    assert re.findall(r"<b>(\w+ Number \d)</b>", found) == names


def test_a_break_shows_on_the_page_and_p_brings_back(store: Store, visit) -> None:
    with transaction():
        a_ready_task(store, 0)
    rep = visit("rep", REP)
    rep.post("/queue/next")

    rep.post("/queue/pause")
    paused = rep.get("/queue").text
    refused = rep.post("/queue/next", headers=HTMX)
    rep.post("/queue/resume")

    assert "You are on a break" in paused
    assert "On a break" in paused
    assert refused.status_code == 409
    assert rep.post("/queue/next", headers=HTMX).status_code == 200


def test_hostile_names_stay_text(store: Store, visit) -> None:
    nasty = '"><script>alert(1)</script>'
    with transaction():
        a_ready_task(store, 0, person=a_person(store, 0, first_name=nasty, company=nasty), failure_text=nasty,
                     customer_note=nasty, city=nasty, failed_payments=1, payment_url="javascript:alert(1)")  # fmt: skip
    rep = visit("rep", REP)

    page = rep.post("/queue/next", headers=HTMX).text + rep.get("/queue").text

    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("role", ["viewer", None])
def test_only_those_who_call_see_the_queue(store: Store, visit, role: str | None) -> None:
    visitor = visit(role)

    answers = [visitor.get("/queue"), visitor.post("/queue/next"), visitor.post("/calls/1/save")]

    assert {answer.status_code for answer in answers} == {403 if role else 303}


def test_quiet_says_who_comes_next(store: Store, visit) -> None:
    with transaction():
        a_task(store, 0).due_at = clock.now() + timedelta(hours=1)

    page = visit("rep").get("/queue").text

    assert "All quiet for now" in page
    assert "Dana Number 0 is next, at 14:00." in page
