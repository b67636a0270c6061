"""How many statements taking in and deciding need: as many for a hundred orders as for five."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.db import transaction
from sidecar.recovery.decisions.deciding import redecide
from tests.factories import NOW, an_order
from tests.recovery.orders.orders import a_store, counted, decide, take


def a_page(size: int, **changes):
    return [
        an_order(size * 1000 + number, **{"email": f"p{size}-{number}@example.com", "phone": ""} | changes)
        for number in range(size)
    ]


def changed(orders, **changes):
    return [replace(order, modified_at=NOW, **changes) for order in orders]


@pytest.mark.parametrize(
    ("first", "then", "most"),
    [
        ({}, None, 20),
        ({}, {}, 10),
        ({}, {"total_minor": 90000}, 22),
        ({}, {"status": "processing", "paid_at": NOW}, 28),
        ({}, {"status": "cancelled"}, 22),
        ({"status": "processing", "paid_at": NOW}, None, 14),
        ({"status": "failed", "customer_ip": "198.51.100.7"}, None, 24),
    ],
    ids=["new", "unchanged", "changed", "paid", "cancelled", "purchases", "bots"],
)
def test_taking_in_needs_as_many_statements_for_many_orders_as_for_few(app, first, then, most):
    store, counts = a_store(), []
    take(store, *a_page(3))
    for size in (6, 60):
        page = a_page(size, **first)
        if then is not None:
            take(store, *page)
            page = changed(page, **then)
        with counted() as sent:
            take(store, *page)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= most


def test_deciding_needs_as_many_statements_for_many_held_carts_as_for_few(app):
    store, counts, again = a_store(), [], []
    take(store, *a_page(3))
    decide()  # learns the threshold
    for size in (6, 60):
        take(store, *a_page(size, country="DE", state=""))
        with counted() as sent:
            assert decide() == size
        counts.append(len(sent))
        with transaction():
            redecide(store, now=NOW)
        with counted() as sent:
            decide()
        again.append(len(sent))
    assert counts[0] == counts[1] <= 20
    assert again[0] == again[1] <= counts[0]


def test_quiet_look_for_due_carts_is_one_statement_a_store(app):
    store = a_store()
    take(store, *a_page(60, country="DE", state=""))
    decide()
    with counted() as sent:
        assert decide(now=NOW + timedelta(minutes=1)) == 0
    assert len(sent) <= 4
