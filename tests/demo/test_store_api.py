"""The Store API answers as recorded: the cart, the draft that follows what is typed, and placing the order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sidecar.demo import catalog
from sidecar.demo.order import Coupon, Order
from sidecar.demo.store import SampleStore, running_store
from tests.demo import shape
from tests.demo.recorded import FOLDER, recording

PLAIN = {"first_name": "Petra", "last_name": "Pending", "company": "", "address_1": "3 Dock St", "address_2": "",
         "city": "Bangor", "state": "ME", "postcode": "04401", "country": "US", "email": "petra@example.com",
         "phone": "(207) 555-0101"}
HEADERS = ("Content-Type", "Allow", "Access-Control-Allow-Methods", "Access-Control-Allow-Credentials", "Vary",
           "User-ID", "X-Robots-Tag", "Access-Control-Expose-Headers", "Access-Control-Allow-Headers")


class Checkout:
    """One shopper's browser."""

    def __init__(self, store: SampleStore) -> None:
        self.store = store
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        """The answer; the token it brings is shown next time."""
        headers = {"Cart-Token": self.token} if self.token else {}
        answer = requests.request(method, f"{self.store.url}/wp-json/wc/store/v1/{path}", json=body, headers=headers,
                                  timeout=10)
        self.token = answer.headers["Cart-Token"]
        return answer

    def post(self, path: str, **body: Any) -> requests.Response:
        """The answer to a POST."""
        return self.ask("POST", path, body)

    @property
    def draft(self) -> Order:
        """The only order there is."""
        (order,) = self.store.orders.values()
        return order


@pytest.fixture
def shopper() -> Iterator[Checkout]:
    """Somebody with two brushes in the cart."""
    with running_store(people=False) as store:
        one = Checkout(store)
        one.ask("GET", "cart")
        one.post("cart/add-item", id=catalog.BRUSH, quantity=2)
        yield one


def assert_as_recorded(ours: requests.Response, name: str) -> None:
    """Status, headers that matter, keys and types; errors word for word."""
    theirs = recording(name)["response"]
    body = theirs["body"] if isinstance(theirs["body"], dict) else json.loads(theirs["body"])
    assert ours.status_code == theirs["status"]
    for header in HEADERS:
        assert ours.headers.get(header) == theirs["headers"].get(header), header
    if ours.status_code >= 400:
        assert ours.json() == body
    assert shape.differences(ours.json(), [body]) == []


def test_cart_checkout_and_errors_answer_as_recorded(shopper: Checkout) -> None:
    assert_as_recorded(Checkout(shopper.store).ask("GET", "cart"), "store-01-cart-get")
    assert_as_recorded(Checkout(shopper.store).post("cart/add-item", id=1), "store-10-no-nonce-no-token")
    assert_as_recorded(shopper.post("cart/add-item", id=catalog.BRUSH), "store-02-cart-add-item")
    assert_as_recorded(shopper.ask("GET", "checkout"), "store-03-checkout-get-creates-draft")
    typed = shopper.post("cart/update-customer", billing_address=PLAIN, shipping_address={})
    assert_as_recorded(typed, "store-04-cart-update-customer")
    called = shopper.post("cart/update-customer", billing_address={"phone": "call me", "country": "US"})
    assert_as_recorded(called, "store-04d-update-customer-bad-phone")
    partial = shopper.ask("PUT", "checkout", {"payment_method": "local_card", "order_notes": "ring the bell"})
    assert_as_recorded(partial, "store-05-checkout-put-partial")


@pytest.mark.parametrize(
    ("token", "name", "status"),
    [("tok_ok", "store-11-checkout-post-ok", "processing"),
     ("tok_declined", "store-11-checkout-post-declined", "failed"),
     ("tok_redirect", "store-11-checkout-post-redirect", "pending")],
)
def test_placed_order_ends_as_recorded(shopper: Checkout, token: str, name: str, status: str) -> None:
    shopper.ask("GET", "checkout")
    data = [{"key": "local_card_token", "value": token}]
    ours = shopper.post("checkout", payment_method="local_card", payment_data=data, billing_address=PLAIN)

    assert_as_recorded(ours, name)
    assert (shopper.draft.status, shopper.draft.billing["email"]) == (status, "petra@example.com")


