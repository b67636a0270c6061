"""Linking a store, and letting it go; one poll at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from sidecar.db import session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.ports import SkippedOrder, StoreFacts
from sidecar.stores import lease
from sidecar.stores.connection import (
    Cursor,
    SkippedRecord,
    Store,
    connect,
    connected_stores,
    disconnect,
    find_store_at,
    link_of,
    note_facts,
)
from sidecar.stores.cursor import cursor_of
from sidecar.stores.skipping import MOST_KEPT, note_skipped, note_usable, skipped_records
from tests.factories import NOW, VAULT, make_store

URL, KEY, SECRET = "https://shop.example.com", "ck_0123456789abcdef", "cs_fedcba9876543210"
HOUR = timedelta(hours=1)
FACTS = StoreFacts("Aurora", URL, "Europe/Paris", 60, "EUR", "FR", None, 60, "10.0.2", ("pending",), True, "basic")


def linked(url=URL, key=KEY, secret=SECRET, *, now=NOW):
    return connect(url, key, secret, vault=VAULT, now=now)


def test_keys_are_kept_sealed_and_come_back(app):
    with transaction():
        store = linked()

        assert SECRET not in store.secret_sealed + store.key_sealed
        assert store.key_ending == "cdef"
        link = link_of(store, VAULT)
        assert (link.url, link.key, link.secret, link.auth) == (URL, KEY, SECRET, "")
        assert (store.health, store.poll_due_at, store.is_readable) == ("new", NOW, False)


def test_same_address_again_takes_the_new_keys(app):
    with transaction():
        store = linked()
        store.live_at = store.probed_at = NOW
        store.health, store.failures = "unreadable", 7
        again = linked("HTTPS://SHOP.example.com/", key="ck_new", now=NOW + HOUR)

        assert again.id == store.id
        assert link_of(store, VAULT).key == "ck_new"
        assert (store.connected_at, store.live_at, store.failures) == (NOW, NOW, 0)
        assert session().scalar(select(func.count()).select_from(Store)) == 1


def test_store_is_found_by_any_way_to_write_its_address(app):
    with transaction():
        store = linked()

        assert find_store_at("shop.example.com/wp-admin/") is store
        assert find_store_at("https://other.example.com") is None


def test_disconnected_store_has_no_keys_and_is_not_live(app):
    with transaction():
        store = linked()
        store.live_at = NOW
        disconnect(store, now=NOW + HOUR)

        assert connected_stores() == []
        assert (store.key_sealed, store.secret_sealed, store.live_at) == ("", "", None)
        with pytest.raises(GatewayError) as raised:
            link_of(store, VAULT)
        assert raised.value.code == "disconnected"


def test_store_connected_again_is_read_anew(app):
    with transaction():
        store = linked()
        cursor_of(store, "delta").reached_at = NOW
        disconnect(store, now=NOW + HOUR)
        linked(now=NOW + 9 * HOUR)

        assert store.connected_at == NOW + 9 * HOUR
        assert session().scalar(select(func.count()).select_from(Cursor)) == 0


def test_odd_keys_are_refused_by_field(app):
    with pytest.raises(Refused) as refused, transaction():
        linked(key="pk_123")

    assert refused.value.field == "key"


def test_what_the_store_does_not_say_this_time_stays(app):
    with transaction():
        store = linked()
        note_facts(store, FACTS, now=NOW)
        note_facts(store, replace(FACTS, currency=None, wc_version=None, can_write=None), now=NOW + HOUR)

        assert (store.currency, store.wc_version, store.can_write) == ("EUR", "10.0.2", True)
        assert store.probed_at == NOW + HOUR


def test_one_poller_at_a_time_has_the_lease(app):
    with transaction():
        store_id = make_store().id
    with transaction():
        assert lease.take(store_id, "one", now=NOW)
        assert not lease.take(store_id, "two", now=NOW + timedelta(seconds=20))
        lease.keep(store_id, "one", now=NOW + timedelta(seconds=25))
        assert not lease.take(store_id, "two", now=NOW + timedelta(seconds=40))
        assert lease.take(store_id, "two", now=NOW + timedelta(seconds=56))
        with pytest.raises(lease.LeaseLost):
            lease.keep(store_id, "one", now=NOW + timedelta(seconds=57))
        lease.give_back(store_id, "one")
        assert not lease.take(store_id, "three", now=NOW + timedelta(seconds=58))
        lease.give_back(store_id, "two")
        assert lease.take(store_id, "three", now=NOW + timedelta(seconds=58))


def test_lease_from_before_the_clock_was_set_back_does_not_hold(app):
    with transaction():
        store_id = make_store().id
        assert lease.take(store_id, "one", now=NOW)
        assert lease.due(now=NOW - HOUR) == [store_id]
        assert lease.take(store_id, "two", now=NOW - HOUR)


def test_stores_are_due_in_the_order_they_waited(app):
    with transaction():
        rows: dict[str, dict[str, Any]] = {
            "new": {"poll_due_at": None},
            "late": {"poll_due_at": NOW - HOUR},
            "now": {"poll_due_at": NOW},
            "soon": {"poll_due_at": NOW + timedelta(seconds=1)},
            "gone": {"poll_due_at": NOW - HOUR, "disconnected_at": NOW},
            "held": {"poll_due_at": NOW, "lease_by": "x", "lease_until": NOW + timedelta(seconds=9)},
            "ahead": {"poll_due_at": NOW + 30 * HOUR},  # the clock was set back
        }
        ids = {
            name: make_store(url=f"https://{name}.example.com", polled_at=NOW - HOUR, **row).id
            for name, row in rows.items()
        }

        assert lease.due(now=NOW) == [ids[name] for name in ("new", "late", "now", "ahead")]


def test_poll_from_the_future_makes_a_store_due(app):
    with transaction():
        store_id = make_store(poll_due_at=NOW + timedelta(minutes=20), polled_at=NOW + timedelta(minutes=19)).id

        assert lease.due(now=NOW) == [store_id]


def test_orders_that_cannot_be_used_are_kept_with_the_reason_until_they_can(app):
    with transaction():
        store = make_store()
        other = make_store(url="https://other.example.com")
        note_skipped(store.id, [SkippedOrder(7, "no total"), SkippedOrder(None, "no id")], now=NOW)
        note_skipped(store.id, [SkippedOrder(7, "no status"), SkippedOrder(None, "no id")], now=NOW + HOUR)
        note_skipped(other.id, [SkippedOrder(7, "no total")], now=NOW)
        kept = {record.order_id: record.reason for record in skipped_records(store.id)}
        note_usable(store.id, [7, 8])

        assert kept == {7: "no status", 0: "no id"}
        assert [record.order_id for record in skipped_records(store.id)] == [0]
        assert len(skipped_records(other.id)) == 1


def test_kept_reasons_are_bounded(app):
    with transaction():
        store = make_store()
        note_skipped(store.id, [SkippedOrder(n, "x") for n in range(1, MOST_KEPT + 50)], now=NOW)
        session().flush()

        assert session().scalar(select(func.count()).select_from(SkippedRecord)) == MOST_KEPT
