"""What customers choose behind the link in a message: without script, cookie or sign-in, and always taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.recovery.decisions.deciding import decide_due
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from tests.factories import VAULT, make_cart, make_store
from tests.outreach.making import give_token, make_message, make_person

PHONE = "+12125550123"


@pytest.fixture
def link(app) -> str:
    """Dana's link. She has a second cart with a message planned and a third with a call; somebody else has one too."""
    now = clock.now()
    with transaction():
        store = make_store(now=now, live_at=now)
        session().add(Setting(store_id=store.id, name="outreach.backlog_within", value="7d", set_at=now, set_by="test"))
        dana = make_person(store, 1, phone=PHONE, phone_e164=PHONE)
        person: dict[str, Any] = {"email": "p1@example.com", "phone": PHONE, "phone_e164": PHONE}
        sent = make_message(store, dana, 501, now=now, state="sent", reason=None, sent_at=now, cart=person)
        make_message(store, dana, 502, now=now, written=False, cart=person)
        called = make_cart(store, dana, 503, now=now, route="call", **person)
        queue.add(called, due_at=now, threshold_minor=10000, now=now)
        make_message(store, make_person(store, 2), 504, now=now, written=False)
        return f"/p/{give_token(sent)}"


def off() -> list[str]:
    store = session().scalars(select(Store)).one()
    found = ("email", "sms", "calls")
    return [channel for channel in found if is_opted_out(store.id, channel, ["p1@example.com", PHONE], vault=VAULT)]


def state(order_id: int) -> str:
    query = select(Message.state).join(Cart, Cart.id == Message.cart_id).where(Cart.order_id == order_id)
    return session().scalars(query).one()


def call() -> str:
    return session().scalars(select(CallTask.state)).one()


def ticks(page: str) -> list[str]:
    return re.findall(r'<input type="checkbox" name="channel" value="(\w+)" checked', page)


def undo(visitor, link: str, page: str):
    form = re.search(r'<form method="post" class="undo">(.*?)</form>', page, re.DOTALL)
    assert form
    wish = re.search(r'name="wish" value="(\w+)"', form[1])
    assert wish
    before = re.findall(r'name="channel" value="(\w+)"', form[1])
    return visitor.post(link, data={"wish": wish[1], "channel": before})


def test_looking_changes_nothing_and_shows_what_is_on(visit, link):
    answer = visit(csrf=True).get(link)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert ticks(answer.text) == ["email", "sms", "calls"]
    assert "p…\u2060@example.com" in answer.text
    assert answer.text.count("<h1") == 1
    assert "<script" not in answer.text
    assert off() == []


def test_unticking_calls_ends_the_call_at_once_and_nothing_else(visit, link):
    page = visit(csrf=True).post(link, data={"wish": "save", "channel": ["email", "sms"]})
    assert off() == ["calls"]
    assert call() == "done"
    assert state(502) == "planned"
    assert ticks(page.text) == ["email", "sms"]
    assert "You will get: Emails about saved carts, Text messages." in page.text


def test_no_emails_ends_what_is_planned_at_once_and_undo_brings_it_back(visit, link):
    visitor = visit(csrf=True)
    page = visitor.post(link, data={"wish": "save", "channel": ["sms", "calls"]}).text
    assert off() == ["email"]
    assert state(502) == "cancelled"
    assert state(504) == "planned"
    assert call() != "done"
    assert "Taken back" in undo(visitor, link, page).text
    assert off() == []
    assert state(502) == "planned"


def test_leave_me_alone_means_everything_and_undo_means_everything(visit, link):
    visitor = visit(csrf=True)
    page = visitor.post(link, data={"wish": "alone"}).text
    assert "You will hear nothing more about carts" in page
    assert off() == ["email", "sms", "calls"]
    assert (state(502), call()) == ("cancelled", "done")
    store = session().scalars(select(Store)).one()
    assert is_opted_out(store.id, "calls", [PHONE], vault=VAULT)  # by the number alone too: it outlives the person
    undo(visitor, link, page)
    assert off() == []
    assert (state(502), call()) == ("planned", "waiting")
    texts = [told.text for told in story(1)]
    assert "Asked to be left alone, on the preferences page." in texts
    assert "Welcome again, on the preferences page: emails, texts and calls." in texts


