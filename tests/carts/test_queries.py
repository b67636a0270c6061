"""The list of carts, its search and pages, one cart's page, and the listing for scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.carts import queries
from sidecar.carts.cart import Purchase
from sidecar.carts.queries import CartFilter
from sidecar.carts.story import story, tell
from sidecar.db import session, transaction
from sidecar.money import Money
from tests.factories import NOW, make_cart, make_contact, make_store
from tests.recovery.orders.orders import counted

KEYS = [
    "order_id",
    "store",
    "status",
    "total_minor",
    "currency",
    "customer",
    "email",
    "phone",
    "abandoned_at",
    "state",
    "route",
    "reason",
]


@pytest.fixture
def shop(app):
    """Dana with two carts and a purchase, and Kim with one."""
    with transaction():
        store = make_store()
        dana = make_contact(store)
        kim = make_contact(store, first_name="Kim", email="kim@example.com", phone="", phone_e164="")
        make_cart(store, dana, 101, route="call", reason="Goods reach the threshold.")
        make_cart(store, dana, 102, age=timedelta(hours=3), state="recovered", number="A-102")
        make_cart(store, kim, 103, age=timedelta(hours=2), route="hold")
        bought = {"contact_id": dana.id, "store_id": store.id, "currency": "USD", "ordered_at": NOW, "paid_at": NOW}
        session().add(Purchase(order_id=90, number="90", status="completed", total_minor=5000, goods_minor=1, **bought))
        session().add(Purchase(order_id=91, number="91", status="refunded", total_minor=900, goods_minor=1, **bought))
    return store


def ids(**wanted):
    return [row.order_id for row in queries.list_carts(CartFilter(**wanted)).rows]


def test_list_shows_the_last_left_first_and_filters(shop):
    assert ids() == [103, 102, 101]
    assert ids(route="call") == [101]
    assert ids(state="recovered") == [102]
    assert ids(store_id=shop.id, left_since=NOW - timedelta(hours=2)) == [103]
    assert ids(store_id=shop.id + 1) == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("dana", [102, 101]),
        ("RUIZ", [103, 102, 101]),
        ("kim@ex", [103]),
        ("#A-102", [102]),
        ("a-102", [102]),
        ("A-102", [102]),
        ("103", [103]),
        ("555-0123", [102, 101]),
        ("%", []),
        ("_", []),
        ("'; drop table cart; --", []),
        ("9" * 40, []),
    ],
)
def test_search_looks_at_names_addresses_phones_and_numbers(shop, search, found):
    assert ids(search=search) == found


def test_pages_follow_each_other_without_gaps_or_doubles(app):
    with transaction():
        store = make_store()
        dana = make_contact(store)
        for number in range(1, 8):
            make_cart(store, dana, number, age=timedelta(hours=number // 3))  # several left at the same moment
    seen, after = [], None
    for _ in range(5):
        page = queries.list_carts(CartFilter(), after=after, size=3)
        seen += [row.order_id for row in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == list(range(1, 8))
    assert len(seen) == 7
    for odd in ("x", "2026-01-01T00:00:00_1", "_", "2026-01-01T00:00:00+00:00_-1"):
        assert len(queries.list_carts(CartFilter(), after=odd, size=3).rows) == 3


def test_page_needs_one_statement_however_long_the_list(shop):
    with counted() as sent:
        queries.list_carts(CartFilter(search="dana", state="abandoned"))
    assert len([one for one in sent if one.startswith("SELECT")]) == 1
    assert not any("count(" in one.lower() for one in sent)


def test_one_carts_page_has_the_person_and_the_story(shop):
    cart = queries.find_cart_by_order(shop.id, 101)
    assert cart is not None
    with transaction():
        tell(cart.id, "seen", "Order 101 appeared.", at=NOW - timedelta(hours=2))
        tell(cart.id, "routed", "It is called about.", at=NOW)
    page = queries.get_cart_page(cart.id)
    assert page is not None
    assert [told.kind for told in page.story] == ["routed", "seen"]
    assert [line.name for line in page.cart.lines] == ["HX-2 Turntable"]
    assert [row.order_id for row in page.other_carts] == [102]
    assert [(row.number, row.counts) for row in page.purchases] == [("91", False), ("90", True)]
    assert page.spent == [Money(5000, "USD")]
    assert story(cart.id) == page.story
    assert queries.get_cart_page(999) is None


def test_listing_for_scripts_has_exactly_its_keys(shop):
    rows = list(queries.listing())
    assert [row["order_id"] for row in rows] == [103, 102, 101]
    assert all(list(row) == KEYS for row in rows)
    assert rows[2]["abandoned_at"] == (NOW - timedelta(hours=26) + timedelta(minutes=15)).isoformat()
    assert (rows[2]["phone"], rows[2]["customer"], rows[2]["route"]) == ("+12125550123", "Dana Ruiz", "call")
