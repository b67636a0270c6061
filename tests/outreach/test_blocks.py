"""Blocks show what is true and known, and vanish whole when it is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from sidecar.carts.cart import Cart, CartLine, Purchase
from sidecar.db import session
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.sources import Source
from sidecar.outreach.letters.wording import Composed, compose
from sidecar.outreach.sequences.sequence import Step
from sidecar.settings import Settings
from sidecar.stores.connection import Store, find_store
from sidecar.stores.product import STOCK_KNOWN_FOR, Product
from tests.factories import NOW, make_cart, make_contact, make_store

STEP = Step("reminder-1", "reminder-1", "Reminder")
TURNTABLE, CARTRIDGE, MAT, LP = 11, 13, 30, 27


@pytest.fixture
def store(app: Flask) -> Store:
    return make_store()


@pytest.fixture
def cart(store: Store) -> Cart:
    return make_cart(store, make_contact(store))


def showing(
    cart: Cart, body: str, *, coupon: Coupon | None = None, offer_words: str = "", now: datetime | None = NOW,
    **settings: str,
) -> Composed:  # fmt: skip
    store = find_store(cart.store_id)
    assert store is not None
    assert cart.contact is not None
    written = {name.replace("__", "."): value for name, value in settings.items()}
    return compose(
        STEP, cart, cart.contact, store, Settings(written),
        source=Source("Hello", "Hello", f"Before\n\n{body}\n\nAfter", f"Before\n\n{body}\n\nAfter"),
        coupon=coupon, offer_words=offer_words, now=now,
    )  # fmt: skip


def shown(cart: Cart, body: str, **more: Any) -> str:
    """The text part between the two lines."""
    text = showing(cart, body, **more).text
    return text.partition("Before")[2].partition("After")[0].strip()


def a_product(store: Store, product_id: int, **changes: Any) -> Product:
    values: dict[str, Any] = {
        "store_id": store.id, "product_id": product_id, "name": f"Thing {product_id}", "currency": "USD",
        "url": f"https://shop.example.com/product/{product_id}", "price_minor": 12900, "is_sold": True, "read_at": NOW,
    }  # fmt: skip
    product = Product(**values | changes)
    session().add(product)
    session().flush()
    return product


def a_coupon(cart: Cart, **changes: Any) -> Coupon:
    values: dict[str, Any] = {
        "store_id": cart.store_id, "cart_id": cart.id, "contact_id": cart.contact_id, "offer": "x", "kind": "percent",
        "value_minor": 1000, "code": "K7QM-4RTX", "email": cart.email, "created_at": NOW,
        "expires_at": NOW + timedelta(days=7, hours=5),
    }  # fmt: skip
    return Coupon(**values | changes)


@pytest.mark.parametrize("block", ["offer", "guarantees", "support", "related", "reviews", "stock", "talk"])
def test_a_block_without_facts_vanishes_from_both_parts(cart: Cart, block: str) -> None:
    message = showing(cart, f"{{{{ {block} }}}}", calls__asked="off")
    assert "Before\n\nAfter" in message.text
    page = message.html.partition("Before")[2].partition("After")[0]
    assert "<a " not in page
    assert "<table" not in page


# --- offers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "10 % off your order"),
        ({"value_minor": 750}, "7.5 % off your order"),
        ({"kind": "fixed", "value_minor": 2000}, "$20.00 off your order"),
        ({"kind": "free_shipping", "value_minor": 0}, "Free delivery for your order"),
    ],
)
def test_an_offer_says_what_it_takes_off_its_code_and_its_end_on_the_customers_clock(
    cart: Cart, changes: dict[str, Any], title: str
) -> None:
    said = shown(cart, "{{ offer }}", coupon=a_coupon(cart, **changes))
    assert said == f"{title}\nYour code: K7QM-4RTX\nUntil 25 November, 18:00 (your time)."


def test_where_the_customers_zone_is_not_certain_the_stores_is_named(cart: Cart) -> None:
    assert cart.contact is not None
    cart.contact.phone_e164, cart.contact.region = "", ""  # somewhere in the United States
    assert "Until 25 November, 18:00 (New York time)." in shown(cart, "{{ offer }}", coupon=a_coupon(cart))


@pytest.mark.parametrize("changes", [{"expires_at": NOW}, {"kind": "gold"}])
def test_an_offer_that_has_ended_or_has_no_words_is_not_made(cart: Cart, changes: dict[str, Any]) -> None:
    assert shown(cart, "{{ offer }}", coupon=a_coupon(cart, **changes)) == ""


def test_what_the_shop_keeps_without_a_coupon_is_said_in_its_words(cart: Cart) -> None:
    assert shown(cart, "{{ offer }}", offer_words="A brush comes with it.") == "A brush comes with it."


def test_expiry_and_value_can_stand_in_a_sentence(cart: Cart) -> None:
    body = "{{ coupon_value|Nothing }} until {{ coupon_expires_at|never }} with {{ coupon_code|no code }}"
    assert shown(cart, body, coupon=a_coupon(cart)) == "10 % off your order until 25 November, 18:00 with K7QM-4RTX"
    assert shown(cart, body) == "Nothing until never with no code"


# --- what the owner wrote -------------------------------------------------------------------------------------------


def test_guarantees_stand_in_the_customers_language_or_not_at_all(cart: Cart) -> None:
    assert cart.contact is not None
    settings = {"content__returns": "Free returns. | de: Kostenlose Rückgabe.", "content__payment": "Card or PayPal."}
    assert shown(cart, "{{ guarantees }}", **settings) == "Returns: Free returns.\nWays to pay: Card or PayPal."
    cart.contact.language = "de"
    assert shown(cart, "{{ guarantees }}", **settings) == "Rückgabe: Kostenlose Rückgabe."


def test_help_and_calls_are_named_where_there_are_any(cart: Cart) -> None:
    assert shown(cart, "{{ support }}", calls__number="+1 212 555 0100") == "By phone: +1 212 555 0100"
    found = showing(cart, "{{ support }}\n\n{{ talk }}", content__help_url="https://example.com/help",
                    sender__reply_to="hello@example.com")  # fmt: skip
    assert "Help and answers: https://example.com/help" in found.text
    assert 'href="https://example.com/help"' in found.html
    assert 'href="https://ringback.invalid/b/preview"' in found.html
    assert "Choose a time, and we call you.\nhttps://ringback.invalid/b/preview" in found.text
    without = showing(cart, "{{ talk }}", calls__asked="off", sender__reply_to="hello@example.com")
    assert 'href="mailto:hello@example.com?subject=Call%20me%20about%20order%20101"' in without.html
    assert "Reply with your number and a time that suits you." in without.text


# --- what the store's catalogue says --------------------------------------------------------------------------------


def test_what_is_sold_with_the_cart_is_shown_and_nothing_that_cannot_be_bought(store: Store, cart: Cart) -> None:
    a_product(store, TURNTABLE, cross_sell_ids=[CARTRIDGE, MAT, TURNTABLE, 40, 41, 42, 99], upsell_ids=[LP])
    a_product(store, CARTRIDGE)
    a_product(store, MAT, price_minor=None)
    a_product(store, LP)
    a_product(store, 40, is_sold=False)
    a_product(store, 41, url="https://elsewhere.example.net/x")
    a_product(store, 42, gone=True)
    assert shown(cart, "{{ related }}").splitlines() == [
        "Goes well with it:",
        "Thing 13: $129.00",
        "  https://shop.example.com/product/13",
        "Thing 30",
        "  https://shop.example.com/product/30",
    ]


def test_upsells_come_next_and_then_what_was_bought_before(store: Store, cart: Cart) -> None:
    turntable = a_product(store, TURNTABLE, upsell_ids=[MAT])
    a_product(store, MAT)
    a_product(store, LP)
    bought = {"store_id": store.id, "contact_id": cart.contact_id, "currency": "USD", "total_minor": 1,
              "goods_minor": 1, "ordered_at": NOW, "paid_at": NOW}  # fmt: skip
    session().add(Purchase(order_id=7, status="completed", product_ids=[LP], **bought))
    session().add(Purchase(order_id=8, status="refunded", product_ids=[MAT], **bought))
    session().flush()
    assert shown(cart, "{{ related }}").startswith("You may also look at:\nThing 30")
    turntable.upsell_ids = []
    assert shown(cart, "{{ related }}").splitlines()[:2] == ["You chose these before:", "Thing 27: $129.00"]


def test_reviews_are_counted_and_one_is_quoted(store: Store, cart: Cart) -> None:
    product = a_product(store, TURNTABLE, rating_hundredths=463, review_count=38, quote="Silent.", quote_by="ines")
    body = "{{ reviews }}"
    total = "4.6 of 5 stars from 38 reviews of HX-2 Turntable"
    assert shown(cart, body) == f"“Silent.”\nInes\n{total}"
    product.quote_verified = True
    assert "Ines, who bought it" in shown(cart, body)
    product.quote, product.quote_by = "Win at http://evil.example", "x"
    assert shown(cart, body) == total
    assert shown(cart, "{{ rating|no }} of {{ review_count|no }}") == "4.6 of 38"
    product.review_count, product.rating_hundredths = 1, 500
    assert shown(cart, body) == "5.0 of 5 stars from 1 review of HX-2 Turntable"


@pytest.mark.parametrize(
    ("stock", "age", "quantity", "said"),
    [
        (3, timedelta(0), 1, "In stock when we wrote this: 3 of HX-2 Turntable."),
        (3, STOCK_KNOWN_FOR, 1, ""),  # too long ago
        (3, timedelta(0), 4, ""),  # not enough for this cart: nothing to hurry for
        (50, timedelta(0), 1, ""),
        (0, timedelta(0), 1, ""),
        (None, timedelta(0), 1, ""),
    ],
)
def test_stock_is_said_while_it_is_known_and_short(
    store: Store, cart: Cart, stock: int | None, age: timedelta, quantity: int, said: str
) -> None:
    a_product(store, TURNTABLE, stock=stock, read_at=NOW - age)
    cart.lines[0].quantity = quantity
    assert shown(cart, "{{ stock }}") == said
    assert shown(cart, "{{ stock_left|none }}") == (str(stock) if said else "none")
    assert shown(cart, "{{ stock }}", now=None) == ""


def test_stock_of_a_variation_is_not_guessed(store: Store, cart: Cart) -> None:
    a_product(store, TURNTABLE, stock=3)
    cart.lines[0].variation_id = 5
    assert shown(cart, "{{ stock }}") == ""


def test_pictures_come_from_the_order_else_from_the_store(store: Store, cart: Cart) -> None:
    a_product(store, TURNTABLE, image_url="https://shop.example.com/t.png")
    cart.lines.append(CartLine(position=1, product_id=99, name="Odd thing", quantity=1, total_minor=100))
    page = showing(cart, "{{ items }}").html
    assert page.count("<img") == 1
    assert 'src="https://shop.example.com/t.png"' in page
    assert ">Odd<" in page  # stands in for the picture that nobody has


def test_a_stranger_store_s_products_are_not_shown(store: Store, cart: Cart) -> None:
    a_product(make_store(url="https://other.example.com"), TURNTABLE, stock=2, review_count=3, rating_hundredths=500)
    for block in ("stock", "reviews", "related"):
        assert shown(cart, f"{{{{ {block} }}}}") == ""
