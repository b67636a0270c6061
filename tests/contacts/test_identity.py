"""Who is who: matching by e-mail and phone, and two known people becoming one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart, Purchase
from sidecar.contacts.contact import Contact, ContactPoint, Silence
from sidecar.contacts.identity import Person, match_or_create
from sidecar.contacts.joining import join_contacts
from sidecar.contacts.silence import hold
from sidecar.db import session, transaction
from sidecar.errors import Refused
from tests.factories import NOW, make_cart, make_contact, make_store


def person(email: str = "", phone: str = "", *, name: str = "Dana", minutes: int = 0) -> Person:
    return Person(
        first_name=name,
        last_name="Ruiz",
        company="",
        email=email,
        phone=phone,
        phone_e164=phone,
        country="US",
        region="NY",
        customer_id=0,
        told_at=NOW + timedelta(minutes=minutes),
    )


def match(store, *people):
    return match_or_create(store.id, people, now=NOW).contact_ids


def test_same_address_is_the_same_person_within_a_page_and_across_pages(app):
    with transaction():
        store = make_store()
        first = match(
            store, person("Dana@Example.com"), person("kim@example.com"), person("dana@example.com", "+12125550123")
        )
        second = match(store, person("", "+12125550123"), person("KIM@example.com"))
    assert first[0] == first[2] != first[1]
    assert second == [first[0], first[1]]
    assert session().scalar(select(func.count()).select_from(Contact)) == 2


def test_people_of_another_store_are_others(app):
    with transaction():
        here, there = make_store(), make_store(url="https://other.example.com")
        assert match(here, person("dana@example.com")) != match(there, person("dana@example.com"))


def test_nobody_is_made_of_nothing(app):
    with transaction():
        assert match(make_store(), person()) == [None]
    assert session().scalar(select(func.count()).select_from(Contact)) == 0


def test_two_new_people_joined_by_a_third_order_of_the_page_are_one(app):
    with transaction():
        store = make_store()
        found = match(
            store, person("a@example.com"), person("", "+12125550123"), person("a@example.com", "+12125550123")
        )
    assert len(set(found)) == 1
    assert session().scalar(select(func.count()).select_from(Contact)) == 1


def test_newer_orders_tell_names_and_blanks_tell_nothing(app):
    with transaction():
        store = make_store()
        (dana,) = match(store, person("dana@example.com", "+12125550123", minutes=5))
        match(store, person("dana@example.com", name="", minutes=9))
        match(store, person("dana@example.com", name="Old", minutes=1))
        match(store, person("dana@example.com", name="Danielle", minutes=10))
    found = session().get_one(Contact, dana)
    assert (found.first_name, found.phone_e164) == ("Danielle", "+12125550123")


def test_order_that_joins_two_known_people_moves_everything_to_the_older(app):
    with transaction():
        store = make_store()
        older = make_contact(store, phone_e164="", phone="")
        newer = make_contact(store, email="", first_name="D.", region="NJ")
        noise = make_contact(store, email="kim@example.com", phone_e164="+12125550199")
        cart, untouched = make_cart(store, newer), make_cart(store, noise, 109)
        task = queue.add(cart, due_at=NOW + timedelta(hours=1), threshold_minor=30000, now=NOW)
        session().add(
            Purchase(
                store_id=store.id,
                order_id=77,
                contact_id=newer.id,
                status="completed",
                currency="USD",
                total_minor=1,
                goods_minor=1,
                ordered_at=NOW,
                paid_at=NOW,
            )
        )
        session().flush()
        old_id = newer.id
        matched = match_or_create(store.id, [person("dana@example.com", "+12125550123")], now=NOW)
    assert matched.contact_ids == [older.id]
    assert dict(matched.joined) == {old_id: older.id}
    session().expire_all()
    assert task is not None
    assert {cart.contact_id, task.contact_id} == {older.id}
    assert session().scalars(select(Purchase.contact_id)).all() == [older.id]
    assert session().scalars(select(Silence.contact_id)).all() == [older.id]
    points = select(ContactPoint.address).where(ContactPoint.contact_id == older.id).order_by(ContactPoint.address)
    assert session().scalars(points).all() == ["+12125550123", "dana@example.com"]
    assert older.phone_e164 == "+12125550123"
    assert session().get(Contact, old_id) is None
    assert untouched.contact_id == noise.id


def test_joining_waits_while_reps_have_both_in_hand(app):
    with transaction():
        store = make_store()
        dana = make_contact(store, phone_e164="", phone="")
        dan = make_contact(store, email="")
        for contact in (dana, dan):
            hold(contact.id, f"task:{contact.id}", "a rep talks to them", NOW + timedelta(minutes=5))
        matched = match_or_create(store.id, [person("dana@example.com", "+12125550123")], now=NOW)
    assert matched.contact_ids == [dana.id]
    assert matched.put_off == {0}
    gone = dan.id
    assert session().get(Contact, gone) is not None
    with transaction():
        later = match_or_create(store.id, [person("dana@example.com", "+12125550123")], now=NOW + timedelta(minutes=6))
    assert dict(later.joined) == {gone: dana.id}


def test_silences_of_one_source_meet_as_the_longer_one(app):
    with transaction():
        store = make_store()
        dana, dan = make_contact(store, phone_e164=""), make_contact(store, email="")
        hold(dana.id, "manual", "short", NOW + timedelta(minutes=1))
        hold(dan.id, "manual", "long", NOW + timedelta(minutes=9))
        join_contacts(dana.id, dan.id)
    assert session().scalars(select(Silence.why)).all() == ["long"]


def test_joining_somebody_who_is_gone_is_refused(app):
    with transaction():
        store = make_store()
        dana, dan = make_contact(store, phone_e164=""), make_contact(store, email="")
        gone = dan.id
        join_contacts(dana.id, gone)
    with pytest.raises(Refused), transaction():
        join_contacts(dana.id, gone)
    assert session().scalar(select(func.count()).select_from(Cart)) == 0
