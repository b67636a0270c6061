"""The list of messages in doubt, as owner and manager see it, and the clock that nobody trusts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar import clock, timekeeping
from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from tests.factories import make_store
from tests.outreach.making import make_message, make_person

SAID = "The connection ended before the answer: timed out"


@pytest.fixture
def in_doubt(app) -> int:
    """Dana's message, begun five minutes ago and never answered for, among others that are in no doubt."""
    now = clock.now()
    with transaction():
        store = make_store(now=now, live_at=now)
        make_message(store, make_person(store, 1), 501, now=now, state="sent", sent_at=now)
        message = make_message(
            store,
            make_person(store, 2, first_name="Dana"),
            502,
            now=now,
            state="review",
            reason="answer_lost",
            attempt="a:2",
            composed_of="of this cart",
            data_started_at=now - timedelta(minutes=5),
            provider_answer=SAID,
        )
        return message.id


def state(message_id: int) -> str:
    return session().scalars(select(Message.state).where(Message.id == message_id)).one()


def test_the_list_says_what_is_known(visit, in_doubt):
    page = visit("owner").get("/outbox/review").text
    assert "Dana Ruiz" in page
    assert "p2@example.com" in page
    assert SAID in page
    assert "Did these arrive?" in page
    assert page.count("<h1") == 1
    assert page.count('name="verdict"') == 3
    assert 'href="/outbox/review"' in visit("manager").get("/outbox").text


@pytest.mark.parametrize(("verdict", "after"), [("arrived", "sent"), ("send_again", "due"), ("leave", "cancelled")])
def test_one_press_decides_and_leads_back_to_the_list(visit, in_doubt, verdict, after):
    visitor = visit("manager")
    answer = visitor.post(f"/outbox/review/{in_doubt}", data={"verdict": verdict, "attempt": "a:2", "why": "Log says"})
    assert (answer.status_code, answer.location) == (303, "/outbox/review")
    assert state(in_doubt) == after
    assert session().scalars(select(AuditEntry)).one().detail["why"] == "Log says"
    assert "Nothing is in doubt." in visitor.get("/outbox/review").text


@pytest.mark.parametrize(
    ("form", "status"),
    [({"verdict": "arrived", "attempt": "a:1"}, 409), ({"verdict": "explode", "attempt": "a:2"}, 400), ({}, 400)],
)
def test_an_old_page_or_an_odd_form_changes_nothing(visit, in_doubt, form, status):
    answer = visit("owner").post(f"/outbox/review/{in_doubt}", data=form)
    assert answer.status_code == status
    assert state(in_doubt) == "review"
    if status == 409:
        assert "settled meanwhile" in answer.text


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_nobody_else_sees_or_decides(visit, in_doubt, role):
    visitor = visit(role)
    assert visitor.get("/outbox/review").status_code == 403
    assert visitor.post(f"/outbox/review/{in_doubt}", data={"verdict": "arrived"}).status_code == 403


def test_a_long_list_comes_in_pages(visit, app):
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        person = make_person(store, 1)
        for number in range(27):
            make_message(store, person, 700 + number, now=now, written=False, state="review", reason="answer_lost")
    visitor = visit("owner")
    first = visitor.get("/outbox/review").text
    following = re.search(r'href="(/outbox/review\?after=\d+)"', first)
    assert following
    ids = re.findall(r'action="/outbox/review/(\d+)"', first + visitor.get(following[1]).text)
    assert len(ids) == len(set(ids)) == 27


def test_a_clock_in_doubt_is_said_on_every_page_until_somebody_says_that_it_is_right(visit, in_doubt):
    now, steady = clock.now(), clock.steady()
    with transaction():
        timekeeping.check(steady, now=now - timedelta(days=1))
        timekeeping.check(steady, now=now)
    visitor = visit("owner")
    assert "The clock of this computer was set forward by 24 hours." in visitor.get("/carts").text
    assert "The clock is right now" not in visit("viewer").get("/carts").text
    assert visitor.post("/clock").status_code == 303
    assert "The clock of this computer" not in visitor.get("/carts").text
