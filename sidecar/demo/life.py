"""A little life in the demo: now and then a cart is left, or one that was left is paid."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from .carts import leave_a_cart
from .simulator import Simulator


class Life:
    """A quiet thread. What happens is decided by the seed; when, by the clock."""

    def __init__(self, simulator: Simulator, *, seed: int, on_change: Callable[[], None], every: float = 45.0) -> None:
        self.simulator = simulator
        self.every = every
        self._on_change = on_change
        self._chance = random.Random(f"life {seed}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True, name="sample store life")

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._over.set()
        self._thread.join(5)

    def _live(self) -> None:
        while not self._over.wait(self.every):
            self.step()
            self._on_change()

    def step(self) -> None:
        """One small event: two times in three a new cart, else a payment of one left within the last four days."""
        world = self.simulator.world
        with world.lock:
            now = world.seconds()
            unpaid = [order.id for order in world.orders.values()
                      if order.needs_payment and order.status != "checkout-draft" and now - order.created < 4 * 86_400]
            if unpaid and self._chance.random() < 1 / 3:
                self.simulator.pay(self._chance.choice(unpaid))
            else:
                leave_a_cart(self.simulator, self._chance, now)
