"""How much of what is possible the order of the queue earns, in made-up call rooms whose truth is known.

Beside it the orders that come to mind first, and an upper bound. "learned" starts from the shipped figures, whatever
the truth is, and learns from its own calls; "ours" knows the truth from the start. docs/performance.md, "order".
"""

from __future__ import annotations

import copy
import functools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.bound import upper_bound
from bench.figures import Effort, Figure
from bench.ground import Ground
from bench.shift import AGES, OPENS, PLAIN, SLOT, SLOTS, TRIES, WORLDS, Left, Score, arrivals, work
from sidecar.calls.priority.chances import STARTING, Chances, Outcome, learn
from sidecar.calls.priority.learning import LATEST
from sidecar.calls.priority.waiting import Curves, compare
from sidecar.calls.priority.worth import DRAWN_FIRST, drawn_age

GOAL, HUMP_GOAL = 0.95, 0.90
SIMPLE: dict[str, Score] = {
    "first-in": lambda cart, now, slot, age, tries: 1e6 - cart.at,
    "newest": lambda cart, now, slot, age, tries: cart.at,
    "largest": lambda cart, now, slot, age, tries: cart.worth,
}


@dataclass(frozen=True)
class Size:
    """How much is simulated: reps, days with new carts, days of learning, steps of the bound."""

    reps: int = 2
    days: int = 3
    lessons: int = 12
    steps: int = 40
    loads: tuple[int, ...] = (1, 2, 4)
    worlds: tuple[str, ...] = tuple(WORLDS)


QUICK = Size(reps=1, days=1, lessons=2, steps=6, loads=(2,), worlds=("mixed", "hump"))
Shares = dict[str, float]  # of the bound, by the name of the order


@dataclass(frozen=True)
class Truth:
    """A world as the ranking's curves."""

    world: str

    def answers(self, hour: int, attempts: int) -> float:
        """As the world has it."""
        return WORLDS[self.world].answers(hour, attempts)

    def buys(self, age_hours: float, *, declined: bool = False, came_back: bool = False) -> float:
        """As the world has it; every customer of a world is alike."""
        return WORLDS[self.world].buys(age_hours)


class _Noted:
    """The same curves with what was asked before at hand: a table asks for the same hours and ages again and again."""

    def __init__(self, curves: Curves) -> None:
        self.answers = functools.cache(curves.answers)
        self._buys = functools.cache(curves.buys)

    def buys(self, age_hours: float, *, declined: bool = False, came_back: bool = False) -> float:
        """Every customer of a world is alike."""
        return self._buys(age_hours)


