"""Polling a store: what changed comes in, once, cheaply, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from sidecar import settings as business
from sidecar.db import session, transaction
from sidecar.demo import asking
from sidecar.recovery.orders import reading
from sidecar.recovery.orders.polling import stores_due
from sidecar.stores import lease
from sidecar.stores import polling as places
from sidecar.stores.connection import find_store
from sidecar.stores.skipping import skipped_records
from tests.recovery.answers.linked import linked_store

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_first_poll_learns_the_store_and_takes_in_its_orders(app):
    with linked_store(app) as shop:
        order = shop.place()
        result = shop.poll()

        assert (result.new, result.unreadable, result.has_more) == (1, None, False)
        assert shop.carts() == {order.id: "watching"}
        row = shop.row
        assert (row.name, row.currency, row.health, row.auth) == ("Aurora Audio", "USD", "ok", "oauth")
        assert "checkout-draft" in row.statuses
        assert row.is_readable


def test_quiet_poll_is_one_request(app):
    with linked_store(app, orders=150) as shop:
        shop.poll_all()
        shop.store.traffic.clear()
        result = shop.poll()

        assert (result.new, result.changed) == (0, 0)
        assert shop.asked() == 1
        query = parse_qs(shop.store.traffic.visits()[0].query)
        assert query["dates_are_gmt"] == ["true"]
        assert "Z" not in query["modified_after"][0]
        assert "checkout-draft" in query["status"][0].split(",")


def test_change_is_taken_in_once_and_with_an_overlap(app):
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll()
        shop.store.simulator.pay(order.id)
        late = shop.place(ago=90 * timedelta(seconds=1))  # became visible after something newer
        first, second = shop.poll(), shop.poll()

        assert (first.new, first.changed) == (1, 1)
        assert (second.new, second.changed) == (0, 0)
        assert shop.carts() == {order.id: "recovered", late.id: "watching"}


def test_next_poll_is_due_after_the_stores_own_interval(app):
    with linked_store(app) as shop:
        with transaction():
            business.put(shop.id, "poll.every", "10m", by="test", now=shop.clock())
        assert stores_due(now=shop.clock()) == [shop.id]
        shop.poll()
        session().rollback()

        assert stores_due(now=shop.clock() + 9 * MINUTE) == []
        assert stores_due(now=shop.clock() + 10 * MINUTE) == [shop.id]


def test_burst_in_one_second_comes_in_whole_and_then_costs_one_request(app, monkeypatch):
    monkeypatch.setattr(places, "PER_PAGE", 20)
    with linked_store(app) as shop:
        shop.poll()
        at = int(datetime.now(UTC).timestamp()) - 60
        placed = {shop.store.simulator.place({}, [(11, 1)], at=at, status="failed").id for _ in range(85)}
        shop.poll_all()
        assert set(shop.carts()) >= placed

        shop.clock.move(3 * MINUTE)
        shop.poll()
        shop.store.traffic.clear()
        shop.poll()
        assert shop.asked() == 1
        paid = next(iter(placed))
        shop.store.simulator.pay(paid)
        shop.poll()
        assert shop.carts()[paid] == "recovered"


@pytest.mark.parametrize("hours", [-14, -5, 5, 14])
def test_store_that_dates_changes_wrongly_is_read_within_a_sweep(app, hours):
    with linked_store(app) as shop:
        shop.poll()
        known = shop.place(ago=HOUR)
        shop.poll()
        shop.store.simulator.pay(known.id, at=int((datetime.now(UTC) + hours * HOUR).timestamp()))
        new = shop.place(ago=-hours * HOUR)
        shop.poll()
        shop.clock.move(6 * HOUR + MINUTE)
        shop.poll_all()
        shop.poll_all()

        assert shop.carts() == {known.id: "recovered", new.id: "watching"}


@pytest.mark.parametrize("moved", [-2 * HOUR, timedelta(days=1)])
def test_clock_that_jumps_loses_no_change(app, moved):
    with linked_store(app) as shop:
        shop.poll()
        shop.clock.move(moved)
        first = shop.place(ago=timedelta(seconds=2))
        assert shop.id in stores_due(now=shop.clock())
        session().rollback()
        shop.poll()
        shop.clock.move(-moved)
        second = shop.place(ago=timedelta(0))
        assert shop.id in stores_due(now=shop.clock()) or moved < timedelta(0)
        session().rollback()
        shop.poll()

        assert shop.carts() == {first.id: "watching", second.id: "watching"}


def test_broken_orders_are_kept_with_a_reason_and_the_others_go_on(app):
    with linked_store(app) as shop:
        good, broken = shop.place(), shop.place(currency="POINTS")
        result = shop.poll()

        assert (result.new, result.skipped, result.unreadable) == (1, 1, None)
        assert set(shop.carts()) == {good.id}
        assert "POINTS" in skipped_records(shop.id)[0].reason
        session().rollback()
        shop.store.simulator.edit(broken.id, currency="USD")
        shop.poll()
        assert set(shop.carts()) == {good.id, broken.id}
        assert skipped_records(shop.id) == []


def test_second_poller_leaves_a_store_that_is_being_read(app):
    with linked_store(app) as shop:
        with transaction():
            assert lease.take(shop.id, "another process", now=shop.clock())
        assert shop.poll().is_busy
        assert shop.asked() == 0
        shop.clock.move(lease.LENGTH)  # it was killed
        assert not shop.poll().is_busy
        assert shop.row.lease_by is None


def test_poller_that_lost_its_lease_keeps_nothing(app, monkeypatch):
    with linked_store(app) as shop:
        shop.place()
        read_notes = reading.read_notes

        def lose_the_lease(*args, **more):
            with transaction():
                store = find_store(shop.id)
                assert store is not None
                store.lease_by = "another process"
            return read_notes(*args, **more)

        monkeypatch.setattr(reading, "read_notes", lose_the_lease)
        result = shop.poll()

        assert result.is_busy
        assert shop.carts() == {}
        assert shop.row.lease_by == "another process"


@pytest.mark.parametrize("seconds", [1, 0])
def test_store_that_ignores_what_is_asked_is_unreadable_and_not_read_for_ever(app, monkeypatch, seconds):
    """Whether its orders changed one after the other or all at once."""
    monkeypatch.setattr(places, "PER_PAGE", 5)
    with linked_store(app) as shop:
        for number in range(12):
            shop.place(ago=timedelta(seconds=100 - number * seconds))
        monkeypatch.setattr(asking, "check", lambda params: _only(params, "per_page"))
        result = shop.poll()

        assert "same page" in (result.unreadable or "")
        assert shop.asked() < 40


def _only(params, *names):
    return {"orderby": "modified", "order": "asc"} | {name: params[name] for name in names if name in params}


def test_no_transaction_is_open_while_the_store_is_asked(app, monkeypatch):
    with linked_store(app, people=True) as shop:
        open_at = []
        take = shop.opener._turns.take

        def look(store):
            open_at.append(session().in_transaction())
            return take(store)

        monkeypatch.setattr(shop.opener._turns, "take", look)
        monkeypatch.setattr(
            "sidecar.recovery.orders.importing.read_past", lambda _reading: True
        )  # its next page is asked ahead
        monkeypatch.setattr(reading, "Fetching", _FetchingLater)
        shop.poll()

        assert len(open_at) > 5
        assert not any(open_at)


class _FetchingLater:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def begin(self, reader, *, place, statuses):
        self.ask = lambda: reader.orders(places.question(place, statuses))

    def result(self):
        return self.ask()
