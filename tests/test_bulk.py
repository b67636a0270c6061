"""Many rows at once: the same rows as SQLAlchemy's own way writes, with defaults, moments and JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import delete, insert, select, update

from sidecar.bulk import Statement, given, insert_many, update_many
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact, ContactPoint
from sidecar.db import session, transaction
from tests.factories import NOW, make_cart, make_contact, make_store

CONTACTS = Contact.metadata.tables["contact"]
CARTS = Cart.metadata.tables["cart"]


def rows_of(table, *columns):
    return [tuple(row) for row in session().execute(select(*(table.c[name] for name in columns)).order_by(table.c.id))]


def test_rows_are_those_that_sqlalchemy_writes(app):
    moments = [NOW, NOW.replace(microsecond=123), datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=9)))]
    with transaction():
        store = make_store()
        told = [{"store_id": store.id, "first_name": "%s ? :x {}", "created_at": at, "told_at": None} for at in moments]
        insert_many(CONTACTS, told)
        session().execute(insert(CONTACTS), told)
        insert_many(CONTACTS, [])
    found = rows_of(CONTACTS, "store_id", "first_name", "email", "customer_id", "created_at", "told_at")
    assert found[:3] == found[3:]
    assert [row[4] for row in found[:3]] == [moment.astimezone(UTC) for moment in moments]
    later = select(CONTACTS.c.id).where(CONTACTS.c.created_at > NOW - timedelta(days=1)).order_by(CONTACTS.c.id)
    assert len(session().scalars(later).all()) == 4


def test_rows_are_changed_by_their_key_and_others_stay(app):
    with transaction():
        store = make_store()
        dana = make_contact(store)
        first, second, third = (make_cart(store, dana, number) for number in (101, 102, 103))
        ids = [first.id, second.id, third.id]
        changes = {"meta": {"_ok": "yes"}, "needs_payment": False, "decide_at": None, "coupon_codes": ["A"]}
        update_many(CARTS, "id", [{"id": cart_id} | changes for cart_id in ids[:2]])
        update_many(CARTS, "id", [])
    found = rows_of(CARTS, "meta", "needs_payment", "decide_at", "coupon_codes")
    assert found[:2] == [({"_ok": "yes"}, False, None, ["A"])] * 2
    assert found[2] == ({}, True, None, [])


def test_statement_finds_the_rows_of_the_values_given(app):
    with transaction():
        dana = make_contact(make_store())
    points = ContactPoint.metadata.tables["contact_point"]
    hostile = ["dana@example.com", "'; drop table contact; --", '"', "é"]
    addresses = Statement(
        select(points.c.contact_id).where(points.c.kind.in_(("email", "phone"))), among=points.c.address
    )
    people = Statement(select(CONTACTS.c.id), among=CONTACTS.c.id)
    assert addresses.find(wanted=hostile) == [(dana.id,)]
    assert people.find(wanted=[dana.id, 2**40]) == [(dana.id,)]
    assert people.find(wanted=[]) == []


def test_statement_takes_and_gives_what_sqlalchemy_does(app):
    with transaction():
        store = make_store()
        cart = make_cart(store, make_contact(store), 101)
        new = {"decide_at": NOW.astimezone(timezone(timedelta(hours=9))), "meta": {"_ok": "ja"}, "paid_at": None}
        places = {name: given(name) for name in new}
        Statement(update(CARTS).where(CARTS.c.state.in_(("watching", "abandoned"))).values(places)).run(**new)
    columns = [CARTS.c[name] for name in ("decide_at", "paid_at", "meta", "needs_payment", "ordered_at", "total_minor")]
    later = Statement(
        select(*columns).where(CARTS.c.store_id == given("store_id"), CARTS.c.ordered_at > given("since"))
    )
    found = later.find(store_id=store.id, since=NOW - timedelta(days=400))
    assert found == [tuple(row) for row in session().execute(select(*columns))]
    assert found[0][:3] == (NOW, None, {"_ok": "ja"})
    assert later.find(store_id=store.id, since=NOW + timedelta(days=1)) == []
    with transaction():
        Statement(delete(CARTS), among=CARTS.c.id).run(wanted=[cart.id])
    assert later.find(store_id=store.id, since=NOW - timedelta(days=400)) == []
