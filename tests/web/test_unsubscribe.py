"""Saying stop works for everybody: without script, sign-in or cookie, by one click of a mail program."""

from __future__ import annotations

import pytest

from sidecar import clock
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.stores.connection import Store
from tests.factories import VAULT, make_store
from tests.outreach.making import give_token, make_message, make_person


@pytest.fixture
def link(app) -> str:
    """Dana's link; she has a second cart with a message planned, and somebody else has one too."""
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        dana = make_person(store, 1)
        sent = make_message(store, dana, 501, now=now, state="sent", reason=None, sent_at=now)
        make_message(store, dana, 502, now=now, written=False)
        make_message(store, make_person(store, 2), 503, now=now, written=False)
        return f"/u/{give_token(sent)}"


def has_stopped(email: str = "p1@example.com") -> bool:
    store = session().query(Store).one()
    return is_opted_out(store.id, "email", (email,), vault=VAULT)


def states() -> list[tuple[str, str | None]]:
    return [(message.state, message.reason) for message in session().query(Message).order_by(Message.id)]


def test_looking_changes_nothing(visit, link):
    page = visit(csrf=True).get(link)
    assert page.status_code == 200
    assert "Stop emails about saved carts?" in page.text
    assert "p…\u2060@example.com" in page.text
    assert "1 Main St, New York" in page.text
    assert "Set-Cookie" not in page.headers
    assert not has_stopped()


def test_one_click_of_a_mail_program_stops_every_cart_of_the_person_at_once(visit, link):
    answer = visit(csrf=True).post(
        link, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
    assert "You will get no more emails" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert has_stopped()
    assert states() == [("sent", None), ("cancelled", "opted_out"), ("planned", "in_sequence")]


def test_saying_it_twice_is_the_same(visit, link):
    visitor = visit(csrf=True)
    visitor.post(link)
    assert visitor.post(link).status_code == 200
    assert "You will get no more emails" in visitor.get(link).text


def test_undo_takes_back_what_the_link_did(visit, link):
    visitor = visit(csrf=True)
    visitor.post(link)
    assert "again" in visitor.post(link, data={"undo": "1"}).text
    assert not has_stopped()


def test_undo_does_not_take_back_a_no_said_on_the_phone(visit, link):
    with transaction():
        store = session().query(Store).one()
        opt_out(store.id, "all", "p1@example.com", source="call", vault=VAULT, now=clock.now())
    visitor = visit(csrf=True)
    visitor.post(link)
    assert "You will get no more emails" in visitor.post(link, data={"undo": "1"}).text
    assert has_stopped()


@pytest.mark.parametrize("token", ["0" * 32, "x", "A" * 32, "%00"])
def test_a_link_that_is_not_ours_changes_nothing_and_says_what_to_do(visit, link, token):
    for answer in (visit(csrf=True).get(f"/u/{token}"), visit(csrf=True).post(f"/u/{token}")):
        assert answer.status_code == 404
        assert "This link is not complete" in answer.text


def test_the_link_of_a_preview_unsubscribes_nobody(visit, link):
    answer = visit(csrf=True).post("/u/preview")
    assert answer.status_code == 200
    assert "Nobody was unsubscribed" in answer.text
    assert not has_stopped()


def test_a_german_message_leads_to_a_german_page(visit, link):
    with transaction():
        session().query(Message).order_by(Message.id).limit(1).one().language = "de"
    page = visit().get(link).text
    assert '<html lang="de">' in page
    assert "E-Mails beenden" in page
