"""The made-up call room and its bound say what they promise."""

from __future__ import annotations

import copy
import random

import pytest

from bench.bound import upper_bound
from bench.figures import Effort
from bench.ground import ground
from bench.order import SIMPLE, Size, Truth, cell, measure, order, taught
from bench.shift import WORLDS, arrivals, work

SMALL = Size(reps=1, days=1, lessons=2, steps=4)


@pytest.mark.parametrize("world", WORLDS)
def test_no_order_earns_more_than_the_bound(world: str) -> None:
    carts = arrivals(2, 1, 1, random.Random(1))
    most = upper_bound(carts, WORLDS[world], reps=1, days=2, steps=4)

    for score in (*SIMPLE.values(), order(Truth(world))):
        shift = work(copy.deepcopy(carts), score, WORLDS[world], reps=1, days=2, luck=random.Random(1))
        assert 0 < shift.earned < most


def test_the_same_seed_gives_the_same_figures() -> None:
    assert cell("mixed", 1, SMALL, "x") == cell("mixed", 1, SMALL, "x")


def test_calls_that_come_too_early_teach_to_wait() -> None:
    learned = taught("hump", 1, Size(reps=1, lessons=6), "x")

    assert learned.calls > 200
    assert learned.buys(20) > learned.buys(2)


@pytest.mark.slow
def test_the_bench_of_orders_measures() -> None:
    with ground(None) as place:
        shown = measure(place, Effort(quick=True)).as_dict()

    assert 0 < shown["figure"] <= 1
    cells = shown["cells"]
    assert cells["hump 2"]["learned"] > cells["hump 2"]["unlearned"]
    assert cells["mixed 2"]["ours"] > cells["mixed 2"]["first-in"]
