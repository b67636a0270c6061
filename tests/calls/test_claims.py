"""Reps claim carts: the best first, one each, one rep per person, and never two on one cart."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.accounts import User
from sidecar.calls.task import HELD_STATES, CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.claims import end_call, start_call
from sidecar.calls.tasks.ripening import ripen
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.stores.connection import Store
from tests.calls.board import a_person, a_ready_task, a_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_store, make_user

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store()


@pytest.fixture
def sam(store: Store) -> User:
    with transaction():
        return make_user(REP)


@pytest.fixture
def ana(store: Store) -> User:
    with transaction():
        return make_user(OTHER_REP)


def test_the_next_claim_is_the_most_valuable_ready_cart(store: Store, sam: User) -> None:
    with transaction():
        a_task(store, 0, goods_minor=40000)
        best = a_task(store, 1, goods_minor=90000)
        later = a_task(store, 2, goods_minor=500000)
        later.due_at = NOW + MINUTE
        ripen(now=NOW)
        claimed = queue.claim_next(sam, now=NOW)

    assert claimed is not None
    assert claimed.id == best.id
    assert (claimed.state, claimed.claimed_by_id, claimed.lease_until) == ("claimed", sam.id, NOW + 10 * MINUTE)


def test_claiming_again_gives_the_same_cart(store: Store, sam: User) -> None:
    with transaction():
        a_ready_task(store, 0)
        a_ready_task(store, 1)
        first = queue.claim_next(sam, now=NOW)
        second = queue.claim_next(sam, now=NOW)

    assert first is not None
    assert second is first


def test_claim_is_refused_when_another_rep_holds_it(store: Store, sam: User, ana: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, ana, now=NOW)

    with pytest.raises(Refused, match="Ana has Dana Number 0 now"), transaction():
        queue.claim(task.id, sam, now=NOW)


def test_one_rep_has_all_carts_of_a_person(store: Store, sam: User, ana: User) -> None:
    with transaction():
        dana = a_person(store, 0)
        first, second = a_task(store, 1, person=dana), a_task(store, 2, person=dana)
        ripen(now=NOW)
        queue.claim(first.id, ana, now=NOW)

    with pytest.raises(Refused, match="Ana has Dana Number 0 now"), transaction():
        queue.claim(second.id, sam, now=NOW)
    with transaction():
        assert queue.claim_next(sam, now=NOW) is None


def test_nobody_is_rung_twice_within_the_hour_about_another_cart(store: Store, sam: User) -> None:
    with transaction():
        dana = a_person(store, 0)
        first, second = a_task(store, 1, person=dana), a_task(store, 2, person=dana)
        ripen(now=NOW)
        queue.claim(first.id, sam, now=NOW)
        assert start_call(first.id, sam, now=NOW)
        session().get_one(CallTask, first.id).state = "done"

    with pytest.raises(Refused, match="was just called"), transaction():
        queue.claim(second.id, sam, now=NOW + 59 * MINUTE)
    with transaction():
        assert queue.claim(second.id, sam, now=NOW + 60 * MINUTE).id == second.id


def test_a_claimed_cart_is_given_back_for_another(store: Store, sam: User) -> None:
    with transaction():
        first, second = a_ready_task(store, 0), a_ready_task(store, 1)
        queue.claim(first.id, sam, now=NOW)
        queue.claim(second.id, sam, now=NOW)

    assert (session().get_one(CallTask, first.id).state, session().get_one(CallTask, second.id).state) == (
        "ready",
        "claimed",
    )


def test_a_call_must_be_finished_before_another_is_taken(store: Store, sam: User) -> None:
    with transaction():
        first, second = a_ready_task(store, 0), a_ready_task(store, 1)
        queue.claim(first.id, sam, now=NOW)
        assert start_call(first.id, sam, now=NOW)
        assert end_call(first.id, sam, now=NOW + MINUTE)

    with pytest.raises(Refused, match="Finish the call with Dana Number 0 first"), transaction():
        queue.claim(second.id, sam, now=NOW)


def test_a_rep_on_a_break_gets_nothing(store: Store, sam: User) -> None:
    with transaction():
        a_ready_task(store, 0)
        sam.paused_at = NOW

    with pytest.raises(Refused, match="on a break"), transaction():
        queue.claim_next(sam, now=NOW)


def test_a_callback_is_its_reps_for_ten_minutes_and_then_the_teams(store: Store, sam: User, ana: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        task.callback_at, task.for_user_id = NOW, ana.id

    with transaction():
        assert queue.claim_next(sam, now=NOW + 9 * MINUTE) is None
        assert queue.claim_next(sam, now=NOW + 10 * MINUTE) is not None


def test_a_cart_outside_its_call_hours_cannot_be_claimed(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        closes = task.open_until

    assert closes is not None
    with transaction():
        assert queue.claim_next(sam, now=closes) is None
    with pytest.raises(Refused, match="cannot be called yet"), transaction():
        queue.claim(task.id, sam, now=closes)


def test_a_heartbeat_extends_the_lease_of_its_own_rep_only(store: Store, sam: User, ana: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        assert queue.extend(task.id, sam, now=NOW + MINUTE)
        assert not queue.extend(task.id, ana, now=NOW + 5 * MINUTE)

    assert session().get_one(CallTask, task.id).lease_until == NOW + 11 * MINUTE


def test_twenty_reps_at_once_never_share_a_cart_or_a_person(app: Flask, store: Store) -> None:
    """Twenty reps claim and give back as fast as they can; persons have two carts each."""
    with transaction():
        reps = [make_user(f"rep{n}@example.com").id for n in range(20)]
        for number in range(15):
            person = a_person(store, number)
            a_task(store, 2 * number, person=person)
            a_task(store, 2 * number + 1, person=person)
        ripen(now=NOW)
    start, held, trouble = threading.Barrier(len(reps)), Counter[int](), list[BaseException]()

    def work(user_id: int) -> None:
        try:
            with app.app_context():
                start.wait(timeout=30)
                with transaction():
                    task = queue.claim_next(session().get_one(User, user_id), now=NOW)
                    if task is not None:
                        held[task.id] += 1
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=work, args=(rep,)) for rep in reps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert trouble == []
    session().rollback()
    tasks = session().query(CallTask).where(CallTask.state.in_(HELD_STATES)).all()
    assert len(tasks) == 15  # every person once; five reps go without
    assert len({task.claimed_by_id for task in tasks}) == 15
    assert len({task.contact_id for task in tasks}) == 15
    assert set(held.values()) == {1}
