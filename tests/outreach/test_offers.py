"""What is offered to whom: the owner's terms, and the limits that none goes beyond."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from sidecar.errors import Refused
from sidecar.outreach.incentives import offers
from sidecar.outreach.incentives.offers import Basket, Given, Grant, Offer, Withheld, offer_of, terms_of
from sidecar.settings import Settings, check
from sidecar.stores.site_time import day_began, end_of_day, written

CART = Basket("USD", goods_minor=40000, shipping_minor=1000, has_bought=False)
NONE = Given()
PERCENT = "reminder-3=percent 10"


def settings(by_step: str = PERCENT, **more: str) -> Settings:
    return Settings({"offers.by_step": by_step} | {f"offers.{name}": value for name, value in more.items()})


def decided(basket: Basket = CART, given: Given = NONE, by_step: str = PERCENT, **more: str) -> Offer | Withheld | None:
    return offer_of("reminder-3", basket, settings(by_step, **more), given)


def reason(basket: Basket = CART, given: Given = NONE, by_step: str = PERCENT, **more: str) -> str:
    found = decided(basket, given, by_step, **more)
    assert isinstance(found, Withheld), found
    assert found.words.endswith(".")
    return found.code


def test_nothing_is_offered_unless_the_owner_set_it():
    assert offer_of("reminder-3", CART, Settings(), NONE) is None
    assert offer_of("reminder-1", CART, settings(), NONE) is None


@pytest.mark.parametrize(
    ("by_step", "offer"),
    [
        ("reminder-3=percent 10", Offer("percent", percent=10, worth_minor=4000)),
        ("reminder-3=percent 7%", Offer("percent", percent=7, worth_minor=2800)),
        ("reminder-3=fixed 20 USD 18 EUR", Offer("fixed", amount_minor=2000, worth_minor=2000)),
        ("reminder-3=fixed 900 USD", Offer("fixed", amount_minor=90000, worth_minor=40000)),
        ("reminder-3=free_shipping", Offer("free_shipping", worth_minor=1000)),
    ],
)
def test_coupons_are_offered_for_what_they_are_worth(by_step, offer):
    assert decided(by_step=by_step) == offer


@pytest.mark.parametrize(
    "kind", ["flat_shipping", "gift", "two_for_one", "gift_card", "free_returns", "extended_terms", "call"]
)
def test_what_no_coupon_can_keep_is_said_in_the_owners_words_or_not_at_all(kind):
    by_step = f"reminder-3={kind}"
    assert reason(by_step=by_step) == "no_words"
    found = offer_of("reminder-3", CART, settings(by_step, **{f"{kind}_words": "As we said."}), NONE)
    assert found == Offer(kind, words="As we said.")
    assert not found.is_coupon


def test_loyalty_points_are_a_note_to_the_rep_and_never_shown_to_customers():
    assert reason(by_step="reminder-3=points", points_words="Credit 200 points.") == "no_words"


@pytest.mark.parametrize(
    ("whom", "has_bought", "code"),
    [("first-time", True, "returning"), ("returning", False, "first_time"), ("first-time", False, ""),
     ("returning", True, ""), ("everyone", True, ""), ("everyone", False, "")],
)  # fmt: skip
def test_offers_are_for_whom_the_owner_says(whom, has_bought, code):
    found = decided(replace(CART, has_bought=has_bought), for_whom=whom)
    assert (found.code if isinstance(found, Withheld) else "") == code


def test_offers_begin_at_the_least_value_of_goods():
    assert reason(replace(CART, goods_minor=4999), minimum="USD=50") == "too_small"
    assert isinstance(decided(replace(CART, goods_minor=5000), minimum="USD=50"), Offer)
    assert isinstance(decided(replace(CART, goods_minor=1), minimum="EUR=50"), Offer)


def test_an_amount_is_offered_only_in_a_currency_it_is_set_in():
    assert reason(replace(CART, currency="JPY"), by_step="reminder-3=fixed 20 USD") == "other_currency"


def test_free_shipping_is_not_offered_where_delivery_costs_nothing():
    assert reason(replace(CART, shipping_minor=0), by_step="reminder-3=free_shipping") == "ships_free"


@pytest.mark.parametrize(
    ("by_step", "margin", "floor", "fits"),
    [
        ("percent 10", "40", "33", True),  # 120 of 360 is 33.3 %
        ("percent 10", "40", "34", False),
        ("percent 40", "40", "0", True),
        ("percent 41", "40", "0", False),  # below cost
        ("fixed 160 USD", "40", "0", True),
        ("fixed 161 USD", "40", "0", False),
        ("fixed 400 USD", "40", "0", False),  # nothing is paid
        ("free_shipping", "40", "37", True),  # 150 of 400 is 37.5 %
        ("free_shipping", "40", "38", False),
        ("percent 50", "0", "0", True),  # neither is known: the owner's own choice
        ("percent 1", "0", "1", False),  # a floor without a margin cannot be kept
    ],
)
def test_no_offer_goes_below_the_margin_floor(by_step, margin, floor, fits):
    found = decided(by_step=f"reminder-3={by_step}", margin=margin, margin_floor=floor)
    assert isinstance(found, Offer) is fits
    assert fits or (isinstance(found, Withheld) and found.code == "margin")


def test_caps_of_a_day_hold_for_number_and_worth():
    assert isinstance(decided(given=Given(1, 0), per_day="2"), Offer)
    assert reason(given=Given(2, 0), per_day="2") == "cap_count"
    assert reason(per_day="0") == "cap_count"
    assert isinstance(decided(given=Given(1, 6000), value_per_day="USD=100"), Offer)
    assert reason(given=Given(1, 6001), value_per_day="USD=100") == "cap_value"
    assert isinstance(decided(given=Given(1, 10**9), value_per_day="EUR=100"), Offer)


def test_a_discount_in_a_message_is_known_to_the_lint():
    said = settings("reminder-1=fixed 5 USD, reminder-2=free_shipping")
    assert offers.has_discount("reminder-1", said)
    assert not offers.has_discount("reminder-2", said)
    assert not offers.has_discount("reminder-3", said)


def test_codes_are_readable_and_never_the_same():
    codes = {offers.new_code() for _ in range(5000)}
    assert len(codes) == 5000
    assert all(re.fullmatch(r"[2-9B-DF-HJKMNP-TV-Z]{4}(-[2-9B-DF-HJKMNP-TV-Z]{4}){2}", code) for code in codes)


@pytest.mark.parametrize(
    ("kind", "value", "currency", "amount", "discount_type"),
    [("percent", 1000, "USD", "10", "percent"), ("percent", 750, "USD", "7.5", "percent"),
     ("fixed", 2050, "USD", "20.50", "fixed_cart"), ("fixed", 2000, "JPY", "2000", "fixed_cart"),
     ("fixed", 2500, "KWD", "2.500", "fixed_cart"), ("free_shipping", 0, "USD", "0", "fixed_cart")],
)  # fmt: skip
def test_terms_are_written_as_woocommerce_reads_them(kind, value, currency, amount, discount_type):
    grant = Grant("K7QM-4RTX-9HDW", kind, value, currency, " Dana@Example.com ", "2026-11-30T23:59:59", "101")
    terms = terms_of(grant, settings(minimum=f"{currency}=50"))

    assert (terms.amount, terms.discount_type, terms.email) == (amount, discount_type, "dana@example.com")
    assert terms.free_shipping is (kind == "free_shipping")
    assert terms.exclude_sale_items is (kind != "free_shipping")
    assert float(terms.minimum_amount) == 50


@pytest.mark.parametrize(
    "text",
    ["reminder-9x=percent 10", "reminder-3", "reminder-3=", "reminder-3=percent", "reminder-3=percent 0",
     "reminder-3=percent 51", "reminder-3=percent ten", "reminder-3=fixed 20", "reminder-3=fixed EUR 20",
     "reminder-3=fixed 0 EUR", "reminder-3=a car", "reminder-3=free_shipping 10",
     "reminder-3=percent 5, reminder-3=percent 6", "percent 10"],
)  # fmt: skip
def test_terms_that_cannot_be_meant_are_refused_with_how_to_write_them(text):
    with pytest.raises(Refused, match=r"^What is offered must "):
        check("offers.by_step", text)


def test_a_day_at_the_store_ends_with_its_last_second_in_every_zone():
    """Every zone, every day of a year: the last second is in the day, and within two hours of what comes next."""
    wrong = []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for month in range(1, 13):
            for day in (1, 8, 15, 22, 28):
                at = datetime(2026, month, day, 12, tzinfo=UTC)
                end = end_of_day(at, zone)
                if not day_began(at, zone) <= at <= end or written(end, zone)[11:] not in ("23:59:59", "00:59:59"):
                    wrong.append((name, at))
    assert wrong == []
