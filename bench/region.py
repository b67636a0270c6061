"""The queue's list asked for again although nothing has changed: 204, and nothing rendered."""

from __future__ import annotations

import re

from bench.figures import Effort, Figure, in_turn, speed
from bench.ground import Ground
from bench.load import exchange, per_second
from bench.page import CONNECTIONS, Desk, desk

TRIES = 3  # the list's mark changes with the minute


def measure(ground: Ground, effort: Effort) -> Figure:
    """Answers a second."""
    with desk(ground, effort.carts) as both:
        pairs = in_turn(
            lambda: 1 / per_second(both.floor, "/", {}, connections=CONNECTIONS),
            lambda: 1 / _unchanged(both),
            effort.at_least(9),
        )
        return speed(
            "region",
            pairs,
            per_round=1,
            unit=f"answers/s, {effort.carts:,} carts, {CONNECTIONS} connections, {ground.database_name}",
            goal=0.5,
        )


def _unchanged(both: Desk) -> float:
    headers = both.headers | {"HX-Request": "true"}
    for _ in range(TRIES):
        page = exchange(both.ours, "GET", "/queue", both.headers).body.decode()
        found = re.search(r"/queue/list\?(?:[^\"]*?)seen=([\w.]+)", page)
        if not found:
            raise RuntimeError("/queue does not say what it has seen")
        path = f"/queue/list?seen={found[1]}"
        rate = per_second(both.ours, path, headers, connections=CONNECTIONS)
        if exchange(both.ours, "GET", path, headers).status == 204:
            return rate
    raise RuntimeError("the list keeps changing although nothing does")
