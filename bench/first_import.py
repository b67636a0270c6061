"""The first import of a store that answers in 200 ms: all of it, from connecting to the last order of 90 days.

The floor is one kept-alive connection that asks for the very same pages, one after the other, and throws them away.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Effort, Figure, seconds, speed
from bench.ground import KEY, Ground
from bench.sample import KEY as STORE_KEY
from bench.sample import SECRET, Bare, Sample, free_port, sample_store
from sidecar import clock
from sidecar.db import session, transaction
from sidecar.gateways.woocommerce import WooOpener
from sidecar.ports import Gateways
from sidecar.recovery.orders.polling import poll_store
from sidecar.stores.connection import Cursor, connect
from sidecar.vault import Vault

LATENCY = 0.2
MEMORY_MOST_MB = 20.0


def measure(ground: Ground, effort: Effort) -> Figure:
    """Orders a second. The goal speaks of 20,000 orders; `--orders` says how many there were."""
    pairs, grown = [], []
    port = free_port()
    with sample_store(port, orders=effort.orders, latency=LATENCY) as sample:
        for _ in range(effort.at_least(5) if effort.orders <= 5000 else 1):
            sample.forget()
            ours, growth = _import(ground, sample)
            grown.append(growth)
            asked = sample.asked()
            sample.take_basic(True)
            pairs.append((seconds(_reading(port, asked)), ours))
            sample.take_basic(False)
    return speed(
        "import",
        pairs,
        per_round=effort.orders,
        unit=f"orders/s, {effort.orders:,} orders, {LATENCY * 1000:.0f} ms an answer, {ground.database_name}",
        goal=0.9,
        requests=len(asked),
        memory_growth_mb=grown[-1],
        memory_met=grown[-1] <= MEMORY_MOST_MB,
    )


def _import(ground: Ground, sample: Sample) -> tuple[float, float]:
    """Seconds, and by how many MB the process grew once everything it needs had been loaded: after the first slice."""
    with ground.application():
        vault = Vault((KEY,))
        with transaction():
            store = connect(sample.url, STORE_KEY, SECRET, vault=vault, now=datetime.now(UTC))
            store_id = store.id
        opener = WooOpener(allow_local=True)
        outside = Gateways(stores=opener, mail=None, bell=_NoBell(), vault=vault)

        held = []

        def read() -> None:
            while True:
                result = poll_store(store_id, gateways=outside, clock=clock.now)
                held.append(_resident_mb())
                if result.unreadable:
                    raise RuntimeError(result.unreadable)
                if not result.has_more:
                    return

        spent = seconds(read)
        opener.close()
        if session().get_one(Cursor, (store_id, "import")).finished_at is None:
            raise RuntimeError("the import has not finished")
        return spent, held[-1] - held[0]


def _reading(port: int, asked: list[str]) -> Callable[[], None]:
    def read() -> None:
        line = Bare(port)
        for path in asked:
            line.read(path)

    return read


class _NoBell:
    def ring(self, queue: str) -> None:
        """Nobody listens."""


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
