"""Orders that nobody would write by hand: each is stored or skipped with a reason, and the others go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sidecar.carts import queries
from sidecar.carts.cart import Cart
from sidecar.carts.queries import CartFilter
from sidecar.db import session
from sidecar.ports import Order
from sidecar.stores.connection import Store
from tests.factories import NOW, a_line, an_order
from tests.recovery.orders.orders import a_store, cart_of, decide, take

LONG = "<script>alert(1)</script>" * 400
HOSTILE: dict[str, dict[str, Any]] = {
    "no lines": {"lines": ()},
    "no contact": {"email": "", "phone": "", "first_name": "", "last_name": ""},
    "10 kB name": {"first_name": LONG, "last_name": LONG, "company": LONG},
    "10 kB everywhere": {"email": LONG, "phone": LONG, "city": LONG, "customer_note": LONG, "payment_url": LONG},
    "NUL and surrogates": {"first_name": "Da\x00na\ud83d", "customer_note": "\x00\ud800", "city": "\x1b[31m"},
    "header injection": {"email": "dana@example.com\r\nBcc: all@example.com", "first_name": "Dana\r\nX: y"},
    "right to left": {"first_name": "\u202eanaD"},
    "negative quantity": {"lines": (a_line(quantity=-3, total_minor=-120000),), "total_minor": -120000},
    "huge numbers": {
        "lines": (a_line(quantity=10**12, product_id=10**30),),
        "total_minor": 10**30,
        "customer_id": 10**15,
    },
    "a thousand lines": {"lines": (a_line(),) * 1000},
    "unknown currency": {"currency": "DOGE COIN"},
    "empty currency": {"currency": ""},
    "unknown status": {"status": "wc-" + LONG},
    "unknown country": {"country": "Atlantis", "state": LONG},
    "far future": {"created_at": datetime(9999, 12, 31, tzinfo=UTC), "modified_at": datetime(9999, 12, 31, tzinfo=UTC)},
    "long ago": {"created_at": datetime(1, 1, 2, tzinfo=UTC), "modified_at": datetime(1, 1, 2, tzinfo=UTC)},
    "odd links": {"payment_url": "javascript:alert(1)", "lines": (a_line(image_url="data:text/html,x"),)},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_order_is_stored_or_skipped_and_the_next_one_goes_on(app, changes):
    store = a_store(routing__call_threshold="USD=300")
    good = an_order(102, email="kim@example.com", phone="(212) 555-0199", first_name="Kim")
    taken = take(store, an_order(101, **changes), good)
    assert taken.seen == 2
    assert taken.new + len(taken.skipped) == 2
    decide()
    decide()
    assert cart_of(102).route == "call"
    for cart in session().scalars(select(Cart)):
        assert cart.route is None or cart.reason
        assert len(cart.name) <= 120
        assert "\n" not in cart.email + cart.name
        assert cart.payment_url[:4] in ("", "http")
    assert len(queries.list_carts(CartFilter()).rows) == 2
    assert take(store, an_order(101, **changes), good, now=NOW + timedelta(minutes=1)).changed == 0


@pytest.mark.parametrize("order_id", [0, -5, 2**63])
def test_order_with_an_impossible_number_is_skipped_with_a_reason(app, order_id):
    taken = take(a_store(), an_order(order_id), an_order(102))
    assert (taken.new, [one.reason for one in taken.skipped]) == (1, ["The order's number is out of range."])


def test_nobody_is_contacted_about_an_order_that_makes_no_sense(app):
    store = a_store()
    people = {key: {"email": f"p{place}@example.com", "phone": ""} for place, key in enumerate(HOSTILE)}
    take(store, *(an_order(500 + place, **people[key] | HOSTILE[key]) for place, key in enumerate(HOSTILE)))
    decide()
    routes = {cart.order_id: (cart.route, cart.reason_code) for cart in session().scalars(select(Cart))}
    names = {key: routes[500 + place] for place, key in enumerate(HOSTILE)}
    assert names["no lines"] == ("hold", "no_items")
    assert names["no contact"] == ("hold", "no_contact")
    assert names["negative quantity"] == ("hold", "nothing_to_pay")
    assert names["unknown currency"] == ("hold", "unknown_currency")
    assert names["unknown status"] == ("hold", "unknown_status")
    assert names["unknown country"] == ("hold", "no_basis")
    assert names["header injection"] == ("hold", "no_contact")
    assert names["long ago"] == ("hold", "too_late")


TEXT = st.text(max_size=60) | st.just("<b>" * 200) | st.just("\ud800\x00")
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))
ORDERS = st.builds(
    replace,
    st.builds(an_order, st.integers(1, 9)),
    status=st.sampled_from(["pending", "failed", "checkout-draft", "cancelled", "on-hold", "processing", "odd"]),
    email=TEXT | st.just("dana@example.com"),
    phone=TEXT | st.just("(212) 555-0123"),
    first_name=TEXT,
    currency=TEXT | st.just("USD"),
    country=TEXT | st.just("US"),
    total_minor=st.integers(-(10**20), 10**20),
    customer_ip=TEXT,
    created_at=MOMENTS,
    modified_at=MOMENTS,
    paid_at=st.none() | MOMENTS,
    lines=st.lists(st.builds(a_line, name=TEXT, quantity=st.integers(-(10**12), 10**12)), max_size=3).map(tuple),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ORDERS, max_size=6))
def test_any_page_is_taken_in_and_decided_and_is_the_same_when_read_again(app, orders: list[Order]):
    store = session().scalar(select(Store.id).limit(1)) or a_store()
    take(store, *orders)
    decide()
    again = take(store, *orders)
    assert again.new == 0
    for cart in session().scalars(select(Cart).where(Cart.route.in_(("call", "sequence", "personal")))):
        assert cart.state == "abandoned"
        assert cart.paid_at is None
        assert cart.contact_id is not None
