"""The settings page of offers, and what a rep sees of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from sidecar import clock
from sidecar import settings as business
from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, make_cart, make_contact, make_store
from tests.shop import Shop


@pytest.fixture
def store(app) -> int:
    with transaction():
        return make_store(now=clock.now()).id


def form(page: str) -> dict[str, str]:
    """What the page's form would send."""
    found = dict(
        re.findall(r'<input class="input[^"]*" id="[^"]*" name="(offers[^"]*)" type="text" value="([^"]*)"', page)
    )
    found |= dict.fromkeys(re.findall(r'name="(offers[^"]*)" value="on" checked', page), "on")
    for name, options in re.findall(
        r'<select class="input" id="[^"]*" name="(offers[^"]*)".*?>(.*?)</select>', page, re.S
    ):
        found[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return found


def test_offers_are_set_on_a_page_and_stand_there_again(visit, store) -> None:
    client = visit("owner")
    typed = form(client.get("/settings/offers").text)
    assert typed["offers.for_whom"] == "everyone"
    typed |= {"offers.by_step": "reminder-3=percent 10", "offers.minimum": "50", "offers.for_whom": "first-time"}
    assert client.post("/settings/offers", data=typed).status_code == 303

    settings = business.settings_of(store)
    assert settings["offers.by_step"]["reminder-3"].percent == 10
    assert settings["offers.minimum"] == {"USD": 5000}
    assert settings["offers.for_whom"] == "first-time"
    assert settings["offers.not_on_sale_items"] is True
    assert form(client.get("/settings/offers").text) == typed


def test_terms_that_cannot_be_meant_are_refused_with_how_to_write_them(visit, store) -> None:
    client = visit("owner")
    typed = form(client.get("/settings/offers").text) | {"offers.by_step": "reminder-3=percent 80"}
    page = client.post("/settings/offers", data=typed)
    assert page.status_code == 422
    assert "What is offered must be a whole percentage between 1 and 50" in page.text
    assert business.written(store) == {}


def test_the_page_shows_what_was_given_and_why_there_was_none(visit, store) -> None:
    now = clock.now()
    with transaction():
        found = session().get_one(Store, store)
        found.can_write = False
        for number, (state, words) in enumerate(
            [("active", None), ("used", "Used in the store."), ("failed", "<b>Caps</b> are reached."),
             ("failed", "<b>Caps</b> are reached.")]
        ):  # fmt: skip
            contact = make_contact(found, email=f"p{number}@example.com", phone_e164="")
            cart = make_cart(found, contact, 500 + number, now=now)
            session().add(
                Coupon(store_id=store, cart_id=cart.id, contact_id=contact.id, offer="reminder-3", kind="percent",
                       value_minor=1000, code=f"CODE{number}", email=contact.email, state=state, reason_words=words,
                       created_at=now, expires_at=now)
            )  # fmt: skip
    page = visit("manager").get("/settings/offers").text

    assert "2 of 50, worth up to $80." in page
    assert "2 made, 1 used, 0 taken back" in page
    assert "&lt;b&gt;Caps&lt;/b&gt; are reached. 2 times." in page
    assert "may only read" in page


def test_a_rep_sees_what_may_be_offered_and_which_coupon_there_is(app, visit) -> None:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with time_machine.travel(NOW, tick=False):
        with transaction():
            found = make_store(live_at=NOW - timedelta(days=1))
            task = a_ready_task(found, 0)
            business.put(found.id, "offers.points_words", "Credit <200> points.", by="test", now=NOW)
            tell(task.cart_id, "coupon", "Coupon K7QM-4RTX-9HDW made in the store.", at=NOW)
        page = visit("rep", REP).post("/queue/next", headers={"HX-Request": "true"}).text

    assert "You may offer" in page
    assert "Loyalty points</dt><dd>Credit &lt;200&gt; points." in page
    assert "Coupon K7QM-4RTX-9HDW made in the store." in page


def test_a_rep_sees_no_empty_list_of_offers(app, visit) -> None:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with time_machine.travel(NOW, tick=False):
        with transaction():
            found = make_store(live_at=NOW - timedelta(days=1))
            a_ready_task(found, 0)
            business.put(found.id, "offers.by_rep", "", by="test", now=NOW)
        page = visit("rep", REP).post("/queue/next", headers={"HX-Request": "true"}).text
    assert "You may offer" not in page