def test_without_an_address_nothing_is_placed(shopper: Checkout) -> None:
    ours = shopper.post("checkout", payment_method="local_card", billing_address={"email": "justmail@example.com"})
    assert_as_recorded(ours, "store-09-checkout-post-missing-address")
    assert shopper.draft.status == "checkout-draft"


def test_cart_of_a_checkout_link_looks_as_recorded(shopper: Checkout) -> None:
    now = shopper.store.world.seconds()
    shopper.store.world.coupons[900] = Coupon(900, "welcome10", now, now, "percent", 10_00)
    query = f"products={catalog.TURNTABLE}:2,{catalog.BRUSH}:1&coupon=welcome10"
    moved = requests.get(f"{shopper.store.url}/checkout-link/?{query}", timeout=10, allow_redirects=False)
    linked = Checkout(shopper.store)
    linked.token = moved.headers["Location"].partition("session=")[2]

    cart = linked.ask("GET", "cart")

    assert_as_recorded(cart, "checkout-link-cart-after")
    assert [coupon["code"] for coupon in cart.json()["coupons"]] == ["welcome10"]
    assert cart.json()["totals"]["total_discount"] == "9170"


def test_draft_follows_the_cart_step_by_step_as_recorded(shopper: Checkout) -> None:
    """What each step changes: the e-mail address, the number of lines, the modified date."""
    world, began = shopper.store.world, datetime.now(UTC)
    seen: list[tuple[bool, str, int, str]] = []
    before = 0

    def look(minutes: int) -> None:
        nonlocal before
        order = shopper.draft
        seen.append((order.modified != before, order.billing["email"], len(order.lines), order.status))
        before = order.modified
        world.clock = lambda: began + timedelta(minutes=minutes + 1)

    def key(item: int) -> str:
        rows = shopper.ask("GET", "cart").json()["items"]
        return next(str(row["key"]) for row in rows if row["id"] == item)

    email = {"email": "a@example.com"}
    steps = [
        ("GET", "checkout", lambda: None),
        ("POST", "cart/update-customer", lambda: {"billing_address": email}),
        ("POST", "cart/update-customer", lambda: {"billing_address": email}),
        ("POST", "cart/add-item", lambda: {"id": catalog.SLEEVES}),
        ("GET", "checkout", lambda: None),
        ("GET", "cart", lambda: None),
        ("POST", "cart/remove-item", lambda: {"key": key(catalog.BRUSH)}),
        ("POST", "cart/remove-item", lambda: {"key": key(catalog.SLEEVES)}),
        ("GET", "checkout", lambda: None),
    ]
    for minute, (method, path, body) in enumerate(steps):
        assert shopper.ask(method, path, body()).ok
        look(minute)

    recorded = [step[-1] for step in json.loads((FOLDER / "fact-draft-lifecycle.json").read_text())]
    dates = [row[0] for row in recorded]
    moved = [True, *(one != other for one, other in zip(dates[1:], dates, strict=False))]
    assert seen == [(has_moved, row[1], row[3], row[4]) for has_moved, row in zip(moved, recorded, strict=True)]


def test_what_is_no_address_empties_the_field(shopper: Checkout) -> None:
    shopper.ask("GET", "checkout")
    shopper.post("cart/update-customer", billing_address={"email": "a@example.com"})
    answer = shopper.post("cart/update-customer", billing_address={"email": "not-an-email"})
    assert_as_recorded(answer, "store-04c-update-customer-bad-email")
    assert shopper.draft.billing["email"] == ""


def test_from_10_9_looking_at_the_checkout_makes_no_draft(shopper: Checkout) -> None:
    shopper.store.settings.drafts_in_any = False
    assert shopper.ask("GET", "checkout").status_code == 200
    assert shopper.store.orders == {}
