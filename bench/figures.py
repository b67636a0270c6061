"""One measured figure, and the way to measure that survives a noisy machine: floor and candidate in turn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Effort:
    """How much to do. A bench takes at most two minutes with the defaults."""

    rounds: int = 7
    carts: int = 100_000
    orders: int = 1_500
    messages: int = 1_000_000
    sent: int = 5_000  # by `sending`
    kills: int = 300
    seed: str = ""  # of what is drawn by chance; drawn itself if empty
    era: int | None = None  # the only one to replay
    quick: bool = False  # just to see that it runs

    def at_least(self, rounds: int) -> int:
        """The rounds asked for, or the `rounds` that this bench needs to be steady."""
        return self.rounds if self.quick else max(self.rounds, rounds)


@dataclass(frozen=True)
class Figure:
    """What was measured. `comparison` is the median over the rounds of figure to floor, named `kind`: a "ratio" is
    at least the goal, a "growth" or an amount ("value") at most. `low` and `high` are its spread."""

    name: str
    unit: str
    figure: float
    floor: float | None
    comparison: float
    kind: str
    rounds: int
    low: float
    high: float
    goal: float
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the goal was reached, and every condition in `more` that is a verdict holds."""
        reached = self.comparison >= self.goal if self.kind == "ratio" else self.comparison <= self.goal
        return reached and all(value for name, value in self.more.items() if name.endswith("_met"))

    def as_dict(self) -> dict[str, Any]:
        """The figure as `--json` prints it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "figure": _short(self.figure),
            "floor": None if self.floor is None else _short(self.floor),
            self.kind: _short(self.comparison),
            "rounds": self.rounds,
            "min": _short(self.low),
            "max": _short(self.high),
            "goal": self.goal,
            "met": self.met,
            **{name: _short(value) if isinstance(value, float) else value for name, value in self.more.items()},
        }


def in_turn(floor: Callable[[], float], candidate: Callable[[], float], rounds: int) -> list[tuple[float, float]]:
    """(floor, candidate) of each round, in an order shuffled each time; one round before them warms up."""
    floor(), candidate()
    pairs = []
    for _ in range(rounds):
        if random.random() < 0.5:
            low = floor()
            pairs.append((low, candidate()))
        else:
            high = candidate()
            pairs.append((floor(), high))
    return pairs


def seconds(work: Callable[[], object]) -> float:
    """How long the work took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def speed(
    name: str, pairs: Sequence[tuple[float, float]], *, per_round: int, unit: str, goal: float, **more: Any
) -> Figure:
    """A ratio of speeds from seconds for the same work: 1 is as fast as the floor."""
    ratios = [floor / candidate for floor, candidate in pairs]
    return Figure(
        name,
        unit,
        per_round / median(candidate for _, candidate in pairs),
        per_round / median(floor for floor, _ in pairs),
        median(ratios),
        "ratio",
        len(pairs),
        min(ratios),
        max(ratios),
        goal,
        more,
    )


def growth(
    name: str, pairs: Sequence[tuple[float, float]], *, unit: str, goal: float, scale: float = 1000, **more: Any
) -> Figure:
    """How much longer the same takes when there is more of everything, from seconds (small, large)."""
    ratios = [large / small for small, large in pairs]
    return Figure(
        name,
        unit,
        scale * median(large for _, large in pairs),
        scale * median(small for small, _ in pairs),
        median(ratios),
        "growth",
        len(pairs),
        min(ratios),
        max(ratios),
        goal,
        more,
    )


def amount(
    name: str, values: Sequence[float], *, unit: str, goal: float, floor: float | None = None, **more: Any
) -> Figure:
    """A plain amount that has a most: its median."""
    middle = median(values)
    return Figure(name, unit, middle, floor, middle, "value", len(values), min(values), max(values), goal, more)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
