"""What happens to orders in the sample store: bumps or no bumps, notes, hold-stock, the trash, the pay page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sidecar.demo import catalog
from sidecar.demo.life import Life
from sidecar.demo.order import Order
from sidecar.demo.shapes import pay_url
from sidecar.demo.store import SampleStore, running_store

GUEST = {"first_name": "Ada", "last_name": "Reed", "country": "US", "state": "CO", "postcode": "80202",
         "email": "ada.reed@example.com", "phone": "(303) 555-0101"}


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2027, 1, 13, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Iterator[SampleStore]:
    with running_store(people=False) as running:
        running.settings.basic_without_tls = True
        running.world.clock = clock
        yield running


@pytest.fixture
def order(store: SampleStore, clock: Clock) -> Order:
    placed = store.simulator.place(GUEST, [(catalog.TURNTABLE, 1), (catalog.LP_NIGHT, 2)])
    clock.move(minutes=5)
    return placed


def put(store: SampleStore, order: Order, body: object) -> None:
    requests.put(f"{store.url}/wp-json/wc/v3/orders/{order.id}", json=body, auth=(store.key, store.secret),
                 timeout=10).raise_for_status()


def texts(store: SampleStore, order: Order) -> list[str]:
    return [note.text for note in store.world.notes_of(order.id)]


BUMPED = {  # change → (bumped with HPOS, bumped with the legacy storage)
    "nothing": ({}, True, False),
    "the same status": ({"status": "pending"}, True, False),
    "meta data": ({"meta_data": [{"key": "_k", "value": "1"}]}, True, False),
    "the phone": ({"billing": {"phone": "(303) 555-0199"}}, True, False),
    "the status": ({"status": "failed"}, True, True),
    "the customer's note": ({"customer_note": "Ring twice"}, True, True),
}


@pytest.mark.parametrize("change", BUMPED)
@pytest.mark.parametrize("storage", ["hpos", "posts"])
def test_date_modified_lies_as_it_does_in_woocommerce(
        store: SampleStore, order: Order, change: str, storage: str) -> None:
    body, hpos, posts = BUMPED[change]
    store.settings.storage = storage
    before = order.modified
    put(store, order, body)
    assert (order.modified > before) == (hpos if storage == "hpos" else posts)


def test_a_payment_may_leave_date_modified_as_it_was(store: SampleStore, order: Order) -> None:
    before = order.modified
    store.simulator.pay(order.id, bump=False)
    assert (order.status, order.modified) == ("processing", before)
    assert order.paid == store.world.seconds()


def test_unpaid_classic_orders_are_cancelled_after_hold_stock_and_others_are_not(
        store: SampleStore, clock: Clock) -> None:
    classic, block, shop = (store.simulator.place(GUEST, [(catalog.BRUSH, 1)], created_via=via)
                            for via in ("checkout", "store-api", "rest-api"))
    clock.move(minutes=59)
    store.simulator.run_cron()
    assert classic.status == "pending"
    clock.move(minutes=2)
    store.simulator.run_cron()
    assert (classic.status, block.status, shop.status) == ("cancelled", "pending", "pending")
    assert texts(store, classic)[0] == ("Unpaid order cancelled - time limit reached. "
                                        "Order status changed from Pending payment to Cancelled.")


def test_hold_stock_can_be_made_quick(store: SampleStore, clock: Clock) -> None:
    store.settings.hold_stock_minutes = 0.5
    classic = store.simulator.place(GUEST, [(catalog.BRUSH, 1)], created_via="checkout")
    clock.move(seconds=31)
    store.simulator.run_cron()
    assert classic.status == "cancelled"


def test_idle_drafts_are_gone_for_good_after_a_day(store: SampleStore, clock: Clock) -> None:
    draft = store.simulator.place(GUEST, [(catalog.BRUSH, 1)], status="checkout-draft")
    clock.move(hours=25)
    store.simulator.run_cron()
    assert draft.id not in store.orders


def test_a_failed_payment_leaves_the_gateways_words(store: SampleStore, order: Order) -> None:
    store.simulator.fail_payment(order.id, reason="Local card payment failed (expired_card): Your card has expired.")
    assert texts(store, order)[0] == ("Local card payment failed (expired_card): Your card has expired.  "
                                      "Order status changed from Pending payment to Failed.")


def test_a_person_cancels_in_their_own_name(store: SampleStore, order: Order) -> None:
    store.simulator.cancel(order.id)
    assert [note.author for note in store.world.notes_of(order.id)] == ["admin"]
    assert "time limit" not in texts(store, order)[0]


def test_the_trash_is_seen_by_a_single_get_alone(store: SampleStore, order: Order) -> None:
    store.simulator.trash(order.id)
    address = f"{store.url}/wp-json/wc/v3/orders"
    auth = (store.key, store.secret)
    assert requests.get(address, params={"status": "any"}, auth=auth, timeout=10).json() == []
    assert requests.get(f"{address}/{order.id}", auth=auth, timeout=10).json()["status"] == "trash"
    store.simulator.delete(order.id)
    assert requests.get(f"{address}/{order.id}", auth=auth, timeout=10).status_code == 404


def test_a_guest_pays_an_old_order_in_the_browser(store: SampleStore, order: Order, clock: Clock) -> None:
    clock.move(hours=30)
    address = pay_url(store.url, order)
    with requests.Session() as browser:
        assert "verify the email address" in browser.get(address, timeout=10).text
        wrong = browser.post(address, data={"email": "eve@example.com", "verify": "1"}, timeout=10).text
        assert "unable to verify" in wrong
        form = browser.post(address, data={"email": "Ada.Reed@example.com", "verify": "1"}, timeout=10).text
        assert "Aurora One turntable" in form
        mark = re.search(r'name="woocommerce-pay-nonce" value="(\w+)"', form)
        assert mark is not None
        fields = {"woocommerce_pay": "1", "woocommerce-pay-nonce": mark[1], "payment_method": "local_card:tok_declined"}
        assert "declined" in browser.post(address, data=fields, timeout=10).text
        assert order.status == "failed"
        thanks = browser.post(address, data={**fields, "payment_method": "local_card:tok_ok"}, timeout=10)
    assert "Thank you" in thanks.text
    assert (order.status, order.paid) == ("processing", store.world.seconds())
    assert "cannot be paid for" in requests.get(address, timeout=10).text


def test_hostile_text_is_shown_as_text(store: SampleStore, order: Order) -> None:
    order.lines[0].name = "<script>alert(1)</script>"
    page = requests.get(pay_url(store.url, order), timeout=10).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_pictures_of_all_products_are_drawn(store: SampleStore) -> None:
    for product in store.world.products.values():
        answer = requests.get(f"{store.url}/wp-content/uploads/2026/11/{product.image}", timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert answer.content.startswith(b"\x89PNG")


def test_the_demo_lives_calmly_and_by_its_seed() -> None:
    def lived() -> list[tuple[str, str]]:
        with running_store(seed=3, now=datetime(2027, 1, 13, 15, tzinfo=UTC)) as store:
            store.world.clock = Clock()
            life = Life(store.simulator, seed=3, on_change=lambda: None)
            before = {i: order.status for i, order in store.orders.items()}
            for _ in range(6):
                life.step()
            return [(order.billing["email"], order.status) for i, order in store.orders.items()
                    if before.get(i) != order.status]

    first = lived()
    assert len(first) == 6
    assert first == lived()
