"""A poll with ten changed orders, at 1k and at 100k known carts; and how many requests a quiet poll makes."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from flask import Flask

from bench.crowd import Crowd, gather
from bench.figures import Effort, Figure, growth, in_turn, seconds
from bench.ground import KEY, Ground
from bench.shop import Shop, order_of, outside, settle_cursors
from sidecar import clock
from sidecar.recovery.orders.polling import poll_store
from sidecar.vault import Vault

SMALL = 1_000
CHANGED = 10


def measure(ground: Ground, effort: Effort) -> Figure:
    """Milliseconds, the larger beside the smaller."""
    with ground.application() as small_app, ground.application() as large_app:
        small, large = _Side(small_app, SMALL), _Side(large_app, effort.carts)
        pairs = in_turn(small.poll, large.poll, effort.at_least(60))
        quiet = large.quiet_requests()
        return growth(
            "poll",
            pairs,
            unit=f"ms, {effort.carts:,} carts beside {SMALL:,}, {ground.database_name}",
            goal=1.2,
            requests_of_a_quiet_poll=quiet,
            quiet_met=quiet == 1,
        )


class _Side:
    """One installation with so many carts."""

    def __init__(self, app: Flask, carts: int) -> None:
        self._app = app
        self._shop = Shop()
        self._outside = outside(self._shop, Vault((KEY,)))
        with app.app_context():
            self._crowd: Crowd = gather(carts, vault=Vault((KEY,)), calls=False)
            settle_cursors(self._crowd.store_id)

    def poll(self) -> float:
        """Seconds for a poll that finds ten orders changed."""
        now = datetime.now(UTC)
        self._shop.changed = [
            order_of(number, note=str(random.random()), at=now)
            for number in random.sample(self._crowd.order_ids(), CHANGED)
        ]
        with self._app.app_context():
            return seconds(self._read)

    def quiet_requests(self) -> int:
        """How often a poll asks the store when nothing has changed."""
        self._shop.changed, self._shop.requests = [], 0
        with self._app.app_context():
            result = poll_store(self._crowd.store_id, gateways=self._outside, clock=clock.now)
        if result.unreadable:
            raise RuntimeError(result.unreadable)
        return self._shop.requests

    def _read(self) -> None:
        result = poll_store(self._crowd.store_id, gateways=self._outside, clock=clock.now)
        if result.unreadable or result.changed != CHANGED:
            raise RuntimeError(f"the poll did not do its work: {result}")
