"""The benches run and say what they promise. How fast things are is not for tests with a clock."""

from __future__ import annotations

import json

import pytest

from bench import NAMES
from bench.figures import Effort, amount, growth, speed
from bench.ground import ground
from sidecar.commands.bench import module_of
from tests.commands.conftest import Ringback, ringback

__all__ = ["ringback"]

KEYS = {"name", "unit", "figure", "floor", "rounds", "min", "max", "goal", "met"}
QUICK = Effort(rounds=2, carts=1000, orders=1000, messages=12_000, quick=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["claim", "poll", "due", "messages"])
def test_a_bench_measures(name: str) -> None:
    with ground(None) as place:
        shown = module_of(name).measure(place, QUICK).as_dict()
    assert set(shown) >= KEYS
    assert {"ratio", "growth", "value"} & set(shown)
    assert shown["name"] == name
    assert shown["figure"] > 0
    assert all(value for key, value in shown.items() if key.endswith("_met"))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_module_that_measures(name: str) -> None:
    assert callable(module_of(name).measure)


def test_a_ratio_is_the_middle_of_the_rounds() -> None:
    found = speed("x", [(1.0, 2.0), (1.0, 4.0), (1.0, 1.0)], per_round=100, unit="orders/s", goal=0.35)
    assert (found.comparison, found.low, found.high, found.figure) == (0.5, 0.25, 1.0, 50.0)
    assert found.met
    assert json.dumps(found.as_dict())


def test_growth_and_amounts_are_met_from_below() -> None:
    assert growth("x", [(1.0, 1.1), (1.0, 1.15)], unit="ms", goal=1.2).met
    assert not growth("x", [(1.0, 1.3), (1.0, 1.25)], unit="ms", goal=1.2).met
    assert amount("x", [2.0, 2.5], unit="s", goal=3.0).met


def test_a_condition_beside_the_goal_counts_too() -> None:
    pairs = [(1.0, 1.0)]
    assert not speed("x", pairs, per_round=1, unit="claims/s", goal=0.3, doubles=1, doubles_met=False).met


def test_without_a_name_the_benches_are_listed(ringback: Ringback) -> None:
    ran = ringback("bench")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == list(NAMES)
