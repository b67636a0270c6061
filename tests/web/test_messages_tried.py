"""A test of a message goes to whoever writes it, to nobody else, and says what the mail server said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import audit, clock, gateways
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.outreach.letters.sources import ours
from tests.factories import make_cart, make_contact, make_store
from tests.mail_server import MailSink, mail_server

PAGE = "/messages/reminder-1/en"


@pytest.fixture
def sink(app: Flask) -> Iterator[MailSink]:
    """A mail server, and a store in safe mode with one cart."""
    with mail_server() as running:
        config = replace(
            app.extensions["ringback.config"], smtp_url=running.url, mail_from="Aurora Audio <hello@shop.example.com>"
        )
        app.extensions |= {"ringback.config": config, "ringback.gateways": gateways.build(config)}
        with transaction():
            store = make_store(now=clock.now())
            make_cart(store, make_contact(store), 500, now=clock.now())
        yield running


def typed(**changes: str) -> dict[str, str]:
    source = ours("reminder-1", "en")
    words = {name: getattr(source, name) for name in ("subject", "preheader", "body", "text")}
    return words | {"after": "0", "do": "test"} | changes


def test_a_test_goes_to_the_one_who_asks_with_links_that_do_nothing(visit, sink) -> None:
    client = visit("owner")
    answer = client.post(PAGE, data=typed())
    assert answer.location == PAGE
    assert sink.recipients == ["owner@example.com"]
    (mail,) = sink.accepted
    assert mail["Subject"] == "[Test] Your Aurora Audio cart is saved"
    assert mail["From"] == "Aurora Audio <hello@shop.example.com>"
    assert mail["List-Unsubscribe"] is None
    for part in mail.iter_parts():
        body = part.get_content()
        assert "http://127.0.0.1:8000/c/preview" in body
        assert "http://127.0.0.1:8000/u/preview" in body
        assert "ringback.invalid" not in body
    assert "Sent to owner@example.com. The mail server said: 250 2.0.0 Ok" in client.get(PAGE).text


@pytest.mark.parametrize("path", ["/c/preview", "/u/preview", "/p/preview", "/b/preview"])
def test_the_links_of_a_test_lead_to_a_page_that_says_so(visit, sink, path) -> None:
    answer = visit().get(path)
    assert answer.status_code == 200
    assert "preview" in answer.text


def test_what_is_tested_is_what_was_typed_on_the_chosen_cart_and_it_is_not_lost(visit, sink) -> None:
    cart = session().scalars(select(Cart)).one()
    client = visit("manager")
    answer = client.post(PAGE, data=typed(subject="Half a thought about {{ total }}", cart=str(cart.id)))
    assert answer.location == f"{PAGE}?typed=1"
    assert sink.accepted[0]["Subject"] == "[Test] Half a thought about $430.00"
    assert sink.recipients == ["manager@example.com"]
    assert "Half a thought" in client.get(f"{PAGE}?typed=1").text


def test_the_mail_server_is_quoted_when_it_refuses(visit, sink) -> None:
    sink.at_recipient = lambda _to: "550 5.1.1 No such person here"
    answer = visit("owner").post(PAGE, data=typed(subject="Mine"))
    assert answer.status_code == 502
    assert "The test was not sent. The mail server said: 550 5.1.1 No such person here" in answer.text
    assert 'value="Mine"' in answer.text


def test_twenty_tests_an_hour_are_the_most(visit, sink) -> None:
    client = visit("owner")
    with transaction():
        for minute in (70, *range(1, 20)):
            audit.record("owner@example.com", "send test", "x", now=clock.now() - timedelta(minutes=minute))
    assert client.post(PAGE, data=typed()).status_code == 303
    answer = client.post(PAGE, data=typed())
    assert answer.status_code == 422
    assert "You have sent 20 tests in an hour" in answer.text
    assert len(sink.accepted) == 1
    assert visit("manager").post(PAGE, data=typed()).status_code == 303


def test_nothing_leaves_the_demo(visit, sink, app) -> None:
    (app.extensions["ringback.config"].data_dir / "demo").touch()
    client = visit("owner")
    assert "This is the demo, where nothing leaves this computer." in client.get(PAGE).text
    assert 'value="test"' not in client.get(PAGE).text
    answer = client.post(PAGE, data=typed())
    assert answer.status_code == 422
    assert "So no test is sent either." in answer.text
    assert sink.accepted == []


def test_words_that_cannot_be_used_are_not_sent(visit, sink) -> None:
    assert visit("owner").post(PAGE, data=typed(subject="Hi {{ fist_name }}")).status_code == 422
    assert visit("viewer").post(PAGE, data=typed()).status_code == 403
    assert sink.accepted == []


def test_without_a_mail_server_the_page_says_what_to_set(visit, app) -> None:
    with transaction():
        make_store(now=clock.now())
    client = visit("owner")
    assert "SIDECAR_SMTP_URL" in client.get(PAGE).text
    answer = client.post(PAGE, data=typed())
    assert answer.status_code == 422
    assert "Set SIDECAR_SMTP_URL to your mail server" in answer.text
