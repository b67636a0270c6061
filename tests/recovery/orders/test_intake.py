"""What a store's orders become: carts, purchases, or nothing; once, and the same when read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from sidecar.carts.cart import Cart, CartLine, Purchase, Quarantine
from sidecar.carts.quarantine import release_quarantine
from sidecar.contacts.contact import Contact
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.orders.intake import needing_notes
from tests.factories import NOW, a_line, an_order
from tests.recovery.orders.orders import TIME_LIMIT, a_store, cart_of, decide, kinds, note, take, texts

LATER = NOW + timedelta(minutes=10)


def count(table) -> int:
    return session().scalar(select(func.count()).select_from(table)) or 0


def test_unpaid_order_becomes_a_cart_with_person_lines_and_story(app):
    store = a_store()
    taken = take(store, an_order(customer_ip="203.0.113.9", first_name="Dana", company="Ruiz Ltd"))
    assert (taken.seen, taken.new, taken.changed) == (1, 1, 0)
    cart = cart_of(101)
    assert (cart.state, cart.goods_minor, cart.phone_e164) == ("watching", 40000, "+12125550123")
    assert cart.decide_at == cart.active_at + timedelta(minutes=15)
    assert [line.name for line in cart.lines] == ["HX-2 Turntable"]
    assert cart.contact is not None
    assert (cart.contact.name, cart.contact.company) == ("Dana Ruiz", "Ruiz Ltd")
    assert cart.ip_fingerprint
    assert "203" not in cart.ip_fingerprint
    assert texts(101) == ["Order 101 appeared: waiting for payment."]


def test_reading_the_same_page_twice_changes_nothing(app):
    store = a_store()
    orders = [
        an_order(101),
        an_order(102, email="kim@example.com", phone=""),
        an_order(103, status="processing", paid_at=NOW),
    ]
    take(store, *orders)
    before = {one.order_id: (one.changed_at, one.active_at) for one in session().scalars(select(Cart))}
    again = take(store, *orders, now=LATER)
    assert (again.new, again.changed) == (0, 0)
    session().expire_all()
    assert {one.order_id: (one.changed_at, one.active_at) for one in session().scalars(select(Cart))} == before
    assert (count(CartLine), count(Contact), count(Purchase)) == (2, 2, 1)


def test_contents_are_compared_and_not_dates(app):
    store = a_store()
    order = an_order()
    take(store, order)
    bumped = replace(order, modified_at=NOW)
    assert take(store, bumped, now=LATER).changed == 0  # our own write came back
    assert cart_of(101).active_at == order.modified_at
    assert cart_of(101).modified_at == NOW
    typed = replace(bumped, phone="212 555 0199")
    assert take(store, typed, now=LATER).changed == 1  # posts storage: no date says so
    assert cart_of(101).active_at == LATER
    assert texts(101)[-1] == "The order changed: another phone number."


def test_change_replaces_lines_and_tells_what_changed(app):
    store = a_store()
    order = an_order()
    take(store, order, an_order(102, email="noise@example.com", phone=""))
    changed = replace(
        order, total_minor=23000, lines=(a_line(name="Brush"), a_line(name="Cable")), modified_at=NOW, status="failed"
    )
    assert take(store, changed).changed == 1
    cart = cart_of(101)
    assert [line.name for line in cart.lines] == ["Brush", "Cable"]
    assert (cart.active_at, cart.decide_at, cart.failed_payments) == (NOW, NOW, 1)
    assert "The order changed: now payment failed; total $230.00, before $430.00." in texts(101)
    assert [line.name for line in cart_of(102).lines] == ["HX-2 Turntable"]


def test_older_copy_of_an_order_that_arrives_late_is_passed_over(app):
    store = a_store()
    old = an_order()
    take(store, old)
    take(store, replace(old, status="processing", paid_at=NOW, modified_at=NOW))
    assert take(store, replace(old, total_minor=99000, modified_at=NOW - timedelta(hours=1))).changed == 0
    assert (cart_of(101).state, cart_of(101).total_minor, count(Purchase)) == ("recovered", 43000, 1)


@pytest.mark.parametrize("created_via", ["admin", "rest-api", "subscription", "pos", ""])
def test_order_that_nobody_placed_at_the_checkout_is_not_stored(app, created_via):
    store = a_store()
    taken = take(store, an_order(created_via=created_via))
    assert count(Cart) == 0
    assert [skipped.reason for skipped in taken.skipped] == ["The order was not placed by a customer at the checkout."]


def test_paid_order_made_by_the_shop_is_a_purchase_all_the_same(app):
    take(a_store(), an_order(created_via="admin", status="completed", paid_at=NOW))
    bought = session().scalars(select(Purchase)).one()
    assert (bought.number, bought.total_minor, bought.product_ids) == ("101", 43000, [11])


@pytest.mark.parametrize(
    ("notes", "state", "reason"),
    [
        ((note(TIME_LIMIT),), "watching", None),
        ((note("Unbezahlte Bestellung storniert – Zeitlimit erreicht."),), "watching", None),
        (None, "watching", None),
        (
            (note("Order status changed from Pending payment to Cancelled.", by_system=False),),
            "closed",
            "cancelled_by_shop",
        ),
        ((note("Called, does not want it", by_system=False),), "closed", "cancelled_by_shop"),
        ((note("Order cancelled by customer."),), "closed", "cancelled_by_customer"),
        ((note(TIME_LIMIT), note("We tried to reach you", by_system=False, age=timedelta(hours=1))), "watching", None),
        ((note("Order status changed from Pending payment to Cancelled."),), "watching", None),
    ],
)
def test_cancelled_order_is_abandoned_unless_a_person_cancelled_it(app, notes, state, reason):
    store = a_store()
    order = an_order(status="cancelled", needs_payment=False)
    assert needing_notes(store, [order], now=NOW) == [101]
    take(store, order, notes={101: notes})
    cart = cart_of(101)
    assert (cart.state, cart.closed_reason) == (state, reason)
    decide()
    assert cart_of(101).route == ("call" if state == "watching" else "hold")
    if notes is None:
        assert any("notes could not be read" in text for text in texts(101))


def test_cancellation_is_not_the_customers_activity(app):
    store = a_store()
    order = an_order()
    take(store, order)
    cancelled = replace(order, status="cancelled", modified_at=NOW)
    assert needing_notes(store, [cancelled], now=NOW) == [101]
    take(store, cancelled, notes={101: (note(TIME_LIMIT),)})
    assert cart_of(101).active_at == order.modified_at
    assert needing_notes(store, [cancelled], now=NOW) == []
    assert texts(101)[-1] == "WooCommerce cancelled the unpaid order: its time limit was reached."


def test_notes_are_not_asked_for_orders_too_old_or_not_ours(app):
    store = a_store()
    orders = [
        an_order(1, status="cancelled", age=timedelta(days=20)),
        an_order(2, status="cancelled", created_via="admin"),
        an_order(3, status="cancelled", paid_at=NOW),
        an_order(4),
    ]
    assert needing_notes(store, orders, now=NOW) == []


def test_gateways_words_and_times_of_failing_come_from_the_notes(app):
    store = a_store()
    words = "Local card payment failed (card_declined): Your card was declined."
    declined = f"{words} Order status changed from Pending payment to Failed."
    notes = (note(declined, age=timedelta(hours=3)), note(declined), note("Stock levels reduced"))
    take(store, an_order(status="failed"), notes={101: notes})
    cart = cart_of(101)
    assert cart.failed_payments == 2
    assert cart.failure_text == words
    assert "failed" in kinds(101)
    again = (*notes, note(declined, age=timedelta(minutes=2)))
    take(store, an_order(status="failed", modified_at=NOW), notes={101: again})
    assert cart_of(101).failed_payments == 3
    assert cart_of(101).active_at == NOW - timedelta(minutes=2)


def test_emptied_draft_closes_and_opens_again_when_filled(app):
    store = a_store()
    draft = an_order(status="checkout-draft", created_via="store-api")
    empty = replace(draft, lines=(), total_minor=0, shipping_minor=0, tax_minor=0, modified_at=NOW)
    assert take(store, replace(empty, order_id=150)).skipped[0].reason == "The customer emptied the cart."
    take(store, draft)
    take(store, empty)
    assert (cart_of(101).state, cart_of(101).closed_reason) == ("closed", "emptied")
    take(store, replace(draft, modified_at=LATER), now=LATER)
    assert (cart_of(101).state, cart_of(101).closed_reason) == ("watching", None)
    assert kinds(101)[-1] == "reopened"


def test_unknown_status_waits_for_its_meaning(app):
    store = a_store()
    take(
        store,
        an_order(status="awaiting-quote"),
        an_order(102, status="shipped", paid_at=NOW, email="kim@example.com", phone=""),
    )
    decide()
    assert cart_of(101).reason_code == "unknown_status"
    assert session().scalars(select(Purchase.order_id)).all() == [102]


def test_consent_is_kept_from_the_orders_fields_that_the_owner_named_only(app):
    store = a_store(consent__meta_keys="email=_mail_ok")
    take(store, an_order(meta={"_mail_ok": "yes", "_secret": "x"}))
    assert cart_of(101).meta == {"_mail_ok": "yes"}


def test_five_failed_orders_from_one_address_in_an_hour_are_held_until_the_owner_releases_one(app):
    store = a_store()
    orders = [
        an_order(
            number,
            status="failed",
            customer_ip="198.51.100.7",
            email=f"bot{number}@example.com",
            phone="",
            age=timedelta(hours=3, minutes=number),
        )
        for number in range(1, 6)
    ]
    noise = an_order(50, status="failed", customer_ip="203.0.113.5", phone="", email="kim@example.com")
    late = replace(orders[0], order_id=9, created_at=NOW - timedelta(hours=1), modified_at=NOW - timedelta(hours=1))
    take(store, *orders[:4], noise, late)
    assert count(Quarantine) == 0
    take(store, orders[4])
    decide()
    held = {cart.order_id for cart in session().scalars(select(Cart)) if cart.reason_code == "quarantine"}
    assert held == {1, 2, 3, 4, 5}
    assert cart_of(1).reason == "Looks like card testing: 5 failed orders from one internet address in an hour."
    with transaction():
        release_quarantine(cart_of(1).id, "olive@example.com", NOW)
    take(store, replace(orders[1], total_minor=44000))
    decide()
    assert cart_of(1).reason_code != "quarantine"
    assert cart_of(2).reason_code == "quarantine"
    with pytest.raises(Refused), transaction():
        release_quarantine(cart_of(1).id, "olive@example.com", NOW)


def test_order_that_joins_two_people_makes_their_carts_one_persons(app):
    store = a_store()
    take(store, an_order(101, phone=""), an_order(102, email=""), an_order(109, email="kim@example.com", phone=""))
    assert cart_of(101).contact_id != cart_of(102).contact_id
    take(store, an_order(103))
    assert cart_of(101).contact_id == cart_of(102).contact_id == cart_of(103).contact_id != cart_of(109).contact_id


def test_order_that_lost_its_addresses_follows_its_person_who_is_joined_in_the_same_page(app):
    store = a_store()
    take(store, an_order(101, email="dana@example.com", phone=""), an_order(102, email="", phone="(212) 555-0123"))
    assert cart_of(101).contact_id != cart_of(102).contact_id
    goes = cart_of(102)
    emptied = an_order(102, email="", phone="", modified_at=LATER)
    take(store, emptied, an_order(103, email="dana@example.com", phone="(212) 555-0123", modified_at=LATER), now=LATER)

    assert session().get(Contact, goes.contact_id) is not None
    assert cart_of(102).contact_id == cart_of(101).contact_id == cart_of(103).contact_id
