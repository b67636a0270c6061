"""An offer goes with a message: the store has the coupon before the mail that names it leaves, once; or it vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from sidecar.db import transaction
from sidecar.demo import order as demo
from sidecar.demo.coupon_rules import NotApplicable, use_code
from sidecar.outreach import granting
from sidecar.ports import StoreLink
from sidecar.stores.connection import Store
from tests.recovery.offered import Stand, plain, stand


@pytest.fixture
def at(app: Flask) -> Iterator[Stand]:
    with stand(app) as found:
        yield found


def test_the_coupon_that_a_mail_names_is_in_the_store_when_it_leaves(at: Stand):
    seen: list[list[str]] = []

    def look(_from: str) -> str:
        seen.append([coupon.code for coupon in at.made])
        return "250 OK"

    at.sink.at_sender = look
    (order,) = at.place()
    at.send()

    (mail,), row = at.sink.accepted, at.row
    assert seen == [[row.code.lower()]]
    assert row.code in plain(mail)
    assert "10 % off your order" in plain(mail)
    assert (row.state, row.offer, row.kind, row.value_minor) == ("active", "reminder-1", "percent", 1000)
    assert at.made[0].email_restrictions == [order.billing["email"]]
    assert at.told() == [f"Coupon {row.code} made in the store."]


def test_the_customer_can_use_it_once_and_nobody_else_can(at: Stand):
    (order,) = at.place()
    at.send()
    code, world = at.row.code, at.shop.store.world
    other = at.shop.place()
    with pytest.raises(NotApplicable, match="valid email"):
        use_code(world, other, code)
    before = order.goods
    use_code(world, order, code)
    assert order.goods == before - before // 10
    again = at.shop.place()
    again.billing = order.billing
    with pytest.raises(NotApplicable, match="Usage limit"):
        use_code(world, again, code)


def test_messages_without_an_offer_ask_nothing_about_coupons(at: Stand):
    at.set(by_step="")
    at.place(2)
    assert at.send().sent == 2
    assert at.rows() == []
    assert at.shop.asked("/wp-json/wc/v3/coupons") == 0


def test_nothing_is_made_before_a_message_may_leave(at: Stand):
    with transaction():
        at.shop.row.live_at = None
    at.place()
    at.send()
    with transaction():
        at.shop.row.live_at = at.shop.clock()
    (order,) = (at.shop.store.orders[i] for i in at.shop.carts())
    at.shop.store.simulator.pay(order.id, bump=False)
    assert at.send().cancelled == 1
    assert (at.rows(), at.made, at.sink.accepted) == ([], [], [])


def test_a_message_that_is_put_back_keeps_its_coupon_and_gets_no_second(at: Stand):
    at.sink.at_recipient = lambda _to: "451 later"
    at.place()
    assert at.send().put_back == 1
    code = at.row.code
    at.sink.at_recipient = lambda _to: "250 OK"
    at.shop.clock.move(timedelta(minutes=2))
    assert at.send().sent == 1
    assert code in plain(at.sink.accepted[0])
    assert (len(at.made), at.posts()) == (1, 1)


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
    monkeypatch.setattr("sidecar.outreach.offers.new_code", lambda: next(codes))
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


def test_caps_of_a_day_hold_and_begin_anew_at_the_stores_midnight(at: Stand):
    at.set(per_day="2")
    at.place(4)
    assert at.send().sent == 4
    assert sorted((row.state, row.reason) for row in at.rows()) == [
        ("active", None), ("active", None), ("failed", "cap_count"), ("failed", "cap_count"),
    ]  # fmt: skip
    with transaction():
        for row in at.rows():
            row.created_at = row.created_at - timedelta(days=1)
    at.place()
    at.send()
    assert len(at.made) == 3


def test_what_was_given_today_is_counted_by_the_stores_day(at: Stand):
    at.place(2)
    at.send()
    moment = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)  # 23:59 on the 21st in New York
    with transaction():
        for row in at.rows():
            row.created_at = moment
    store = at.shop.row
    assert granting.given_today(store, "USD", now=moment).count == 2
    assert granting.given_today(store, "USD", now=moment + timedelta(minutes=1)).count == 0
    assert granting.given_today(store, "USD", now=moment).minor == sum(
        -(-cart.goods // 10) for cart in at.shop.store.orders.values()
    )
    assert isinstance(store, Store)


@pytest.mark.parametrize(
    ("by_step", "on_sale", "reason"),
    [("percent 10", [11], "on_sale"), ("percent 10", [12], None), ("fixed 5 USD", [12], None),
     ("fixed 5 USD", [11], "on_sale"), ("free_shipping", [11], None)],
)  # fmt: skip
def test_no_discount_is_promised_on_what_is_on_sale(at: Stand, by_step: str, on_sale: list[int], reason: str | None):
    at.set(by_step=by_step)
    for product_id in on_sale:
        at.shop.store.world.products[product_id].on_sale = True
    at.place()
    assert at.send().sent == 1
    assert at.row.reason == reason
    assert len(at.made) == (0 if reason else 1)


def test_free_delivery_is_promised_only_where_a_coupon_opens_it(at: Stand):
    at.set(by_step="free_shipping")
    at.shop.store.settings.free_shipping_requires = "min_amount"
    (order,) = at.place()
    at.send()
    assert (at.row.state, at.row.reason) == ("failed", "no_free_method")
    at.shop.store.settings.free_shipping_requires = "coupon"
    (order,) = at.place()
    at.send()
    assert "Free delivery" in plain(at.sink.accepted[1])
    use_code(at.shop.store.world, order, at.rows()[1].code)
    assert order.shipping_total == 0


def test_what_no_coupon_can_keep_goes_along_in_the_owners_words(at: Stand):
    at.set(by_step="gift", gift_words="A record brush comes with your order.")
    at.place()
    assert at.send().sent == 1
    assert "A record brush comes with your order." in plain(at.sink.accepted[0])
    assert (at.rows(), at.made) == ([], [])


def test_an_offer_that_the_owner_takes_back_is_not_shown_any_more(at: Stand):
    at.sink.at_recipient = lambda _to: "451 later"
    at.place()
    at.send()
    assert at.row.state == "active"
    at.set(by_step="")
    at.sink.at_recipient = lambda _to: "250 OK"
    at.shop.clock.move(timedelta(minutes=2))
    assert at.send().sent == 1
    assert at.row.code not in plain(at.sink.accepted[0])


def test_a_coupon_of_an_address_that_was_corrected_is_not_promised_to_the_new_one(at: Stand):
    at.sink.at_recipient = lambda _to: "451 later"
    (order,) = at.place()
    at.send()
    assert at.row.state == "active"
    at.shop.store.simulator.edit(order.id, billing={"email": "corrected@example.com"})
    at.shop.clock.move(timedelta(hours=2))
    at.sink.at_recipient = lambda _to: "250 OK"
    at.shop.poll_all()
    at.send()
    (mail,) = at.sink.accepted
    assert mail["To"] == "corrected@example.com"
    assert at.row.code not in plain(mail)
    assert len(at.made) == 1
