"""Offers on the rep's card and the questions to the owner, as browsers work them, with the sample store behind."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from sidecar import settings as business
from sidecar.db import session, transaction
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.recovery.incentives import questions
from tests.cast import OTHER_REP, OWNER, REP
from tests.recovery.incentives.on_the_phone import Desk, desk

HTMX = {"HX-Request": "true"}


@pytest.fixture
def at(app: Flask) -> Iterator[Desk]:
    with desk(app) as found:
        app.extensions["ringback.gateways"] = found.at.shop.gateways
        yield found


@pytest.fixture
def task(at: Desk) -> int:
    return at.hold()[1]


@pytest.fixture
def rep(visit, at: Desk) -> Any:
    return visit("rep", REP)


def give(client: Any, task_id: int, **form: str) -> Any:
    """What a button of the region sends."""
    return client.post(f"/calls/{task_id}/offers", data={"reason": "extra_costs", **form}, headers=HTMX)


def words(answer: Any) -> str:
    """The text of an answer, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_the_card_shows_promises_first_then_what_may_be_given_and_the_days_meter(at: Desk, task: int, rep) -> None:
    with transaction():
        business.put(at.at.shop.id, "content.returns", "Free returns for 60 days.", by="t", now=at.at.shop.clock())
    page = words(rep.get("/queue"))
    promised, choice = page.index("Free returns for 60 days."), page.index("10 % off $")
    assert promised < choice < page.index("Today: 0 of 5 · $0 of $150")
    part = rep.get(f"/calls/{task}/offers", headers=HTMX)
    assert 'id="offers"' in part.text
    assert "5 % off" in words(part)


def test_an_offer_is_given_and_stands_on_the_card_with_code_end_and_copy(task: int, rep, at: Desk) -> None:
    answer = give(rep, task, give="percent 10")
    code = at.at.row.code
    assert answer.status_code == 200
    assert f'data-copy="{code}"' in answer.text
    assert "alone, once, until" in words(answer)
    assert "Take it back" in words(answer)
    assert f"The coupon {code} is in the store." in answer.headers["HX-Trigger"]
    assert code in rep.get("/queue").text


def test_eleven_per_cent_is_refused_with_a_sentence_and_the_owner_can_be_asked(task: int, rep, at: Desk) -> None:
    answer = give(rep, task, give="typed", offer_kind="percent", offer_much="11")
    assert answer.status_code == 422
    assert "10 % is the most a rep may give alone." in words(answer)
    assert 'name="ask" value="percent 11"' in answer.text
    assert at.at.made == []

    asked = give(rep, task, ask="percent 11", words="<b>She</b> is loyal")
    assert asked.status_code == 200
    assert "The owner is asked for 11 % off" in words(asked)
    assert 'hx-trigger="every 4s"' in asked.text


def test_the_owner_sees_the_question_answers_it_and_the_card_learns_of_it(task: int, rep, visit, at: Desk) -> None:
    region = give(rep, task, ask="percent 11", words="<b>She</b> is loyal")
    seen = re.search(r"offers\?seen=([\w.-]+)", region.text)
    assert seen
    assert rep.get(f"/calls/{task}/offers?seen={seen[1]}", headers=HTMX).status_code == 204

    owner = visit("owner", OWNER)
    assert "Sam asks: 11 % off for" in words(owner.get("/settings/offers"))
    page = owner.get("/offers")
    assert "&lt;b&gt;She&lt;/b&gt; is loyal" in page.text
    number = re.search(r'action="/offers/(\d+)"', page.text)
    assert number
    assert owner.post(f"/offers/{number[1]}", data={"answer": "yes", "words": "Gladly."}).status_code == 303

    news = rep.get(f"/calls/{task}/offers?seen={seen[1]}", headers=HTMX)
    assert news.status_code == 200
    assert "Olive approved 11 % off" in words(news)
    assert "Olive approved 11 % off." in news.headers["HX-Trigger"]
    assert rep.get("/offers/waiting?told=none", headers=HTMX).status_code == 204  # the card in hand says it
    assert give(rep, task, give="percent 11").status_code == 200
    assert (at.at.row.value_minor, len(at.at.made)) == (1100, 1)


