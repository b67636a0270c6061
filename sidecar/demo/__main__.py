"""`python -m sidecar.demo`: the sample store in a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from types import FrameType

from .people import DEMO_KEY, DEMO_SECRET
from .store import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sidecar.demo", description="The sample WooCommerce store.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people and carts")
    parser.add_argument("--state", type=Path, help="a file to keep the orders in")
    parser.add_argument("--orders", type=int, default=0, help="so many synthetic orders more, for measuring")
    parser.add_argument("--no-people", action="store_true", help="start without the demo's people and carts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every answer of the API")
    parser.add_argument("--live", action="store_true", help="now and then a cart is left or paid")
    parser.add_argument("--hold-stock-minutes", type=float, help="after so long, unpaid classic orders are cancelled")
    parser.add_argument("--storage", choices=("hpos", "posts"), default="hpos")
    parser.add_argument("--basic-without-tls", action="store_true", help="take basic auth over plain http too")
    return parser.parse_args()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Runs the store until SIGTERM or SIGINT."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, _stop)
    settings = {"storage": asked.storage, "basic_without_tls": asked.basic_without_tls}
    if asked.hold_stock_minutes is not None:
        settings["hold_stock_minutes"] = asked.hold_stock_minutes
    serve(asked.host, asked.port, seed=asked.seed, state=asked.state, live=asked.live, orders=asked.orders,
          people=not asked.no_people, latency=asked.latency, settings=settings,
          key=os.environ.get("DEMO_STORE_KEY") or DEMO_KEY,
          secret=os.environ.get("DEMO_STORE_SECRET") or DEMO_SECRET)


if __name__ == "__main__":
    main()
