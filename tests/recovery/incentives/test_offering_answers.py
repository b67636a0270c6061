"""An offer never stops its message, whatever the store answers; and there is never a second coupon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.demo import order as demo
from sidecar.ports import StoreLink
from tests.recovery.incentives.offered import Stand, plain, stand


@pytest.fixture
def at(app: Flask) -> Iterator[Stand]:
    with stand(app) as found:
        yield found


@pytest.mark.parametrize(("keys", "code"), [("read_only", "read_only"), ("without_rights", "no_rights")])
def test_a_store_that_does_not_let_us_write_is_asked_once_and_every_message_leaves(at: Stand, keys: str, code: str):
    at.set(not_on_sale_items="off")  # a key without rights may not even look
    link = StoreLink(at.shop.store.url, *getattr(at.shop.store, keys))
    real = at.shop.gateways.coupons
    assert real is not None
    weak = type("Weak", (), {"open_coupons": lambda _self, _link: real.open_coupons(link)})()
    at.shop.gateways = replace(at.shop.gateways, coupons=weak)
    at.place(3)
    assert at.send().sent == 3
    assert {(row.state, row.reason) for row in at.rows()} == {("failed", code)}
    assert "Make one" in (at.rows()[0].reason_words or "")
    assert at.posts() == 1
    assert all("Your code" not in plain(mail) for mail in at.sink.accepted)


@pytest.mark.parametrize("fault", ["cut", "empty", "php_warning", "truncated"])
def test_an_answer_that_gets_lost_is_looked_up_and_the_coupon_goes_along(at: Stand, fault: str):
    at.place()
    at.shop.store.fault(fault, times=1, path="/wp-json/wc/v3/coupons", method="POST")
    assert at.send().sent == 1
    assert (at.row.state, len(at.made), at.posts()) == ("active", 1, 1)
    assert at.row.code in plain(at.sink.accepted[0])


@pytest.mark.parametrize("fault", ["drop", "fatal", "html_200", "captcha", "bad_gateway"])
def test_a_store_that_does_not_answer_stops_no_message_and_may_be_asked_again_later(at: Stand, fault: str):
    at.place()
    at.shop.store.fault(fault, path="/wp-json/wc/v3/coupons")
    at.set(not_on_sale_items="off")
    assert at.send().sent == 1
    assert "Your code" not in plain(at.sink.accepted[0])
    assert at.row.state == "planned"
    assert at.row.reason
    assert at.made == []


def test_while_the_store_may_still_be_making_it_no_second_is_asked_for(at: Stand):
    at.sink.at_recipient = lambda _to: "451 later"
    at.place()
    at.shop.store.fault("drop", times=1, path="/wp-json/wc/v3/coupons", method="POST")
    at.send()
    assert (at.row.state, at.posts()) == ("planned", 1)
    at.shop.clock.move(timedelta(seconds=61))
    at.send()
    assert (at.row.state, at.row.reason, at.posts()) == ("planned", "unanswered", 1)
    at.shop.clock.move(timedelta(minutes=6))
    at.sink.at_recipient = lambda _to: "250 OK"
    assert at.send().sent == 1
    assert (at.row.state, at.posts(), len(at.made)) == ("active", 2, 1)


def test_a_code_that_the_shop_has_taken_is_replaced_and_theirs_is_left_alone(at: Stand, monkeypatch):
    at.place()
    codes = iter(["SUMMER", "K7QM-4RTX-9HDW"])
    monkeypatch.setattr("sidecar.outreach.incentives.offers.new_code", lambda: next(codes))
    world = at.shop.store.world
    theirs = demo.Coupon(world.next_id(), "summer", 0, 0, "percent", 500)
    world.coupons[theirs.id] = theirs
    assert at.send().sent == 1
    assert at.row.code == "K7QM-4RTX-9HDW"
    assert {coupon.code: coupon.amount for coupon in at.made} == {"summer": 500, "k7qm-4rtx-9hdw": 1000}


def test_a_coupon_that_the_store_made_otherwise_is_removed_and_not_promised(at: Stand, monkeypatch):
    monkeypatch.setattr("sidecar.demo.rest_coupons._values", lambda _name, _given: [])  # a plugin drops restrictions
    at.place()
    assert at.send().sent == 1
    assert (at.made, at.posts()) == ([], 1)
    assert "Your code" not in plain(at.sink.accepted[0])
    assert (at.row.state, at.row.reason, at.row.woo_id) == ("failed", "made_otherwise", None)
    assert "email" in (at.row.reason_words or "")
