"""The sample store's checkout: the link that fills a cart, the draft, the coupon, paying."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sidecar.demo import catalog
from sidecar.demo.order import Coupon, Order
from sidecar.demo.store import SampleStore, running_store
from tests.demo.recorded import recording

ADA = {"email": "ada.reed@example.com", "first_name": "Ada", "last_name": "Reed", "address_1": "12 Elm Street",
       "city": "Denver", "state": "CO", "postcode": "80202", "country": "US", "phone": "(303) 555-0101"}
TURNTABLE, BRUSH, SOLD_OUT = catalog.TURNTABLE, catalog.BRUSH, catalog.CLOSED_BACK


@pytest.fixture
def store() -> Iterator[SampleStore]:
    with running_store(people=False) as running:
        yield running


def follow(store: SampleStore, query: str) -> requests.Response:
    """The page a checkout link ends on."""
    return requests.get(f"{store.url}/checkout-link/?{query}", timeout=10)


def send(page: requests.Response, **filled_in: str) -> requests.Response:
    """Places the order on a checkout page."""
    return requests.post(page.url, data=ADA | {"payment_method": "local_card:tok_ok"} | filled_in, timeout=10)


def only_order(store: SampleStore) -> Order:
    (order,) = store.orders.values()
    return order


def make_coupon(store: SampleStore, **changes: object) -> Coupon:
    now = store.world.seconds()
    values = {"discount_type": "percent", "amount": 10_00, "usage_limit": 1, "email_restrictions": [ADA["email"]]}
    coupon = Coupon(900, "dana10", now, now, **values | changes)  # type: ignore[arg-type]
    store.world.coupons[coupon.id] = coupon
    return coupon


def test_link_answers_as_recorded(store: SampleStore) -> None:
    theirs = recording("checkout-link")["response"]
    ours = requests.get(f"{store.url}/checkout-link/?products={TURNTABLE}:2", timeout=10, allow_redirects=False)

    assert ours.status_code == theirs["status"]
    for name in ("X-Redirect-By", "Content-Type"):
        assert ours.headers[name] == theirs["headers"][name]
    form = r"http://127\.0\.0\.1:\d+/checkout/\?session=[\w-]+\.[\w-]+\.[\w-]+"
    assert re.fullmatch(form, theirs["headers"]["Location"])
    assert re.fullmatch(form, ours.headers["Location"])


def test_looking_at_the_checkout_makes_a_draft_with_nobodys_address(store: SampleStore) -> None:
    page = follow(store, f"products={TURNTABLE}:1,{BRUSH}:2,{catalog.CABLE_3M}:1")

    assert page.status_code == 200
    order = only_order(store)
    assert (order.status, order.created_via, order.billing["email"]) == ("checkout-draft", "store-api", "")
    assert [(line.product_id, line.variation_id, line.quantity) for line in order.lines] == [
        (TURNTABLE, 0, 1), (BRUSH, 0, 2), (catalog.CABLE, catalog.CABLE_3M, 1)]
    requests.get(page.url, timeout=10)
    assert len(store.orders) == 1, "the same basket keeps its draft"


def test_from_10_9_there_is_no_draft_before_the_order_is_placed(store: SampleStore) -> None:
    store.settings.drafts_in_any = False
    page = follow(store, f"products={TURNTABLE}")
    assert store.orders == {}
    assert "Order received" in send(page).text
    assert only_order(store).status == "processing"


def test_only_looking_for_the_head_makes_nothing(store: SampleStore) -> None:
    where = requests.head(f"{store.url}/checkout-link/?products={TURNTABLE}", timeout=10).headers["Location"]
    requests.head(where, timeout=10)
    assert store.orders == {}


def test_order_is_placed_and_paid_with_the_address_and_the_coupon(store: SampleStore) -> None:
    coupon = make_coupon(store)
    page = follow(store, f"products={TURNTABLE}:1&coupon=DANA10")
    assert "Coupon: dana10" in page.text
    assert coupon.used_by == [], "a draft uses nothing up"

    done = send(page)

    order = only_order(store)
    assert "Order received" in done.text
    assert (order.status, order.billing["email"], order.needs_payment) == ("processing", ADA["email"], False)
    assert [use.discount for use in order.coupons] == [44_90]
    assert coupon.used_by == [ADA["email"]]
    assert "currently empty" in requests.get(page.url, timeout=10).text


def test_coupon_that_was_used_up_in_another_order_stays_so(store: SampleStore) -> None:
    coupon = make_coupon(store)
    send(follow(store, f"products={TURNTABLE}&coupon=dana10"))

    again = follow(store, f"products={BRUSH}&coupon=dana10")

    assert "Usage limit" in again.text
    assert "Order received" in send(again).text
    assert coupon.used_by == [ADA["email"]]


def test_somebody_else_cannot_use_the_coupon_and_may_pay_without_it(store: SampleStore) -> None:
    make_coupon(store)
    page = follow(store, f"products={TURNTABLE}&coupon=dana10")

    refused = send(page, email="eve@example.com")
    assert "enter a valid email at checkout" in refused.text
    assert only_order(store).status == "checkout-draft"

    assert "Order received" in send(page, email="eve@example.com").text
    assert only_order(store).coupons == []


def test_declined_card_keeps_the_order_and_its_coupon_for_the_next_try(store: SampleStore) -> None:
    coupon = make_coupon(store)
    page = follow(store, f"products={TURNTABLE}&coupon=dana10")

    declined = send(page, payment_method="local_card:tok_declined")
    assert "Your card was declined." in declined.text
    assert only_order(store).status == "failed"

    assert "Order received" in send(page).text
    assert only_order(store).status == "processing"
    assert coupon.used_by == [ADA["email"]]


def test_what_is_missing_is_said_and_nothing_is_placed(store: SampleStore) -> None:
    page = follow(store, f"products={TURNTABLE}")
    answer = send(page, first_name="", postcode=" ")
    assert "First name is required, ZIP Code is required" in answer.text
    assert only_order(store).status == "checkout-draft"


@pytest.mark.parametrize("query", ["", "products=", "products=abc", "products=4711:1", f"products={SOLD_OUT}:1",
                                   f"products={catalog.CABLE}:1", f"products={TURNTABLE}:9999"])
def test_link_without_anything_to_be_had_ends_on_an_empty_cart(store: SampleStore, query: str) -> None:
    page = follow(store, query)
    assert page.url.endswith("/cart/")
    assert "out of date or invalid" in page.text


def test_what_is_sold_out_is_left_out_and_said(store: SampleStore) -> None:
    page = follow(store, f"products={SOLD_OUT}:1,{BRUSH}:1&coupon=nosuch")
    assert "could not be added" in page.text
    assert "does not exist" in page.text
    assert [line.product_id for line in only_order(store).lines] == [BRUSH]


def test_session_that_is_forged_or_too_old_holds_nothing(store: SampleStore) -> None:
    page = follow(store, f"products={BRUSH}")
    forged = page.url[:-3] + ("aaa" if not page.url.endswith("aaa") else "bbb")
    assert "currently empty" in requests.get(forged, timeout=10).text
    store.world.clock = lambda: datetime.now(UTC) + timedelta(hours=49)
    assert "currently empty" in requests.get(page.url, timeout=10).text


def test_store_with_plain_permalinks_takes_the_link_as_a_query(store: SampleStore) -> None:
    page = requests.get(f"{store.url}/?checkout-link=true&products={BRUSH}:3", timeout=10)
    assert [line.quantity for line in only_order(store).lines] == [3]
    assert "/checkout/?session=" in page.url
