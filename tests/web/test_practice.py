"""Practice calls: the real screen on sample carts, of which nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from sidecar import accounts
from sidecar.calls.desk.practice import SITUATIONS
from sidecar.calls.task import Call, CallTask
from sidecar.carts.cart import Cart, CartEvent
from sidecar.contacts.contact import Contact, OptOut
from sidecar.db import session, transaction
from tests.calls.board import a_ready_task
from tests.cast import OWNER, REP
from tests.factories import NOW, make_store

HTMX = {"HX-Request": "true"}
STORED = (Call, CallTask, Cart, CartEvent, Contact, OptOut)


@pytest.fixture(autouse=True)
def _midnight() -> Iterator[None]:
    """Midnight in New York, when nobody may be called: practice is possible all the same."""
    with time_machine.travel(NOW + timedelta(hours=11), tick=False):
        yield


def _practised(email: str) -> bool:
    user = accounts.find_user_by_email(email)
    assert user
    return user.practised_at is not None


def _counts() -> list[int]:
    return [session().scalar(select(func.count()).select_from(table)) or 0 for table in STORED]


def test_the_real_card_is_shown_without_a_store_and_nobody_can_be_rung(app, visit) -> None:
    page = visit("rep", REP).get("/practice").text

    assert "Practice. Nobody is called." in page
    assert "Imagine: Dana answers." in page
    assert "Why this call now" in page
    assert "Payment failed twice" in page
    assert 'action="/practice/1/claimed/dial"' in page
    assert "tel:" not in page
    assert "/queue/next" not in page
    assert "/calls/" not in page


def test_a_practice_call_is_rung_ended_and_saved_and_nothing_is_kept_but_that_it_was(app, visit) -> None:
    with transaction():
        make_store()
    before = _counts()
    rep = visit("rep", REP)

    rung = rep.post("/practice/1/claimed/dial", headers=HTMX)
    ended = rep.post("/practice/1/in_call/end", headers=HTMX)
    beat = rep.post("/practice/1/wrap_up/beat", headers=HTMX)
    assert not _practised(REP)
    saved = rep.post("/practice/1/wrap_up/save", data={"outcome": "do_not_call", "confirm": "yes"}, headers=HTMX)

    assert "In a call since" in rung.text
    assert "tel:" not in rung.text
    assert "Call ended" in ended.text
    assert beat.text.lstrip().startswith('<div class="card__status')
    assert saved.status_code == 200
    assert 'data-said="Practised. Next: Jo Kaya, $1,480."' in saved.text
    assert "Do not call for Dana. On a real call: Nobody calls Dana any more" in saved.text
    assert _practised(REP)
    assert _counts() == before


@pytest.mark.parametrize("number", range(1, len(SITUATIONS) + 1))
def test_every_situation_says_what_each_outcome_would_lead_to(app, visit, number: int) -> None:
    page = visit("rep", REP).get(f"/practice?call={number}").text
    leads = re.findall(r'<p class="note leads leads--(\w+)">([^<]+)</p>', page)
    assert len(leads) >= 14
    assert SITUATIONS[number - 1].imagine in page


def test_incomplete_form_comes_back_as_on_a_real_call(app, visit) -> None:
    answer = visit("rep", REP).post(
        "/practice/2/wrap_up/save", data={"outcome": "callback", "note": "kept"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Choose a day and a time for the call." in answer.text
    assert ">kept</textarea>" in answer.text
    assert not _practised(REP)


def test_after_the_last_call_the_way_leads_to_the_queue_and_without_script_too(app, visit) -> None:
    rep = visit("rep", REP)
    last = len(SITUATIONS)
    assert rep.post(f"/practice/{last}/claimed/dial").location == f"/practice?call={last}&state=in_call"
    end = rep.post(f"/practice/{last}/in_call/save", data={"outcome": "no_answer"})
    assert "That was the last one" in end.text
    assert 'href="/queue">To the queue' in end.text
    assert rep.get(f"/practice?call={last + 1}").status_code == 404
    assert rep.post("/practice/1/done/save").status_code == 404


def test_buttons_that_would_send_or_give_do_nothing(app, visit) -> None:
    answer = visit("rep", REP).post("/practice/1/claimed/link", headers=HTMX)
    assert "In practice nothing is sent" in answer.headers["HX-Trigger"]


def test_who_has_a_call_in_hand_finishes_it_first(app, visit) -> None:
    with time_machine.travel(NOW, tick=False):
        with transaction():
            a_ready_task(make_store(live_at=NOW - timedelta(days=1)), 0)
        rep = visit("rep", REP)
        rep.post("/queue/next")
        assert rep.get("/practice").location == "/queue"
        assert "Finish the call you have first." in rep.get("/queue").text


def test_the_checklist_knows_that_somebody_practised(app, visit) -> None:
    owner = visit("owner", OWNER)
    assert 'href="/practice">Make a practice call' in owner.get("/").text
    before = owner.get("/").text.count("Done")
    owner.post("/practice/1/claimed/save", data={"outcome": "no_answer"})
    assert owner.get("/").text.count("Done") == before + 1