def measure(ground: Ground, effort: Effort) -> Figure:
    """Shares of the bound. The figure is the lowest of ours where the curve only falls; the hump has its own goal."""
    size = QUICK if effort.quick else Size()
    seeds = 1 if effort.quick else max(1, effort.rounds // 7)
    every = {
        f"{world} {load}": [cell(world, load, size, f"{effort.seed}/{number}") for number in range(seeds)]
        for world in size.worlds
        for load in size.loads
    }
    cells = {name: _over(found, lambda shares: sum(shares) / len(shares)) for name, found in every.items()}
    plain = {name: shares for name, shares in cells.items() if name.split()[0] in PLAIN}
    humps = [shares["learned"] for name, shares in cells.items() if name.startswith("hump")]
    behind = [name for name, shares in cells.items() if min(shares["ours"], shares["learned"]) < shares["newest"]]
    ours = [shares["ours"] for shares in plain.values()]
    return Figure(
        "order",
        f"share of an upper bound, lowest of all loads where the curve only falls, mean of {seeds}",
        min(ours),
        min(shares["newest"] for shares in plain.values()),
        min(ours),
        "ratio",
        seeds,
        min(ours),
        max(ours),
        GOAL,
        {
            "cells": cells,
            "least": {name: _over(found, min) for name, found in every.items()},
            "most": {name: _over(found, max) for name, found in every.items()},
            "missed": [name for name, shares in plain.items() if shares["ours"] < GOAL],
            "hump_learned": min(humps),
            "hump_met": min(humps) >= HUMP_GOAL,
            "behind_newest": behind,
            "newest_met": not behind,
        },
    )


def _over(found: Sequence[Shares], what: Callable[[list[float]], float]) -> Shares:
    """One figure for each order from those of all seeds."""
    return {name: round(what([shares[name] for shares in found]), 3) for name in found[0]}


def cell(world: str, load: float, size: Size, seed: str) -> Shares:
    """The share of the bound that each order reaches with the same carts and the same luck."""
    truth, days = WORLDS[world], size.days + 1  # nobody comes in on the last day: those waiting can still be called
    carts = arrivals(load, size.reps, size.days, random.Random(f"{world} {load} {seed}"))
    most = upper_bound(carts, truth, reps=size.reps, days=days, steps=size.steps)
    learned = taught(world, load, size, seed)
    known = Truth(world)
    orders = SIMPLE | {
        "value now": _by_value(known),
        "ours": order(known),
        "unlearned": order(STARTING, holds=False),
        "learned": order(learned, reached=learned.reached),
    }
    earned = {
        name: work(copy.deepcopy(carts), score, truth, reps=size.reps, days=days, luck=random.Random(seed)).earned
        for name, score in orders.items()
    }
    return {name: value / most for name, value in earned.items()}


def taught(world: str, load: float, size: Size, seed: str) -> Chances:
    """The curves after some rounds of days in this world, begun with the starting figures and learned after each."""
    latest: deque[Outcome] = deque(maxlen=LATEST)
    curves = STARTING
    for lesson in range(size.lessons):
        luck = random.Random(f"{world} {load} {seed} lesson {lesson}")
        carts = arrivals(load, size.reps, 2, luck)
        score = order(curves, reached=curves.reached, holds=lesson > 0)
        latest.extend(work(carts, score, WORLDS[world], reps=size.reps, days=3, luck=luck).outcomes)
        curves = learn(latest)
    return curves


def order(curves: Curves, *, reached: int | None = None, holds: bool = True) -> Score:
    """The queue's order by these curves: worth × urgency; held back (below -1) while a later call is worth more.

    With `reached`, how many people taught them, some carts are called at an age drawn by lot.
    """
    table = _table(curves, holds=holds)

    def score(cart: Left, now: float, slot: int, age: int, tries: int) -> float:
        drawn = None if reached is None or tries else drawn_age(cart.lot, reached)
        if drawn is None:
            return cart.worth * table[slot][age][tries]
        return -2.0 if age * SLOT < drawn else cart.worth * DRAWN_FIRST * abs(table[slot][age][tries])

    return score


def _table(curves: Curves, *, holds: bool) -> Sequence[Sequence[Sequence[float]]]:
    """The share of its worth that a cart counts for: by half hours, and by hours of age once it is half a day old."""
    noted = _Noted(curves)

    @functools.cache
    def shares(half: int, age: float) -> list[float]:
        found = [compare(noted, hour=OPENS + (half + 0.5) / 2, age=age, attempts=tries) for tries in range(TRIES)]
        return [-2.0 if holds and each.waits else each.now * each.urgency for each in found]

    ages = [(age + 0.5) * SLOT if age < 48 else age // 4 + 0.5 for age in range(AGES)]
    return [[shares(slot // 2, age) for age in ages] for slot in range(SLOTS)]


def _by_value(curves: Curves) -> Score:
    answer = [[curves.answers(int(OPENS + slot * SLOT), tries) for tries in range(TRIES)] for slot in range(SLOTS)]
    sale = [curves.buys((age + 0.5) * SLOT) for age in range(AGES)]
    return lambda cart, now, slot, age, tries: cart.worth * answer[slot][tries] * sale[age]