def test_undo_of_leave_me_alone_keeps_what_was_off_before(visit, link):
    visitor = visit(csrf=True)
    visitor.post(link, data={"wish": "save", "channel": ["email"]})
    page = visitor.post(link, data={"wish": "alone"}).text
    undo(visitor, link, page)
    assert off() == ["sms", "calls"]


def test_nothing_more_about_this_cart_and_back(visit, link):
    visitor = visit(csrf=True)
    page = visitor.post(link, data={"wish": "cart"}).text
    cart = session().scalars(select(Cart).where(Cart.order_id == 501)).one()
    assert (cart.state, cart.closed_reason) == ("closed", "customer_declined")
    assert (state(502), off()) == ("planned", [])
    assert "You will hear nothing more about this cart" in visitor.get(link).text
    undo(visitor, link, page)
    cart = session().scalars(select(Cart).where(Cart.order_id == 501)).one()
    assert (cart.state, cart.closed_reason) == ("abandoned", None)
    assert cart.decide_at is not None


def test_after_undo_the_carts_are_decided_as_if_nothing_had_been_said(visit, link):
    visitor = visit(csrf=True)
    page = visitor.post(link, data={"wish": "alone"}).text
    with transaction():
        decide_due(vault=VAULT, now=clock.now())
    routes = {row.order_id: row.route for row in session().execute(select(Cart.order_id, Cart.route))}
    assert (routes[502], routes[503]) == ("hold", "hold")
    undo(visitor, link, page)
    with transaction():
        decide_due(vault=VAULT, now=clock.now())
    routes = {row.order_id: row.route for row in session().execute(select(Cart.order_id, Cart.route))}
    assert "hold" not in (routes[502], routes[503])


def test_a_no_said_elsewhere_stands(visit, link):
    with transaction():
        store = session().scalars(select(Store)).one()
        opt_out(store.id, "calls", PHONE, source="call", vault=VAULT, now=clock.now())
    visitor = visit(csrf=True)
    page = visitor.get(link).text
    assert ticks(page) == ["email", "sms"]
    assert "Off, because you told us so." in page
    visitor.post(link, data={"wish": "save", "channel": ["email", "sms", "calls"]})
    assert off() == ["calls"]


def test_what_the_unsubscribe_link_did_can_be_taken_back_here(visit, link):
    visitor = visit(csrf=True)
    visitor.post(link.replace("/p/", "/u/"))
    assert off() == ["email"]
    visitor.post(link, data={"wish": "save", "channel": ["email", "sms", "calls"]})
    assert off() == []
    assert state(502) == "planned"


@pytest.mark.parametrize("wish", ["", "explode"])
def test_an_odd_form_changes_nothing(visit, link, wish):
    assert visit(csrf=True).post(link, data={"wish": wish}).status_code == 400
    assert off() == []


@pytest.mark.parametrize("token", ["0" * 32, "x"])
def test_a_link_that_is_not_ours_changes_nothing_and_says_what_to_do(visit, link, token):
    for answer in (visit(csrf=True).get(f"/p/{token}"), visit(csrf=True).post(f"/p/{token}", data={"wish": "alone"})):
        assert answer.status_code == 404
        assert "This link is not complete" in answer.text
    assert off() == []


def test_the_link_of_a_preview_changes_nothing(visit, link):
    answer = visit(csrf=True).post("/p/preview", data={"wish": "alone"})
    assert answer.status_code == 200
    assert "Nothing was changed" in answer.text
    assert off() == []


def test_a_german_message_leads_to_a_german_page(visit, link):
    with transaction():
        session().scalars(select(Message).order_by(Message.id).limit(1)).one().language = "de"
    page = visit().get(link).text
    assert '<html lang="de">' in page
    assert "Lassen Sie mich in Ruhe" in page
    assert link in visit().get(link.replace("/p/", "/u/")).text
