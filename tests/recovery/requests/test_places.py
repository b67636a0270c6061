"""A place in a half-hour is given once: also when many ask for the last one in the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from sidecar.accounts import User
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.requests.times import HALF, offered, places
from sidecar.calls.tasks import queue
from sidecar.calls.window import Window
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.requests import requesting
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, make_cart, make_contact, make_store, make_user
from tests.recovery.requests.wanting import ZONE, ask, opening, wanted

AT = NOW + timedelta(hours=2)
HOURS = Settings({})["calls.hours"]
WINDOW_ZONE = ZoneInfo(ZONE)
WINDOW = Window((ZONE,), "US", "", HOURS)


@pytest.fixture
def store(app) -> Store:
    """A live store with one rep, who can keep two calls in a half-hour."""
    with transaction():
        store = make_store(live_at=NOW)
        make_user("sam@example.com")
    return store


def number(place: int) -> str:
    return f"+1212555{place:04}"


def test_of_many_who_want_the_last_places_at_once_as_many_get_them_as_there_are(app: Flask, store: Store) -> None:
    store_id, said = store.id, list[str]()
    session().commit()
    ready = threading.Barrier(6)

    def want(place: int) -> None:
        with app.app_context():
            ready.wait(timeout=20)
            try:
                with transaction():
                    ask(session().get_one(Store, store_id), wanted(AT, number=number(100 + place)))
                said.append("got it")
            except Refused as refused:
                said.append(refused.reason)

    threads = [threading.Thread(target=want, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    session().expire_all()
    assert Counter(said) == {"got it": 2, "That time has just been taken. Choose another.": 4}
    assert sorted(session().scalars(select(CallRequest.seat)).all()) == [0, 1]  # type: ignore[type-var]
    assert AT not in opening(store).choices()


def test_the_database_gives_no_place_twice(store: Store) -> None:
    with transaction():
        first = ask(store, wanted(AT, number=number(1)))
        second = ask(store, wanted(AT, number=number(2)))
        assert {first.seat, second.seat} == {0, 1}
    with pytest.raises(IntegrityError), transaction():
        session().execute(update(CallRequest).where(CallRequest.id == second.id).values(seat=first.seat))


def test_a_place_that_was_given_back_can_be_taken_again(store: Store) -> None:
    with transaction():
        first = ask(store, wanted(AT, number=number(1)))
        ask(store, wanted(AT, number=number(2)))
        requesting.cancel(first, now=NOW)
        assert ask(store, wanted(AT, number=number(3))).seat == 0


def test_moving_to_a_full_half_hour_keeps_the_old_place(store: Store) -> None:
    with transaction():
        mine = ask(store, wanted(AT + HALF, number=number(1)))
        for place in (2, 3):
            ask(store, wanted(AT, number=number(place)))
    with pytest.raises(Refused, match="just been taken"), transaction():
        requesting.move(mine, wanted(AT), store, settings=settings_of(store.id), now=NOW)
    assert session().get_one(CallRequest, mine.id).place_at == AT + HALF


def test_what_reps_agreed_themselves_takes_places_too(store: Store) -> None:
    with transaction():
        for order in (101, 102):
            dana = make_contact(store, email=f"p{order}@example.com", phone_e164=number(order), phone=number(order))
            task = queue.add(make_cart(store, dana, order), due_at=NOW, threshold_minor=10000, now=NOW)
            assert task is not None
            task.callback_at = AT + timedelta(minutes=order - 100)
        session().flush()
        assert AT not in opening(store).choices()
        with pytest.raises(Refused, match="just been taken"):
            ask(store, wanted(AT, number=number(1)))


def test_times_follow_the_reps_hours_the_law_and_the_notice(store: Store) -> None:
    with transaction():
        sam = session().scalars(select(User)).one()
        sam.hours = {str(day): [["09:00", "14:00"]] for day in range(7)}
    found = opening(store).choices()
    local = [f"{at.astimezone(WINDOW_ZONE):%a %H:%M}" for at in found]
    assert local[0] == "Wed 13:30"  # it is 13:00; 13:15 is the earliest, and Sam leaves at 14:00
    assert local[1] == "Thu 10:00"  # the shop calls from 10
    assert {at.split()[0] for at in local} == {"Wed", "Thu", "Fri"}
    assert max(at.split()[1] for at in local) == "13:30"
    assert session().scalars(select(Cart)).all() == []


def test_twelve_times_are_spread_over_three_days() -> None:
    early = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
    all_day = [[(early - timedelta(days=1), early + timedelta(days=9))]]
    found = offered(WINDOW, places(all_day, {}), now=early)
    days = Counter(at.astimezone(WINDOW_ZONE).date() for at in found)
    assert list(days.values()) == [4, 4, 4]
    assert found == sorted(found)
    assert offered(WINDOW, places([], {}), now=early) == []


def test_a_made_up_zone_does_not_ring_anybody_at_night(store: Store) -> None:
    tokyo = opening(store, zone="Asia/Tokyo").choices()
    for at in tokyo:
        assert 10 <= at.astimezone(WINDOW_ZONE).hour < 19
    with pytest.raises(Refused, match="Nobody may be called then"), transaction():
        ask(store, wanted(datetime(2026, 11, 19, 8, 0, tzinfo=UTC), zone="Asia/Tokyo"))
