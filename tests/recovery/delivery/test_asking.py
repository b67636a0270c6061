"""Texts whose provider can be asked: what it took is found, what it did not take is sent again, once."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.carts.queries import find_cart_by_order
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.delivery import leaving
from sidecar.recovery.delivery import sending
from sidecar.stores.connection import Store
from tests.factories import VAULT
from tests.recovery.delivery.texting import TextDesk, make_text_desk


@pytest.fixture
def desk(app: Flask) -> TextDesk:
    """A live store that texts."""
    return make_text_desk()


def test_a_text_leaves_with_links_of_its_own_and_the_rules_that_let_it(desk: TextDesk):
    text = desk.write(101)
    assert desk.send() == sending.SendResult(reserved=1, sent=1)
    ((_, left),) = desk.provider.accepted
    assert left.to == "+12125550123"
    assert f"https://calls.example.com/c/{left.token}" in left.body
    assert "invalid" not in left.body
    message = desk.message(text)
    assert (message.state, message.provider_id, message.provider_answer) == ("sent", "SM1", "queued")
    assert [rule.split("/")[0] for rule in message.allowed_by.split()] == ["basis.consent", "hours.US", "caps.sms"]


def test_an_answer_that_got_lost_is_asked_for_and_found(desk: TextDesk):
    desk.provider.answer = desk.provider.take_without_a_word
    text = desk.write(101)
    assert desk.send().review == 1
    assert desk.state(text) == ("unknown", "asks_provider")
    assert desk.ask() == 0  # not before its list can show it
    desk.wait(seconds=30)
    assert desk.ask() == 1
    message = desk.message(text)
    assert (message.state, message.provider_id, message.provider_answer) == ("sent", "SM1", "delivered")
    cart = find_cart_by_order(desk.store_id, 101)
    assert cart is not None
    assert cart.state == "contacted"
    assert len(desk.provider.accepted) == 1


def test_what_is_absent_twice_is_sent_again_and_once_is_not_enough(desk: TextDesk):
    text = desk.write(101)
    desk.provider.answer = desk.provider.lose
    desk.send()
    desk.wait(seconds=30)
    desk.ask()
    assert desk.state(text) == ("unknown", "asks_provider")
    desk.wait(seconds=29)
    assert desk.ask() == 0
    desk.wait(seconds=1)
    desk.ask()
    assert desk.state(text)[0] == "due"
    desk.provider.answer = lambda _text: "queued"
    assert desk.send().sent == 1
    assert len(desk.provider.accepted) == 1


def test_what_is_to_be_sent_again_goes_through_every_check(desk: TextDesk):
    text = desk.write(101)
    desk.provider.answer = desk.provider.lose
    desk.send()
    for _ in range(2):
        desk.wait(seconds=30)
        desk.ask()
    with transaction():
        opt_out(desk.store_id, "sms", "+12125550123", source="call", vault=VAULT, now=desk.clock())
    desk.send()
    assert desk.state(text) == ("cancelled", "opted_out")


def test_a_provider_whose_list_is_down_means_no_second_text_and_a_person_in_the_end(desk: TextDesk, caplog):
    text = desk.write(101)
    desk.provider.answer = desk.provider.take_without_a_word
    desk.send()
    desk.provider.is_down = True
    for _ in range(5):
        desk.wait(minutes=2)
        desk.ask()
        desk.send()
    assert desk.state(text) == ("unknown", "cannot_ask")
    assert desk.message(text).provider_answer == "503 Service Unavailable"
    assert "cannot say whether it took it" in caplog.text
    desk.wait(hours=24)
    desk.ask()
    assert desk.state(text) == ("review", "cannot_ask")
    assert len(desk.provider.accepted) == 1


def test_a_worker_that_dies_in_the_middle_leaves_a_text_to_be_asked_about(desk: TextDesk):
    text = desk.write(101)
    with transaction():
        leaving.reserve(now=desk.clock(), limit=10, channels=("sms",))
    with transaction():
        leaving.begin(desk.message(text), "token", now=desk.clock())
    desk.wait(minutes=11)
    with transaction():
        assert sending.sweep(now=desk.clock(), gateways=desk.gateways) == 1
    assert desk.state(text) == ("unknown", "asks_provider")
    for _ in range(2):
        desk.wait(seconds=30)
        desk.ask()
    assert desk.state(text)[0] == "due"


@pytest.mark.parametrize("lag", range(0, 31, 5))
@pytest.mark.faults
def test_a_list_that_lags_less_than_the_settle_time_doubles_and_loses_nothing(desk: TextDesk, lag: int):
    """Fault 5. The provider takes it, loses it, or answers, as the dice fall; it is asked until all is settled."""
    dice = random.Random(lag)
    provider = desk.provider
    provider.lag = timedelta(seconds=lag)

    def answer(text):
        return dice.choice((provider.lose, provider.take_without_a_word, lambda _text: "queued"))(text)

    provider.answer = answer
    texts = [desk.write(100 + n, phone=f"(212) 555-01{n:02}") for n in range(12)]
    for _ in range(400):
        desk.send()
        desk.ask()
        desk.wait(seconds=dice.choice((1, 7, 15)))
        if all(desk.state(text)[0] == "sent" for text in texts):
            break
    assert sorted(text.to for _, text in provider.accepted) == [
        f"+12125550 1{n:02}".replace(" ", "") for n in range(12)
    ]


def test_a_refusal_is_a_refusal_and_a_full_provider_is_tried_later(desk: TextDesk):
    first, second = desk.write(101), desk.write(102, phone="(212) 555-0124")

    def answer(text):
        raise GatewayError("21610 blocked" if text.to.endswith("0123") else "429 slow down", code="x",
                           permanent=text.to.endswith("0123"))  # fmt: skip

    desk.provider.answer = answer
    assert desk.send() == sending.SendResult(reserved=2, failed=1, put_back=1)
    assert desk.message(first).reason_words == "Text provider said: 21610 blocked. Not tried again."
    assert desk.state(second) == ("due", "try_later")


def test_no_text_leaves_at_night_or_beyond_the_caps_or_without_consent(desk: TextDesk):
    desk.at[0] = desk.at[0].replace(hour=8)  # three in the morning in New York
    night = desk.write(101)
    assert desk.send().put_back == 1
    message = desk.message(night)
    assert (message.state, message.reason) == ("due", "not_now")
    assert message.due_at == desk.clock().replace(hour=15)
    assert "hours.US/" in (message.reason_words or "")
    desk.wait(hours=7)
    assert desk.send().sent == 1
    again, without = desk.write(102), desk.write(103, phone="(212) 555-0155", email="x@example.com", consent="")
    assert desk.send() == sending.SendResult(reserved=2, cancelled=2)
    assert desk.state(again) == ("cancelled", "cap_person")
    assert desk.state(without) == ("cancelled", "no_basis")


def test_texts_wait_where_there_is_no_provider(desk: TextDesk):
    text = desk.write(101)
    without = desk.gateways
    sending.send_due(
        gateways=type(without)(stores=desk.shop, mail=None, bell=without.bell, vault=VAULT), clock=desk.clock
    )
    assert desk.state(text) == ("due", "no_transport")
    assert session().get_one(Store, desk.store_id).is_live
