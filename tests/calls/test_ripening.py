"""Time passes in the queue: tasks come due, hours end, leases run out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.claims import end_call, start_call
from sidecar.calls.tasks.ripening import ripen
from sidecar.contacts import silence
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task, a_task
from tests.cast import REP
from tests.factories import NOW, make_store, make_user

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store()


@pytest.fixture
def sam(store: Store) -> User:
    with transaction():
        return make_user(REP)


def _state(task: CallTask) -> str:
    session().expire_all()
    return session().get_one(CallTask, task.id).state


def test_a_task_is_ready_when_it_is_due_and_not_before(store: Store) -> None:
    with transaction():
        task = a_task(store, 0)
        task.due_at = NOW + MINUTE
        ripen(now=NOW)
        early = task.state
    with transaction():
        found = ripen(now=NOW + MINUTE)

    assert (early, _state(task), found.ready) == ("waiting", "ready", 1)


def test_a_task_due_at_night_waits_for_the_call_hours(store: Store) -> None:
    night = NOW + 12 * HOUR  # 01:00 in New York
    with transaction():
        task = a_task(store, 0, now=night)
        ripen(now=night)

    assert _state(task) == "waiting"
    assert task.due_at == NOW + 21 * HOUR  # 10:00


def test_a_ready_task_waits_again_when_the_hours_end(store: Store) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        assert task.open_until == NOW + timedelta(hours=5, minutes=45)  # 18:45: nothing starts in the last quarter
    with transaction():
        found = ripen(now=NOW + 6 * HOUR)

    assert (_state(task), found.waiting) == ("waiting", 1)
    assert task.due_at == NOW + 21 * HOUR


def test_a_callback_comes_two_minutes_early_and_on_top(store: Store) -> None:
    with transaction():
        a_ready_task(store, 1, goods_minor=900000)
        task = a_task(store, 0)
        task.due_at = task.callback_at = NOW + 10 * MINUTE
        ripen(now=NOW + 7 * MINUTE)
        assert task.state == "waiting"
        ripen(now=NOW + 8 * MINUTE)

    assert (_state(task), task.rank_class) == ("ready", 0)


def test_a_claim_ends_after_ten_minutes_without_a_heartbeat(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        ripen(now=NOW + 10 * MINUTE - timedelta(seconds=1))
        held = task.state
    with transaction():
        found = ripen(now=NOW + 10 * MINUTE)

    assert (held, _state(task), found.expired) == ("claimed", "ready", 1)


def test_a_call_is_kept_for_an_hour_and_a_wrap_up_for_good(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        start_call(task.id, sam, now=NOW)
        ripen(now=NOW + 59 * MINUTE)
        calling = task.state
        end_call(task.id, sam, now=NOW + 59 * MINUTE)
        ripen(now=NOW + 30 * HOUR)

    assert (calling, _state(task)) == ("in_call", "wrap_up")


def test_a_call_without_a_sign_of_life_goes_back_but_the_person_is_left_in_peace(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        start_call(task.id, sam, now=NOW + MINUTE)
        ripen(now=NOW + 61 * MINUTE)

    assert _state(task) == "ready"
    assert task.rest_until == NOW + 61 * MINUTE


def test_ranks_follow_the_hour(store: Store) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        before = task.rank_value
        nothing_yet = ripen(now=NOW + 9 * MINUTE).ranked
    with transaction():
        found = ripen(now=NOW + 3 * HOUR)  # 16:00, when most people answer

    assert (nothing_yet, found.ranked) == (0, 1)
    session().expire_all()
    assert session().get_one(CallTask, task.id).rank_value > before


def test_machines_are_silent_while_a_call_is_planned(store: Store) -> None:
    with transaction():
        task = a_task(store, 0)

    held = silence.held(task.contact_id, now=NOW)
    assert held is not None
    assert held.why == "a call is planned"
    with transaction():
        queue.withdraw(task.cart_id, "paid", now=NOW)
    assert silence.held(task.contact_id, now=NOW) is None


def test_adding_a_cart_twice_keeps_one_task_and_takes_the_new_due_time(store: Store) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        again = queue.add(task.cart, due_at=NOW + HOUR, threshold_minor=20000, now=NOW)

    assert again is task
    assert (task.state, task.due_at, task.threshold_minor) == ("waiting", NOW + HOUR, 20000)


def test_a_claimed_task_keeps_its_course_when_its_cart_is_decided_again(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        queue.add(task.cart, due_at=NOW + HOUR, threshold_minor=20000, now=NOW)

    assert (task.state, task.due_at, task.threshold_minor) == ("claimed", NOW, 30000)


def test_a_withdrawn_task_is_done_even_when_a_rep_has_it(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        assert queue.withdraw(task.cart_id, "paid", now=NOW)
        assert not queue.withdraw(task.cart_id, "paid", now=NOW)

    assert (_state(task), task.done_reason) == ("done", "paid")


def test_a_call_in_progress_is_still_wrapped_up_after_its_cart_was_withdrawn(store: Store, sam: User) -> None:
    with transaction():
        task = a_ready_task(store, 0)
        queue.claim(task.id, sam, now=NOW)
        start_call(task.id, sam, now=NOW)
        queue.withdraw(task.cart_id, "paid", now=NOW)

    assert (_state(task), task.done_reason) == ("wrap_up", "paid")


def test_a_cart_whose_calls_ended_for_good_does_not_come_back(store: Store) -> None:
    with transaction():
        ended, withdrawn = a_task(store, 0), a_task(store, 1)
        queue.withdraw(ended.cart_id, "not_interested", now=NOW)
        queue.withdraw(withdrawn.cart_id, "threshold", now=NOW)
        again = [queue.add(t.cart, due_at=NOW, threshold_minor=1, now=NOW) for t in (ended, withdrawn)]

    assert again[0] is None
    assert again[1] is not None
    assert again[1].id != withdrawn.id
