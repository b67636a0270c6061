"""Every way a store can be broken: unreadable with a reason, the cursor stays, and afterwards every change arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.db import session, transaction
from sidecar.demo.faults import NAMES
from sidecar.recovery.orders.polling import stores_due
from sidecar.stores.connection import connect, disconnect, find_store
from tests.factories import VAULT
from tests.recovery.answers.linked import linked_store

# A slow answer is one, and what they mean for single orders is tested with the reader.
BROKEN = [name for name in NAMES if name != "slow"]


def test_broken_store_is_unreadable_with_a_reason_and_loses_no_change(app, caplog):
    with linked_store(app) as shop:
        shop.poll()
        for fault in BROKEN:
            known = shop.place(ago=timedelta(seconds=1))
            shop.poll()
            stood = shop.cursor("delta").reached_at
            shop.store.fault(fault)
            shop.store.simulator.pay(known.id)
            new = shop.place(ago=timedelta(seconds=1))
            _check_unreadable(shop, shop.poll(), caplog.text, fault)
            assert shop.carts()[known.id] == "watching", fault
            assert new.id not in shop.carts(), fault
            assert shop.cursor("delta").reached_at == stood, fault

            shop.store.heal()
            assert shop.id in stores_due(now=shop.clock() + timedelta(minutes=2)), fault
            session().rollback()
            assert shop.poll().unreadable is None, fault
            assert (shop.carts()[known.id], shop.carts()[new.id]) == ("recovered", "watching"), fault
            assert (shop.row.health, shop.row.failures, shop.row.unreadable_reason) == ("ok", 0, None), fault


def _check_unreadable(shop, result, log, fault):
    row = shop.row
    assert (result.new, result.changed, result.seen) == (0, 0, 0), fault
    assert result.unreadable, fault
    assert (row.is_readable, row.unreadable_reason) == (False, result.unreadable), fault
    assert result.unreadable in log, fault
    assert timedelta(seconds=5) < row.poll_due_at - shop.clock() < timedelta(minutes=2), fault


@pytest.mark.parametrize("fault", ["maintenance", "captcha", "bom", "php_warning", "drop", "stale_cache"])
def test_store_that_breaks_in_the_middle_of_a_pass_goes_on_there(app, monkeypatch, fault):
    monkeypatch.setattr("sidecar.stores.polling.PER_PAGE", 10)
    with linked_store(app) as shop:
        shop.poll()
        for number in range(45):
            shop.place(ago=timedelta(seconds=200 - number), status="failed")
        shop.store.fault(fault, path="/wp-json/wc/v3/orders/1")  # the notes of the first orders
        broken = shop.poll()
        assert broken.unreadable
        assert len(shop.carts()) < 45
        assert not shop.row.is_readable

        shop.store.heal()
        shop.poll_all()
        assert len(shop.carts()) == 45
        assert shop.row.is_readable


def test_notes_that_may_not_be_read_do_not_keep_orders_out(app):
    with linked_store(app) as shop:
        order = shop.place(status="failed")
        shop.store.fault("rest_disabled", path=f"/wp-json/wc/v3/orders/{order.id}/notes")

        assert shop.poll().unreadable is None
        assert list(shop.carts()) == [order.id]


def test_pause_the_store_asks_for_is_kept(app):
    with linked_store(app) as shop:
        shop.poll()
        shop.store.fault("rate_limited", seconds=1800)
        shop.poll()
        due = shop.row.poll_due_at

        assert due is not None
        assert timedelta(minutes=29) < due - shop.clock() <= timedelta(minutes=30)


def test_trouble_of_more_than_an_hour_is_looked_at_every_fifteen_minutes(app):
    with linked_store(app) as shop:
        shop.poll()
        shop.store.fault("fatal")
        for _ in range(4):
            shop.poll()
            shop.clock.move(timedelta(minutes=25))
        for _ in range(6):
            shop.poll()
        due = shop.row.poll_due_at

        assert due is not None
        assert timedelta(minutes=11) < due - shop.clock() <= timedelta(minutes=15)


def test_new_keys_mend_a_store_whose_keys_were_revoked(app):
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll()
        kept, shop.store.world.keys[0].key = shop.store.key, "ck_replaced"
        assert "consumer key" in (shop.poll().unreadable or "")
        shop.store.simulator.pay(order.id)
        with transaction():
            connect(shop.store.url, "ck_replaced", shop.store.secret, vault=VAULT, now=shop.clock())
        assert shop.poll().unreadable is None

        assert shop.carts() == {order.id: "recovered"}
        assert kept != "ck_replaced"


def test_status_of_a_plugin_that_was_switched_off_does_not_stop_polling(app):
    with linked_store(app) as shop:
        shop.poll()
        with transaction():
            row = find_store(shop.id)
            assert row is not None
            row.statuses = [*row.statuses, "in-production"]
        order = shop.place(ago=timedelta(0))

        assert shop.poll().unreadable is None
        assert list(shop.carts()) == [order.id]


def test_store_that_may_not_be_reached_is_unreadable_and_asked_nothing(app):
    with linked_store(app) as shop:
        shop.opener._allow_local = False
        result = shop.poll()

        assert "must start with https://" in (result.unreadable or "")
        assert shop.asked() == 0
        assert not shop.row.is_readable


def test_disconnected_store_is_not_polled(app):
    with linked_store(app) as shop:
        with transaction():
            row = find_store(shop.id)
            assert row is not None
            disconnect(row, now=shop.clock())

        assert stores_due(now=shop.clock()) == []
        session().rollback()
        assert shop.poll().is_busy
        assert shop.asked() == 0


def test_busy_turn_is_no_trouble_of_the_store(app):
    with linked_store(app) as shop:
        shop.poll()
        turns = shop.opener._turns
        turns._wait_seconds = 0.1
        with turns.take(shop.store.url):
            result = shop.poll()

        assert (result.is_busy, result.unreadable) == (True, None)
        assert shop.row.is_readable
