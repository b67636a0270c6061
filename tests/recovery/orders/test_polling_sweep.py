"""The sweep: what no date tells is seen within six hours, in slices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.recovery.orders import sweeping
from tests.recovery.answers.linked import linked_store

SIX_HOURS = timedelta(hours=6, minutes=1)


def test_change_without_a_date_is_seen_by_the_sweep(app):
    """The old storage dates neither a new phone nor a payment some gateways write (woocommerce.md 6)."""
    with linked_store(app) as shop:
        shop.store.settings.storage = "posts"
        quiet, paid = shop.place(ago=timedelta(days=3)), shop.place(ago=timedelta(days=3))
        shop.poll_all()
        shop.store.simulator.pay(paid.id, bump=False)
        shop.poll()
        assert shop.carts() == {quiet.id: "watching", paid.id: "watching"}

        shop.clock.move(SIX_HOURS)
        shop.poll_all()
        assert shop.carts() == {quiet.id: "watching", paid.id: "recovered"}


def test_trashed_and_deleted_orders_are_settled(app):
    with linked_store(app) as shop:
        kept, trashed, deleted = (shop.place(ago=timedelta(days=3)) for _ in range(3))
        shop.poll_all()
        shop.store.simulator.trash(trashed.id)
        shop.store.simulator.delete(deleted.id)
        shop.poll()
        assert set(shop.carts().values()) == {"watching"}

        shop.clock.move(SIX_HOURS)
        shop.poll_all()
        assert shop.carts() == {kept.id: "watching", trashed.id: "closed", deleted.id: "closed"}


def test_sweep_goes_in_slices_and_is_done_for_six_hours(app, monkeypatch):
    monkeypatch.setattr(sweeping, "CHUNK", 5)
    with linked_store(app) as shop:
        for _ in range(23):
            shop.place(ago=timedelta(days=3))
        shop.poll_all()
        shop.clock.move(SIX_HOURS)
        slices = 1
        while shop.poll(patience=timedelta(0)).has_more:
            slices += 1
            assert slices < 20

        assert slices >= 5
        assert shop.cursor("sweep").done == 23
        shop.store.traffic.clear()
        shop.poll()
        assert shop.asked() == 1


def test_sweep_costs_one_request_for_a_hundred_orders(app):
    with linked_store(app) as shop:
        for _ in range(130):
            shop.place(ago=timedelta(days=3))
        shop.poll_all()
        shop.clock.move(SIX_HOURS)
        shop.store.traffic.clear()
        shop.poll_all()
        lists = [visit for visit in shop.store.traffic.visits() if visit.path.endswith("/orders")]

        assert sum("include=" in visit.query for visit in lists) == 2
        assert shop.store.traffic.most_at_once == 1


@pytest.mark.parametrize("fault", ["fatal", "bom", "rest_disabled"])
def test_order_that_breaks_the_sweep_does_not_keep_the_store_unreadable(app, fault):
    with linked_store(app) as shop:
        gone = shop.place(ago=timedelta(days=3))
        shop.poll_all()
        shop.store.simulator.trash(gone.id)
        shop.store.fault(fault, path=f"/wp-json/wc/v3/orders/{gone.id}")
        shop.clock.move(SIX_HOURS)
        assert shop.poll().unreadable
        assert shop.carts() == {gone.id: "watching"}
        assert shop.poll().unreadable is None
        assert shop.row.is_readable

        shop.store.heal()
        shop.clock.move(timedelta(minutes=31))
        shop.poll_all()
        assert shop.carts() == {gone.id: "closed"}


def test_sweep_learns_what_the_store_says_anew(app):
    with linked_store(app) as shop:
        shop.poll()
        shop.store.settings.currency = "EUR"
        shop.clock.move(SIX_HOURS)
        shop.poll()

        assert shop.row.currency == "EUR"
