"""The sample store as a server: start it, steer it, look into it.

In a process of its own, as the demo's supervisor starts it (key and secret from the environment, else the demo's)::

    DEMO_STORE_KEY=ck_… DEMO_STORE_SECRET=cs_… python -m sidecar.demo --port 8080 --seed 1 [--state FILE] [--live]

From code, for good (returns when the process is told to stop)::

    from sidecar.demo.store import serve
    serve("127.0.0.1", 8080, seed=1, now=now, key=key, secret=secret, state=None, live=True)

In a test, on a free port, on a thread of the same process::

    with running_store(seed=1, now=now) as store:
        API(store.url, store.key, store.secret)          # plain http: OAuth 1.0a, as WooCommerce wants it
        order = store.simulator.place(billing, [(TURNTABLE, 1)])
        store.fault("maintenance", times=3)
        store.simulator.pay(order.id, bump=False)
        assert store.traffic.most_at_once == 1

`running_store(people=False)` starts with products and no orders; `orders=100_000` adds that many synthetic ones.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sidecar import clock

from . import bulk, catalog
from .carts import fill
from .faults import Fault
from .front import Front
from .life import Life
from .memory import load, save
from .order import Order
from .people import DEMO_KEY, DEMO_SECRET
from .serving import Server
from .simulator import Simulator
from .traffic import Traffic
from .world import ApiKey, ShopSettings, World


def build_world(*, seed: int = 1, now: datetime | None = None, people: bool = True, orders: int = 0,
                key: str = DEMO_KEY, secret: str = DEMO_SECRET, settings: ShopSettings | None = None) -> World:
    """A store with its catalogue and, if wanted, its people and `orders` synthetic orders, relative to `now`."""
    moment = now or clock.now()
    world = World(settings=settings or ShopSettings())
    world.keys = [ApiKey(key, secret),
                  ApiKey(key.replace("ck_", "ck_read_"), secret.replace("cs_", "cs_read_"), "read"),
                  ApiKey(key.replace("ck_", "ck_write_"), secret.replace("cs_", "cs_write_"), "write"),
                  ApiKey(key.replace("ck_", "ck_shopper_"), secret.replace("cs_", "cs_shopper_"), role="customer",
                         username="shopper")]
    world.products = catalog.products()
    world.taxes = catalog.taxes()
    world.reviews = catalog.reviews(int(moment.timestamp()))
    if people:
        fill(world, seed=seed, now=moment)
    if orders:
        bulk.fill(world, orders, seed=seed, now=moment)
    return world


class SampleStore:
    """A running store, with everything a test wants to reach. `url` ends without a slash."""

    def __init__(self, world: World, *, host: str = "127.0.0.1", port: int = 0, state: Path | None = None) -> None:
        self.world = world
        self.simulator = Simulator(world)
        self.traffic = Traffic()
        self.front = Front(world, self.simulator, self.traffic, on_change=self._changed)
        self.faults = self.front.faults
        self.state = state
        self._server = Server(host, port, self.front)
        self._thread: threading.Thread | None = None
        self.host, self.port = host, self._server.port
        self.url = f"http://{host}:{self.port}"
        self.key, self.secret = world.keys[0].key, world.keys[0].secret
        self.read_only = (world.keys[1].key, world.keys[1].secret)
        self.write_only = (world.keys[2].key, world.keys[2].secret)
        self.without_rights = (world.keys[3].key, world.keys[3].secret)

    @property
    def orders(self) -> dict[int, Order]:
        """All orders, by id."""
        return self.world.orders

    @property
    def settings(self) -> ShopSettings:
        """The shop's settings; change them at any time."""
        return self.world.settings

    def fault(self, name: str, *, times: int | None = None, path: str = "/wp-json", method: str = "",
              seconds: float = 0.0) -> Fault:
        """Switches a fault on (names: sidecar.demo.faults.NAMES), for `times` requests or until `heal`."""
        return self.faults.add(Fault(name, path, times, method, seconds))

    def heal(self, name: str = "") -> None:
        """Switches off all faults, or those of one name."""
        self.faults.clear(name)

    def start(self) -> SampleStore:
        """Answers on a thread from now on."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True,
                                        name="sample store")
        self._thread.start()
        return self

    def run(self) -> None:
        """Answers until the process is told to stop."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stops answering, hangs up on everybody and lets go of the port."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join(5)

    def _changed(self) -> None:
        if self.state is not None:
            save(self.world, self.state)


@contextlib.contextmanager
def running_store(*, seed: int = 1, now: datetime | None = None, people: bool = True, orders: int = 0, port: int = 0,
                  settings: ShopSettings | None = None, world: World | None = None,
                  host: str = "127.0.0.1") -> Iterator[SampleStore]:
    """A store on a thread of this process, on a free port; stopped at the end of the block."""
    made = world or build_world(seed=seed, now=now, people=people, orders=orders, settings=settings)
    store = SampleStore(made, host=host, port=port).start()
    try:
        yield store
    finally:
        store.stop()


def serve(host: str, port: int, *, seed: int = 1, now: datetime | None = None, key: str = DEMO_KEY,
          secret: str = DEMO_SECRET, state: Path | None = None, live: bool = False, orders: int = 0,
          people: bool = True, latency: float = 0.0, settings: dict[str, Any] | None = None) -> None:
    """Runs the store in this process until it is told to stop (SIGTERM or SIGINT raise KeyboardInterrupt).

    With `state` the store goes on where it was: orders are read from that file, and written to it after every change.
    """
    world = build_world(seed=seed, now=now, people=people and not (state and state.exists()), orders=orders, key=key,
                        secret=secret)
    for name, value in (settings or {}).items():
        setattr(world.settings, name, value)
    world.settings.latency = latency or world.settings.latency
    if state is not None and state.exists():
        load(world, state)
    store = SampleStore(world, host=host, port=port, state=state)
    life = Life(store.simulator, seed=seed, on_change=store._changed) if live else None
    if life is not None:
        life.start()
    sys.stdout.write(json.dumps({"url": store.url, "orders": len(world.orders)}) + "\n")
    sys.stdout.flush()
    try:
        store.run()
    except KeyboardInterrupt:
        pass
    finally:
        if life is not None:
            life.stop()
        store._changed()