def test_the_line_above_every_page_is_quiet_while_nothing_is_new(at: Desk, visit) -> None:
    owner, rep = visit("owner", OWNER), visit("rep", REP)
    assert owner.get("/offers/waiting?told=none", headers=HTMX).status_code == 204
    at.ask(at.hold()[1], "percent 20")
    told = owner.get("/offers/waiting?told=none", headers=HTMX)
    assert "Sam asks: 20 % off" in words(told)
    assert rep.get("/offers/waiting?told=none", headers=HTMX).status_code == 204
    stamp = re.search(r"told=([\w.]+)", told.text)
    assert stamp
    assert owner.get(f"/offers/waiting?told={stamp[1]}", headers=HTMX).status_code == 204


def test_nobody_but_the_office_answers_and_nobody_their_own(at: Desk, visit) -> None:
    asked = at.ask(at.hold()[1], "percent 20")
    assert visit("rep", OTHER_REP).post(f"/offers/{asked}", data={"answer": "yes"}).status_code == 403
    order, _ = at.hold()
    own = at.ask(at.take(order, by=at.olive_id), "percent 20", by=at.olive_id)
    answer = visit("owner", OWNER).post(f"/offers/{own}", data={"answer": "yes"})
    assert answer.status_code == 409
    assert "Nobody answers their own question" in words(answer)
    assert at.question(own).state == "asked"


def test_without_script_an_offer_is_given_refused_asked_for_and_taken_back(task: int, rep, at: Desk) -> None:
    url = f"/calls/{task}/offers"
    page = rep.get("/queue").text
    assert '<noscript><label>What got in the way <select class="input input--inline" name="reason">' in page

    without = rep.post(url, data={"give": "percent 10"})
    assert without.status_code == 422
    assert "Tick what got in the way first." in words(without)
    assert 'id="outcome-form"' in without.text
    beyond = rep.post(url, data={"give": "percent 20", "reason": "warranty"})
    assert beyond.status_code == 422
    assert 'name="ask" value="percent 20"' in beyond.text
    assert rep.post(url, data={"ask": "percent 20", "reason": "warranty"}).location == "/queue"
    assert "The owner is asked for 20 % off" in words(rep.get("/queue"))
    assert rep.post(url, data={"unask": "1"}).status_code == 303
    assert rep.post(url, data={"give": "percent 10", "reason": "warranty"}).status_code == 303
    assert at.at.row.code in rep.get("/queue").text
    assert rep.post(url, data={"back": "1"}).status_code == 303
    assert at.at.made == []


def test_what_was_approved_is_given_from_the_list_after_the_card_is_gone(task: int, rep, visit, at: Desk) -> None:
    at.answer(at.ask(task, "percent 20"))
    at.hold()
    assert "Olive approved 20 % off for" in words(rep.get("/offers/waiting?told=none", headers=HTMX))
    page = rep.get("/offers")
    assert "Approved for you" in page.text
    form = {"give": "percent 20", "reason": "extra_costs", "from": "list"}
    assert visit("rep", OTHER_REP).post(f"/calls/{task}/offers", data=form).status_code == 409
    assert rep.post(f"/calls/{task}/offers", data=form).location == "/offers"
    assert at.at.row.value_minor == 2000


@pytest.mark.parametrize(
    "form", [{"give": "<script>"}, {"give": "percent " + "9" * 4000},
             {"give": "typed", "offer_kind": "fixed", "offer_much": "1e5"},
             {"give": "percent 10", "reason": "<x>"}, {"ask": "percent 20", "words": "x" * 5000}, {"ask": ""},
             {"give": "\x00"}, {"back": "1"}, {}],
)  # fmt: skip
def test_hostile_forms_give_nothing(task: int, rep, at: Desk, form: dict[str, str]) -> None:
    answer = give(rep, task, **form)
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert at.at.made == []
    session().rollback()
    assert session().query(OfferRequest).count() == 0
    assert session().query(Coupon).count() == 0


def test_a_rep_cannot_touch_the_offers_of_a_colleagues_card(task: int, visit, at: Desk) -> None:
    other = visit("rep", OTHER_REP)
    for form in ({"give": "percent 10"}, {"ask": "percent 20"}, {"back": "1"}):
        assert give(other, task, **form).status_code in (409, 422)
    assert (at.at.made, questions.lately(None, since=at.at.shop.clock())) == ([], [])
