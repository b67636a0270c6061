"""What can still be paid, and where: the order's pay page, a rebuilt cart, or nothing more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.pay_link import Way, on_own_host, way_to_pay
from sidecar.stores.connection import Store
from tests.factories import NOW

PAGE = "https://shop.example.com/checkout/order-pay/7/?pay_for_order=true&key=wc_order_x"
LINK = "https://shop.example.com/checkout-link/?products="


def a_line(product_id: int = 11, quantity: int = 1, **changes: Any) -> CartLine:
    return CartLine(**{"product_id": product_id, "variation_id": 0, "quantity": quantity, "options": ""} | changes)


def a_cart(*lines: CartLine, minutes: float = 5, **changes: Any) -> Cart:
    """Dana's order of a few minutes ago: a guest's, unpaid."""
    values: dict[str, Any] = {
        "status": "pending",
        "state": "abandoned",
        "total_minor": 43000,
        "needs_payment": True,
        "payment_url": PAGE,
        "customer_id": 0,
        "email": "dana@example.com",
        "ordered_at": NOW - timedelta(minutes=minutes),
        "coupon_codes": [],
        "lines": list(lines or [a_line()]),
    }
    return Cart(**values | changes)


def way(cart: Cart, version: str | None = "10.0.2", **more: Any) -> Way:
    store = Store(url="https://shop.example.com", wc_version=version)
    return way_to_pay(cart, store, now=NOW, **{"mapped": {}} | more)


@pytest.mark.parametrize("status", ["pending", "failed", "checkout-draft"])
def test_a_fresh_order_is_paid_on_its_own_pay_page(status: str) -> None:
    assert way(a_cart(status=status)) == Way("pay_page", PAGE)


def test_an_order_that_the_store_cancelled_is_rebuilt_from_its_items() -> None:
    cart = a_cart(a_line(11, 2), a_line(21, 1, variation_id=42), a_line(11, 1), status="cancelled", minutes=90)
    assert way(cart) == Way("rebuilt_cart", LINK + "11:3,42:1")


def test_a_draft_that_the_store_has_deleted_is_rebuilt_too() -> None:
    cart = a_cart(status="checkout-draft", state="closed", closed_reason="gone", minutes=2000)
    assert way(cart).kind == "rebuilt_cart"


@pytest.mark.parametrize(("minutes", "kind"), [(9, "pay_page"), (10, "rebuilt_cart"), (3000, "rebuilt_cart")])
def test_a_guest_whose_pay_page_would_first_ask_for_the_address_gets_a_rebuilt_cart(minutes: int, kind: str) -> None:
    assert way(a_cart(minutes=minutes)).kind == kind
    assert way(a_cart(minutes=minutes), past_the_check=False).kind == "pay_page"


def test_a_customer_with_an_account_is_not_sent_to_a_page_that_asks_for_the_password() -> None:
    assert way(a_cart(customer_id=5), past_the_check=False).kind == "rebuilt_cart"


def test_the_offer_made_to_this_person_goes_before_the_coupon_of_the_order() -> None:
    assert way(a_cart(status="cancelled", coupon_codes=["welcome10"])).url == LINK + "11:1&coupon=welcome10"
    assert way(a_cart(coupon_codes=["welcome10"]), offer="DANA-7K").url == LINK + "11:1&coupon=DANA-7K"


def test_a_code_cannot_add_anything_to_the_address() -> None:
    assert way(a_cart(status="cancelled", coupon_codes=["a&b=c", "x" * 61, "ten % off"])).url == (
        LINK + "11:1&coupon=ten%20%25%20off"
    )


@pytest.mark.parametrize(
    "line", [a_line(options="Engraved: Dana"), a_line(0), a_line(quantity=0)], ids=["engraved", "no product", "none"]
)
def test_what_cannot_be_put_into_a_cart_again_stays_on_its_pay_page_as_long_as_that_lives(line: CartLine) -> None:
    assert way(a_cart(line, minutes=90), offer="DANA-7K") == Way("pay_page", PAGE)
    assert way(a_cart(line, minutes=90, status="cancelled")) == Way("store", "https://shop.example.com/")


@pytest.mark.parametrize(("version", "kind"), [("9.9.5", "store"), ("10.4.4", "rebuilt_cart"), (None, "rebuilt_cart")])
def test_only_a_store_that_knows_checkout_links_gets_one(version: str | None, kind: str) -> None:
    assert way(a_cart(status="cancelled"), version).kind == kind


def test_a_store_with_plain_permalinks_gets_the_link_as_a_query() -> None:
    page = "https://shop.example.com/?page_id=8&order-pay=7&pay_for_order=true&key=wc_order_x"
    assert way(a_cart(status="cancelled", payment_url=page)).url == (
        "https://shop.example.com/?checkout-link=true&products=11:1"
    )


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"state": "recovered"}, "thanks"),
        ({"status": "processing"}, "thanks"),
        ({"status": "on-hold"}, "waits"),
        ({"status": "cancelled", "state": "closed", "closed_reason": "cancelled_by_shop"}, "store"),
        ({"status": "pending", "state": "closed", "closed_reason": "trashed"}, "store"),
        ({"status": "refunded", "state": "closed", "closed_reason": "refunded"}, "store"),
        ({"status": "awaiting-quote", "needs_payment": False}, "store"),
        ({"status": "awaiting-quote", "minutes": 90}, "pay_page"),
        ({"status": "pending", "state": "closed", "closed_reason": "not_interested"}, "pay_page"),
        ({"status": "cancelled", "state": "closed", "closed_reason": "cancelled_by_customer"}, "rebuilt_cart"),
    ],
)
def test_what_has_ended_leads_where_it_should(changes: dict[str, Any], kind: str) -> None:
    assert way(a_cart(**changes)).kind == kind


def test_a_status_of_the_store_means_what_the_owner_says() -> None:
    cart = a_cart(status="paid-by-fax")
    assert way(cart, mapped={"paid-by-fax": "paid"}).kind == "thanks"


@pytest.mark.parametrize(
    ("url", "home", "is_there"),
    [
        ("https://shop.example.com/pay", "https://shop.example.com", True),
        ("https://www.shop.example.com/pay", "https://shop.example.com", True),
        ("https://SHOP.example.com:443/pay", "https://shop.example.com", True),
        ("https://shop.example.com/pay", "http://shop.example.com", True),
        ("http://shop.example.com/pay", "https://shop.example.com", False),
        ("https://shop.example.com.evil.example/pay", "https://shop.example.com", False),
        ("https://evil.example/?shop.example.com", "https://shop.example.com", False),
        ("https://shop.example.com@evil.example/", "https://shop.example.com", False),
        ("https://shop.example.com:8443/pay", "https://shop.example.com", False),
        ("https://shop.example.com\\@evil.example/", "https://shop.example.com", False),
        ("//shop.example.com/pay", "https://shop.example.com", False),
        ("javascript:alert(1)", "https://shop.example.com", False),
        ("https://[shop.example.com/pay", "https://shop.example.com", False),
        ("", "https://shop.example.com", False),
    ],
)
def test_an_address_elsewhere_is_not_the_stores_own(url: str, home: str, is_there: bool) -> None:
    assert on_own_host(url, home) is is_there


def test_a_pay_page_on_a_strange_host_is_never_led_to() -> None:
    cart = a_cart(payment_url="https://evil.example/order-pay/7/")
    assert way(cart) == Way("rebuilt_cart", LINK + "11:1")
