"""An offer goes with a message: the store has the coupon before the mail that names it leaves, once; or it vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask

from sidecar.db import transaction
from sidecar.demo.coupon_rules import NotApplicable, use_code
from sidecar.outreach.incentives import granting
from sidecar.stores.connection import Store
from sidecar.stores.site_time import zone_of
from tests.recovery.incentives.offered import TEXT, Stand, plain, stand


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


def test_no_coupon_is_made_for_words_that_do_not_name_it(at: Stand):
    at.write(TEXT.replace("{{ offer }}", ""))
    at.place()
    assert at.send().sent == 1
    assert (at.row.reason, at.posts()) == ("not_named", 0)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Asia/Kathmandu", ""])
def test_a_coupon_ends_with_the_day_at_the_store_and_the_mail_says_when(at: Stand, zone: str):
    at.shop.store.settings.timezone, at.shop.store.settings.offset_minutes = zone, 330
    with transaction():
        row = at.shop.row
        row.timezone, row.gmt_offset_minutes = zone, 330
    there = zone_of(at.shop.row)
    at.place()
    now = at.shop.clock()
    at.send()
    ends = at.row.expires_at.astimezone(there)
    assert (ends.date() - now.astimezone(there).date()).days == 7
    assert f"{ends:%H:%M:%S}" == "23:59:59"
    assert at.made[0].expires == int(at.row.expires_at.timestamp())
    assert f"{at.row.expires_at.astimezone(ZoneInfo('America/New_York')):%H:%M}" in plain(at.sink.accepted[0])


def test_a_store_whose_zone_was_changed_meanwhile_is_believed(at: Stand):
    at.shop.store.settings.timezone = "Asia/Tokyo"
    at.place()
    at.send()
    assert at.row.state == "active"
    assert at.made[0].expires == int(at.row.expires_at.timestamp())
    assert f"{at.row.expires_at.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M:%S}" == "23:59:59"


def test_a_coupon_that_has_run_out_is_not_named_and_not_made_a_second_time(at: Stand):
    at.set(valid_for="1d")
    at.sink.at_recipient = lambda _to: "451 later"
    at.place()
    at.send()
    assert at.row.state == "active"
    at.sink.at_recipient = lambda _to: "250 OK"
    at.shop.clock.move(timedelta(days=2, hours=1))
    assert at.send().sent == 1
    assert at.row.code not in plain(at.sink.accepted[0])
    assert at.posts() == 1


def test_a_coupon_goes_from_the_mail_through_the_checkout_and_is_marked_used(at: Stand):
    (order,) = at.place()
    at.send()
    line = order.lines[0]
    link = f"{at.shop.store.url}/checkout-link/?products={line.product_id}:1&coupon={at.row.code}"
    browser = requests.Session()
    page = browser.get(link, timeout=10)
    address = order.billing | {"address_1": "1 Main St", "city": "New York", "postcode": "10001"}
    paid = browser.post(page.url, data=address | {"payment_method": "local_card:tok_ok"}, timeout=10)
    assert "order-received" in paid.url

    (bought,) = [one for one in at.shop.store.orders.values() if one.id != order.id]
    assert bought.coupons[0].discount == -(-line.subtotal // 10)
    at.shop.poll_all()
    at.shop.poll_all()
    assert at.withdraw() == 1
    assert at.row.state == "used"
