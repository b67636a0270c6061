"""People who have paid are left in peace, whatever the store's records look like afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import NOW, an_order
from tests.recovery.orders.orders import a_store, cart_of, decide, take

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", ["processing", "packed"])
def test_an_order_that_was_paid_stays_paid_before_when_its_date_of_payment_is_gone(app: Flask, status: str) -> None:
    store = a_store(routing__call_threshold="USD=300", carts__status_meanings="packed=paid")
    take(store, an_order(101))
    take(store, an_order(101, status=status, modified_at=NOW), now=NOW)
    assert cart_of(101).state == "recovered"

    take(store, an_order(101, modified_at=NOW + HOUR), now=NOW + HOUR)
    decide(now=NOW + 3 * HOUR)

    assert (cart_of(101).route, cart_of(101).reason_code) == ("hold", "paid_before")


def test_an_order_begun_earlier_and_paid_after_the_cart_was_left_answers_it(app: Flask) -> None:
    """Two tries at one purchase: our message leads back to the first, which is then paid."""
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101, age=2 * DAY), an_order(102, age=DAY))

    take(store, an_order(101, age=2 * DAY, status="processing", paid_at=NOW, modified_at=NOW), now=NOW)

    assert (cart_of(102).state, cart_of(102).closed_reason) == ("recovered", "bought_elsewhere")


def test_an_order_paid_before_the_cart_was_begun_does_not_answer_it(app: Flask) -> None:
    store = a_store(routing__call_threshold="USD=300")
    paid_at = NOW - DAY - HOUR
    take(store, an_order(101, age=2 * DAY, status="processing", paid_at=paid_at), an_order(102, age=DAY))

    assert cart_of(102).state == "watching"
