"""How long a store in trouble is left in peace, and what its row says meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.db import transaction
from sidecar.errors import GatewayError, Refused
from sidecar.stores import health
from sidecar.stores.health import note_readable, note_unreadable, wait_after
from tests.factories import NOW, make_store

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def wait(failures, *, trouble_for=timedelta(0), longest=2 * MINUTE, asked=None, chance=1.0):
    return wait_after(failures, trouble_for=trouble_for, longest=longest, asked_seconds=asked, chance=chance)


def test_wait_doubles_up_to_the_longest():
    assert [wait(n).total_seconds() for n in (1, 2, 3, 4, 5, 50)] == [10, 20, 40, 80, 120, 120]


def test_wait_is_up_to_fifteen_minutes_after_the_first_hour():
    assert wait(50, trouble_for=HOUR) == 15 * MINUTE
    assert wait(50, trouble_for=HOUR - MINUTE) == 2 * MINUTE


def test_wait_is_spread_by_a_quarter():
    assert wait(5, chance=0.0) == 90 * timedelta(seconds=1)


def test_pause_the_store_asks_for_is_kept_up_to_an_hour():
    assert wait(1, asked=600) == 10 * MINUTE
    assert wait(1, asked=90_000) == HOUR
    assert wait(5, asked=1) == 2 * MINUTE


@pytest.mark.parametrize(
    "error",
    [GatewayError("The store is overloaded.", code="unavailable"), Refused("Not that address.", code="address")],
)
def test_unreadable_store_says_why_and_since_when(app, caplog, error):
    with transaction():
        store = make_store()
        note_unreadable(store, error, longest=2 * MINUTE, chance=1.0, now=NOW)
        note_unreadable(store, error, longest=2 * MINUTE, chance=1.0, now=NOW + MINUTE)

        assert not store.is_readable
        assert (store.unreadable_reason, store.unreadable_since, store.failures) == (error.reason, NOW, 2)
        assert store.poll_due_at == NOW + MINUTE + timedelta(seconds=20)
        assert error.code in caplog.text


def test_store_that_answers_is_readable_only_when_all_is_read(app):
    with transaction():
        store = make_store()
        note_unreadable(store, GatewayError("It is down.", code="fatal"), longest=MINUTE, chance=1.0, now=NOW)
        health.note_answer(store, now=NOW + MINUTE)

        assert (store.is_readable, store.unreadable_reason) == (False, health.CATCHING_UP)
        note_readable(store, now=NOW + MINUTE)
        assert store.health == "ok"
        assert (store.failures, store.unreadable_reason, store.unreadable_since) == (0, None, None)


def test_clock_set_back_during_trouble_begins_the_trouble_anew(app):
    error = GatewayError("It is down.", code="fatal")
    with transaction():
        store = make_store()
        note_unreadable(store, error, longest=MINUTE, chance=1.0, now=NOW)
        note_unreadable(store, error, longest=MINUTE, chance=1.0, now=NOW - HOUR)

        assert store.unreadable_since == NOW - HOUR
