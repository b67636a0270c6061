"""How carts end, and that everything planned for them ends with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart, Purchase
from sidecar.db import session, transaction
from sidecar.outreach.message import Enrollment, Message
from sidecar.recovery.orders.settling import settle_cart, settle_gone
from tests.factories import NOW, an_order
from tests.recovery.orders.orders import a_store, cart_of, decide, kinds, note, take, texts

SOON = NOW + timedelta(minutes=5)
PAID: dict[str, Any] = {"status": "processing", "paid_at": SOON, "needs_payment": False, "modified_at": SOON}
SMALL: dict[str, Any] = {"total_minor": 8000, "email": "kim@example.com", "phone": ""}
FRESH = timedelta(hours=1)


def a_called_and_a_written_cart() -> int:
    """A store with cart 101 in the call queue, cart 102 with a planned message, and noise beside them."""
    store = a_store(routing__call_threshold="USD=300")
    noise = an_order(109, email="noise@example.com", phone="(212) 555-0188")
    take(store, an_order(101, age=FRESH), an_order(102, age=FRESH, **SMALL), noise)
    decide()
    assert [cart_of(number).route for number in (101, 102, 109)] == ["call", "sequence", "call"]
    return store


def task_states(order_id: int) -> list[tuple[str, str | None]]:
    tasks = select(CallTask).join(Cart).where(Cart.order_id == order_id)
    return [(task.state, task.done_reason) for task in session().scalars(tasks)]


def message_states(order_id: int) -> list[tuple[str, str | None]]:
    messages = select(Message).join(Cart).where(Cart.order_id == order_id)
    return [(message.state, message.reason) for message in session().scalars(messages)]


@pytest.mark.parametrize("date_moves", [True, False])
def test_paid_order_ends_its_call_and_its_message(app, date_moves):
    store = a_called_and_a_written_cart()
    changes = PAID if date_moves else {key: value for key, value in PAID.items() if key != "modified_at"}
    orders = an_order(101, age=FRESH), an_order(102, age=FRESH, **SMALL)
    taken = take(store, *(replace(order, **changes) for order in orders), now=SOON)
    assert taken.changed == 2
    for number in (101, 102):
        cart = cart_of(number)
        assert (cart.state, cart.closed_reason, cart.paid_at, cart.route) == ("recovered", "paid", SOON, "hold")
        assert cart.decide_at is None
        assert texts(number)[-1] == "The order was paid."
    assert task_states(101) == [("done", "paid")]
    assert set(message_states(102)) == {("cancelled", "paid")}
    assert session().scalars(select(Enrollment.stopped_reason)).all() == ["paid"]
    assert cart_of(109).state == "abandoned"
    assert task_states(109)[0][0] != "done"


def test_an_agreed_call_is_called_off_in_the_story(app):
    store = a_called_and_a_written_cart()
    with transaction():
        task = session().scalars(select(CallTask).join(Cart).where(Cart.order_id == 101)).one()
        task.callback_at = NOW + timedelta(hours=1)
    take(store, replace(an_order(101, age=FRESH), **PAID), now=SOON)

    assert texts(101)[-2:] == ["The call agreed for 14:00 in New York is off.", "The order was paid."]
    assert not any("is off" in text for text in texts(102))


@pytest.mark.parametrize(
    ("status", "notes", "code"),
    [
        ("cancelled", (note("Cancelled: out of stock", by_system=False),), "cancelled_by_shop"),
        ("refunded", None, "refunded"),
        ("trash", None, "trashed"),
    ],
)
def test_order_that_the_shop_ends_closes_the_cart(app, status, notes, code):
    store = a_called_and_a_written_cart()
    take(store, an_order(101, status=status, modified_at=SOON), notes={101: notes}, now=SOON)
    cart = cart_of(101)
    assert (cart.state, cart.closed_reason, cart.closed_at) == ("closed", code, SOON)
    assert task_states(101) == [("done", code)]
    assert kinds(101)[-1] == "closed"


@pytest.mark.parametrize(("status", "code"), [("trash", "trashed"), ("gone", "gone")])
def test_order_that_lists_no_longer_show_ends_too(app, status, code):
    store = a_called_and_a_written_cart()
    with transaction():
        settle_gone(store, 101, status=status, now=SOON)
        settle_gone(store, 102, status=status, now=SOON)
        settle_gone(store, 777, status=status, now=SOON)  # never was a cart
    assert (cart_of(101).closed_reason, cart_of(102).closed_reason) == (code, code)
    assert task_states(101) == [("done", code)]
    assert message_states(102)[0][0] == "cancelled"


def test_order_that_comes_back_from_the_trash_is_followed_again(app):
    store = a_called_and_a_written_cart()
    with transaction():
        settle_gone(store, 101, status="trash", now=SOON)
    take(store, an_order(101, age=FRESH), now=SOON + timedelta(hours=1))
    decide(now=SOON + timedelta(hours=1))
    assert (cart_of(101).state, cart_of(101).route) == ("abandoned", "call")
    assert [state for state, _ in task_states(101)].count("done") == 1
    assert len(task_states(101)) == 2


def test_paid_order_set_back_to_unpaid_is_followed_but_nobody_is_contacted(app):
    store = a_called_and_a_written_cart()
    take(store, an_order(101, **PAID), now=SOON)
    later = SOON + timedelta(hours=1)
    take(store, an_order(101, paid_at=SOON, modified_at=later), now=later)
    decide(now=later + timedelta(hours=1))
    cart = cart_of(101)
    assert (cart.state, cart.route, cart.reason_code) == ("abandoned", "hold", "paid_before")
    assert session().scalars(select(Purchase)).all() == []


def test_cancelled_order_set_back_to_pending_is_decided_anew(app):
    store = a_called_and_a_written_cart()
    by_hand = (note("Cancelled", by_system=False),)
    take(store, an_order(101, status="cancelled", modified_at=SOON), notes={101: by_hand}, now=SOON)
    later = SOON + timedelta(minutes=30)
    take(store, an_order(101, modified_at=later), now=later)
    assert decide(now=later + timedelta(minutes=20)) == 1
    assert cart_of(101).route == "call"


def test_rep_who_closed_a_cart_is_not_overruled_by_a_change_of_the_order(app):
    store = a_called_and_a_written_cart()
    with transaction():
        cart = cart_of(101)
        assert settle_cart(cart, "closed", "not_interested", "Dana is not interested.", now=NOW)
        assert not settle_cart(cart, "closed", "not_interested", "Dana is not interested.", now=NOW)
    take(store, an_order(101, total_minor=50000, modified_at=SOON), now=SOON)
    assert (cart_of(101).state, cart_of(101).total_minor) == ("closed", 50000)
    decide(now=SOON)
    assert cart_of(101).reason_code == "not_interested"


def test_another_paid_order_of_the_same_person_answers_the_cart(app):
    store = a_called_and_a_written_cart()
    other = an_order(201, number="A-201", email="other@example.com", **PAID, age=timedelta(minutes=2))
    take(store, other, now=SOON)  # same phone as cart 101
    cart = cart_of(101)
    assert (cart.state, cart.closed_reason) == ("recovered", "bought_elsewhere")
    assert cart.reason == "The customer came back and paid order A-201."
    assert task_states(101) == [("done", "bought_elsewhere")]
    assert cart_of(102).state == "abandoned"


def test_purchase_that_was_read_first_answers_the_cart_too(app):
    store = a_store()
    take(store, an_order(201, **PAID, age=timedelta(minutes=2)), now=SOON)
    take(store, an_order(101, age=FRESH), now=SOON)
    assert (cart_of(101).state, cart_of(101).closed_reason) == ("recovered", "bought_elsewhere")


@pytest.mark.parametrize(
    "other",
    [
        {"age": timedelta(days=30), "paid_at": NOW - timedelta(days=30), "status": "completed"},  # before the cart
        {"age": timedelta(minutes=2), "status": "refunded", "paid_at": NOW},  # gave it back
        {"age": timedelta(minutes=2), "status": "pending"},  # not paid
    ],
)
def test_orders_that_do_not_answer_a_cart(app, other):
    store = a_store()
    take(store, an_order(101), an_order(201, **other))
    assert cart_of(101).state == "watching"


def test_refund_after_a_recovery_takes_the_recovery_back(app):
    store = a_called_and_a_written_cart()
    take(store, an_order(101, **PAID), now=SOON)
    later = SOON + timedelta(days=2)
    take(store, an_order(101, **PAID | {"status": "refunded", "modified_at": later}), now=later)
    assert (cart_of(101).state, cart_of(101).closed_reason) == ("closed", "refunded")
    assert session().scalars(select(Purchase.status)).all() == ["refunded"]


def test_settling_twice_changes_nothing(app):
    store = a_called_and_a_written_cart()
    take(store, an_order(101, **PAID), now=SOON)
    before = (kinds(101), cart_of(101).closed_at)
    assert take(store, an_order(101, **PAID), now=SOON + timedelta(hours=1)).changed == 0
    assert (kinds(101), cart_of(101).closed_at) == before
