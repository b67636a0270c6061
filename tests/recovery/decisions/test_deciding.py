"""Carts whose time has come: decided once, decided anew when something counts, and left alone in a rep's hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart
from sidecar.contacts.consent import opt_out
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.recovery.decisions.changing import change_setting
from sidecar.recovery.decisions.deciding import redecide_person
from sidecar.routing.queries import decisions, why
from sidecar.routing.route import LearnedThreshold, Route
from sidecar.stores.connection import Cursor, Store
from tests.cast import OWNER
from tests.factories import NOW, VAULT, an_order, make_user
from tests.recovery.orders.orders import a_store, cart_of, decide, kinds, take

FRESH = timedelta(hours=1)


def change(store, name, text, *, now=NOW):
    with transaction():
        return change_setting(store, name, text, by=OWNER, now=now)


def count(table, *where) -> int:
    return session().scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_cart_is_watched_until_it_was_left_alone_and_then_routed(app):
    store = a_store(routing__call_threshold="USD=300")
    left = NOW - timedelta(minutes=10)
    take(store, an_order(101, age=timedelta(minutes=10)))
    assert decide() == 0
    assert cart_of(101).state == "watching"
    assert decide(now=NOW + timedelta(minutes=5)) == 1
    cart = cart_of(101)
    assert (cart.state, cart.abandoned_at, cart.route) == ("abandoned", left + timedelta(minutes=15), "call")
    assert cart.reason == "Goods of $400.00 reach your call threshold of $300.00, and Dana can be phoned."
    assert cart.decide_at == left + timedelta(days=14)
    assert kinds(101) == ["seen", "abandoned", "routed"]
    found = why(cart.id)
    assert found is not None
    assert found.reason == cart.reason
    assert all(check.passed for check in found.rules if not check.rule.startswith("mail"))
    task = session().scalars(select(CallTask)).one()
    assert task.due_at == found.due_at


def test_deciding_again_without_a_change_writes_nothing(app):
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101), an_order(102, email="kim@example.com", phone="", total_minor=9000, age=FRESH))
    decide()
    story, routes = kinds(101), count(Route)
    change(store, "holdout.percent", "1")
    change(store, "holdout.percent", "0")
    assert decide(now=NOW + timedelta(seconds=5)) == 2
    assert (kinds(101), count(Route)) == (story, routes)
    assert decide(now=NOW + timedelta(seconds=5)) == 0


def test_changed_threshold_moves_carts_from_calls_to_messages_and_back(app):
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101, age=FRESH))
    decide()
    assert change(store, "routing.call_threshold", "USD=500")
    assert not change(store, "routing.call_threshold", "USD=500")
    decide()
    assert cart_of(101).route == "sequence"
    assert count(CallTask, CallTask.state != "done") == 0
    assert count(Message, Message.state == "planned") == 3
    change(store, "routing.call_threshold", "USD=300")
    decide()
    assert cart_of(101).route == "call"
    assert count(CallTask, CallTask.state != "done") == 1
    assert count(Message, Message.state == "planned") == 0
    assert [one.route for one in decisions(cart_of(101).id)] == ["call", "sequence", "call"]


def test_claimed_and_contacted_carts_keep_their_course(app):
    store = a_store(routing__call_threshold="USD=300")
    phones = {101: "(212) 555-0123", 102: "(212) 555-0124", 103: "(212) 555-0125"}
    take(store, *(an_order(key, email=f"p{key}@example.com", phone=phone) for key, phone in phones.items()))
    decide()
    with transaction():
        rep = make_user("sam@example.com")
        task = session().scalars(select(CallTask).join(Cart).where(Cart.order_id == 101)).one()
        task.state, task.claimed_by, task.claimed_at, task.lease_until = "claimed", rep, NOW, NOW + timedelta(minutes=3)
        session().execute(update(Cart).where(Cart.order_id == 102).values(state="contacted"))
    change(store, "routing.call_threshold", "USD=900")
    decide()
    assert [cart_of(key).route for key in phones] == ["call", "call", "sequence"]
    assert decide(now=NOW + timedelta(minutes=6)) == 1  # the claimed one is looked at again


def test_customer_who_comes_back_to_the_cart_is_left_in_peace_and_then_decided_anew(app):
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101, age=FRESH))
    decide()
    take(store, an_order(101, total_minor=45000, modified_at=NOW))
    decide()
    assert (cart_of(101).state, cart_of(101).reason_code) == ("watching", "still_active")
    assert count(CallTask, CallTask.state != "done") == 0
    assert decide(now=NOW + timedelta(minutes=15)) == 1
    assert (cart_of(101).state, cart_of(101).route) == ("abandoned", "call")
    assert count(CallTask, CallTask.state != "done") == 1


def test_carts_of_an_unreadable_store_wait(app):
    store, other = a_store(), a_store(url="https://two.example.com")
    take(store, an_order(101))
    take(other, an_order(201))
    with transaction():
        session().get_one(Store, store).health = "unreadable"
    assert decide() == 1
    assert (cart_of(101).route, cart_of(201).route) == (None, "call")
    with transaction():
        session().get_one(Store, store).health = "ok"
    assert decide() == 1
    assert cart_of(101).route == "call"


def test_carts_wait_until_the_first_import_has_read_everything(app):
    store = a_store()
    take(store, an_order(101))
    with transaction():
        session().add(Cursor(store_id=store, kind="import", started_at=NOW))
    assert decide() == 0
    with transaction():
        session().get_one(Cursor, (store, "import")).finished_at = NOW
    assert decide() == 1
    assert cart_of(101).route == "call"


def test_many_carts_are_decided_in_batches(app):
    store = a_store()
    take(store, *(an_order(key, email=f"p{key}@example.com", phone="") for key in range(1, 8)))
    assert [decide(limit=3) for _ in range(4)] == [3, 3, 1, 0]


def test_opt_out_takes_all_carts_of_the_person_off_the_list(app):
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101, age=FRESH), an_order(102, age=FRESH), an_order(109, email="kim@example.com", phone=""))
    decide()
    with transaction():
        opt_out(store, "all", "dana@example.com", source="call", vault=VAULT, now=NOW)
        contact_id = cart_of(101).contact_id
        assert contact_id is not None
        assert redecide_person(contact_id, now=NOW) == 2
    decide()
    assert {cart_of(key).reason_code for key in (101, 102)} == {"opted_out"}
    assert cart_of(101).reason == "Dana asked not to be contacted."
    assert cart_of(109).route == "personal"
    open_tasks = select(func.count()).select_from(CallTask).where(CallTask.state != "done")
    assert session().scalar(open_tasks) == 0


def test_task_that_nobody_reached_dies_after_14_days(app):
    store = a_store(routing__call_threshold="USD=300")
    take(store, an_order(101, age=FRESH))
    decide()
    assert decide(now=NOW + timedelta(days=14)) == 1
    assert cart_of(101).reason_code == "too_late"
    assert session().scalars(select(CallTask.done_reason)).all() == ["too_late"]


def test_owner_who_maps_a_status_to_paid_ends_its_carts(app):
    store = a_store()
    take(store, an_order(101, status="in-production"), an_order(102, status="quote", email="kim@example.com", phone=""))
    decide()
    change(store, "carts.status_meanings", "in-production=paid,quote=unpaid")
    decide()
    assert (cart_of(101).state, cart_of(101).closed_reason) == ("recovered", "paid")
    assert (cart_of(102).state, cart_of(102).route) == ("abandoned", "personal")


def test_threshold_is_learned_from_carts_and_purchases_of_90_days(app):
    store = a_store()
    values = [12000, 15000, 20000, 25000, 30000, 35000, 40000, 50000, 80000, 90000]
    paid: dict[str, Any] = {"status": "completed", "paid_at": NOW - timedelta(days=2), "phone": ""}
    paid["age"] = timedelta(days=3)
    take(
        store,
        *(
            an_order(300 + place, total_minor=value + 3000, email=f"b{place}@example.com", **paid)
            for place, value in enumerate(values[:-1])
        ),
        an_order(400, total_minor=9_000_000, email="old@example.com", **paid | {"paid_at": NOW - timedelta(days=91)}),
        an_order(401, total_minor=9_000_000, email="eur@example.com", currency="EUR", **paid),
    )
    take(store, an_order(101, total_minor=93000))
    decide()
    assert cart_of(101).reason == (
        "Goods of $900.00 reach $500.00, the call threshold learned from your orders, and Dana can be phoned."
    )
    kept = session().scalars(select(LearnedThreshold)).one()
    assert (kept.currency, kept.minor, kept.orders) == ("USD", 50000, 10)


def test_learned_threshold_is_at_least_100_units(app):
    store = a_store()
    take(store, an_order(101, total_minor=5000), an_order(102, currency="JPY", total_minor=50_00, shipping_minor=0))
    decide()
    kept = {one.currency: one.minor for one in session().scalars(select(LearnedThreshold))}
    assert kept == {"USD": 10000, "JPY": 3000}


@pytest.mark.parametrize("text", ["0.05", "much"])
def test_setting_out_of_bounds_is_refused_and_nothing_is_decided(app, text):
    store = a_store()
    take(store, an_order(101))
    decide()
    with pytest.raises(Exception, match="must be a number between"), transaction():
        change_setting(store, "routing.failed_factor", text, by=OWNER, now=NOW)
    assert decide() == 0


@pytest.mark.parametrize("name", ["sender.name", "content.returns"])
def test_sender_that_changes_has_planned_messages_written_anew_without_a_word_in_the_story(app, name):
    store = a_store()
    take(store, replace(an_order(101, age=FRESH), phone="", total_minor=9000))
    decide()
    with transaction():
        session().execute(update(Message).values(state="due", composed_of="old"))
    told = kinds(101)
    change(store, name, "Aurora")
    decide()
    messages = session().scalars(select(Message)).all()
    assert {(message.state, message.composed_of) for message in messages} == {("planned", "")}
    assert kinds(101) == told


def test_first_email_that_is_to_come_sooner_comes_at_once_when_its_time_is_past(app):
    store = a_store()
    take(store, replace(an_order(101, age=timedelta(minutes=20)), phone="", total_minor=9000))
    decide()
    first = select(Message.due_at).where(Message.step == "reminder-1")
    assert session().scalars(first).one() == NOW + timedelta(minutes=25)

    change(store, "outreach.first_after", "15m")
    decide()

    assert session().scalars(first).one() == NOW - timedelta(minutes=5)
    assert decide() == 0
