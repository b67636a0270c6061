"""Live re-reading: the truth of this second, taken in at once; never a guess when the store cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.db import session
from sidecar.demo.faults import NAMES
from sidecar.errors import GatewayError
from sidecar.recovery.orders.polling import stores_due
from sidecar.recovery.orders.rereading import reread
from sidecar.stores.skipping import skipped_records
from tests.recovery.answers.linked import linked_store

BAD_ANSWERS = [name for name in NAMES if name != "slow"]


def test_payment_is_seen_and_settled_though_no_date_changed(app):
    with linked_store(app) as shop:
        paid, waiting = shop.place(), shop.place()
        shop.poll()
        shop.store.simulator.pay(paid.id, bump=False)
        found = reread(shop.id, [paid.id, waiting.id], gateways=shop.gateways, clock=shop.clock)

        assert {order_id: order.status for order_id, order in found.items() if order} == {
            paid.id: "processing",
            waiting.id: "pending",
        }
        assert shop.carts() == {paid.id: "recovered", waiting.id: "watching"}


def test_trashed_and_deleted_orders_are_told_apart_and_settled(app):
    with linked_store(app) as shop:
        trashed, deleted = shop.place(), shop.place()
        shop.poll()
        shop.store.simulator.trash(trashed.id)
        shop.store.simulator.delete(deleted.id)
        found = reread(shop.id, [trashed.id, deleted.id], gateways=shop.gateways, clock=shop.clock)

        order = found[trashed.id]
        assert order is not None
        assert order.status == "trash"
        assert found[deleted.id] is None
        assert set(shop.carts().values()) == {"closed"}


def test_many_orders_are_one_request(app):
    with linked_store(app) as shop:
        ids = [shop.place().id for _ in range(50)]
        shop.poll()
        shop.store.traffic.clear()
        found = reread(shop.id, [*ids, ids[0]], gateways=shop.gateways, clock=shop.clock)

        assert set(found) == set(ids)
        assert shop.asked() == 1
        assert reread(shop.id, [], gateways=shop.gateways, clock=shop.clock) == {}
        assert shop.asked() == 1


def test_order_whose_record_is_broken_is_missing_from_the_answer_and_the_others_are_not(app):
    with linked_store(app) as shop:
        good, broken = shop.place(), shop.place()
        shop.poll()
        shop.store.simulator.edit(broken.id, bump=False, currency="POINTS")
        found = reread(shop.id, [good.id, broken.id], gateways=shop.gateways, clock=shop.clock)

        assert set(found) == {good.id}
        assert [record.order_id for record in skipped_records(shop.id)] == [broken.id]


def test_bad_answer_raises_and_marks_the_store_until_a_poll_succeeds(app):
    with linked_store(app) as shop:
        shop.poll()
        for fault in BAD_ANSWERS:
            order = shop.place(ago=timedelta(seconds=1))
            shop.poll()
            shop.store.simulator.pay(order.id)
            shop.store.fault(fault)
            with pytest.raises(GatewayError) as raised:
                reread(shop.id, [order.id], gateways=shop.gateways, clock=shop.clock)

            assert shop.carts()[order.id] == "watching", fault
            assert (shop.row.health, shop.row.unreadable_reason) == ("unreadable", raised.value.reason), fault
            shop.store.heal()
            shop.poll()
            assert shop.row.is_readable, fault
            assert shop.carts()[order.id] == "recovered", fault


def test_store_in_trouble_is_not_asked_by_everybody_who_waits(app):
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll()
        shop.store.fault("fatal")
        for _ in range(3):
            with pytest.raises(GatewayError):
                reread(shop.id, [order.id], gateways=shop.gateways, clock=shop.clock)
        asked = shop.asked()
        shop.poll()
        due = shop.row.poll_due_at
        for _ in range(5):
            with pytest.raises(GatewayError) as raised:
                reread(shop.id, [order.id], gateways=shop.gateways, clock=shop.clock)

        assert raised.value.reason.startswith("The store has a critical error")
        assert shop.asked() == asked + 1
        assert shop.row.poll_due_at == due  # asking in vain does not put the next poll off
        session().rollback()
        assert stores_due(now=shop.clock() + timedelta(minutes=2)) == [shop.id]


def test_answer_about_a_single_order_that_fails_settles_nothing(app):
    with linked_store(app) as shop:
        gone = shop.place()
        shop.poll()
        shop.store.simulator.delete(gone.id)
        shop.store.fault("html_200", path=f"/wp-json/wc/v3/orders/{gone.id}")
        with pytest.raises(GatewayError):
            reread(shop.id, [gone.id], gateways=shop.gateways, clock=shop.clock)

        assert shop.carts() == {gone.id: "watching"}
