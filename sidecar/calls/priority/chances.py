"""How likely a customer answers and buys: the figures to start from, and what the shop's own calls teach. Pure.

Every figure is a starting figure times what was learned, and what was learned stays near 1 until there is enough of
it: a cell with n calls of its own moves n/(n + weight) of the way. So nothing changes noticeably before some hundred.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

# By the customer's hour: worst 11 to 12, best 16 to 18. Shape: Lead Response study; the level is ours.
_ANSWERS = {8: 0.28, 9: 0.32, 10: 0.30, 11: 0.24, 12: 0.28, 13: 0.28, 14: 0.32, 15: 0.36, 16: 0.45, 17: 0.45, 18: 0.40}
_ANSWERS_OTHERWISE = 0.30
_LATER_TRY = (1.0, 0.85, 0.7)  # somebody who did not answer answers less
_DECLINED = 1.3  # a declined card is a small error, not hesitation
_CAME_BACK = 1.25  # has bought here before
_MOST = 0.95

_BLOCKS = (10, 12, 14, 16, 18)  # the hours at which the next block of the day begins
TRIES = len(_LATER_TRY)
AGES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 54.0)  # hours at which the next band of ages begins
_MIDDLES = tuple(log(hours + 0.25) for hours in (0.5, 1.4, 2.8, 5.6, 12.0, 22.0, 40.0, 72.0))

CALLS_WEIGH = 100  # calls in one block and try that weigh as much as the starting figure
REACHED_WEIGH = 25  # people reached in one band of ages that do
LEVEL_WEIGHS = 100  # for the level of all of them together


@dataclass(frozen=True, slots=True)
class Outcome:
    """One call as it teaches: the customer's hour, tries before it, the cart's age. `bought` is None while unknown."""

    hour: int
    attempts: int
    age_hours: float
    declined: bool
    came_back: bool
    answered: bool
    bought: bool | None = None


@dataclass(frozen=True, slots=True)
class Chances:
    """The curves. `answered` has a factor for each block of hours and try, `bought` one for each band of ages.

    `calls` and `reached` are how many of the shop's own stand behind them.
    """

    answered: tuple[float, ...] = (1.0,) * ((len(_BLOCKS) + 1) * TRIES)
    bought: tuple[float, ...] = (1.0,) * (len(AGES) + 1)
    calls: int = 0
    reached: int = 0

    def answers(self, hour: int, attempts: int) -> float:
        """Chance between 0 and 1 that a call in this hour of the customer's day is answered, after so many tries."""
        return min(_MOST, _starting_answer(hour, attempts) * self.answered[_cell(hour, attempts)])

    def buys(self, age_hours: float, *, declined: bool = False, came_back: bool = False) -> float:
        """Chance between 0 and 1 that who answers buys, when the cart was left so many hours ago."""
        return min(_MOST, _starting_sale(age_hours, declined, came_back) * self._at(age_hours))

    @property
    def best_from(self) -> int:
        """The hour at which the two hours begin in which most first calls are answered."""
        return max(range(8, 18, 2), key=lambda hour: self.answers(hour, 0) + self.answers(hour + 1, 0))

    def _at(self, age_hours: float) -> float:
        """The factor at an age, between the middles of two bands in proportion: a curve, no stairs."""
        place = log(max(0.0, age_hours) + 0.25)
        above = bisect_right(_MIDDLES, place)
        if above in (0, len(_MIDDLES)):
            return self.bought[min(above, len(_MIDDLES) - 1)]
        share = (place - _MIDDLES[above - 1]) / (_MIDDLES[above] - _MIDDLES[above - 1])
        return self.bought[above - 1] * (1 - share) + self.bought[above] * share


STARTING = Chances()


def learn(outcomes: Iterable[Outcome]) -> Chances:
    """The curves after these calls; the starting ones after none."""
    calls = list(outcomes)
    answers = [
        (_cell(one.hour, one.attempts), _starting_answer(one.hour, one.attempts), one.answered) for one in calls
    ]
    sales = [
        (band(one.age_hours), _starting_sale(one.age_hours, one.declined, one.came_back), one.bought)
        for one in calls
        if one.answered and one.bought is not None
    ]
    return Chances(
        answered=_factors(answers, len(STARTING.answered), CALLS_WEIGH),
        bought=_factors(sales, len(STARTING.bought), REACHED_WEIGH),
        calls=len(calls),
        reached=len(sales),
    )


def band(age_hours: float) -> int:
    """The number of the band of ages."""
    return bisect_right(AGES, age_hours)


def _cell(hour: int, attempts: int) -> int:
    return bisect_right(_BLOCKS, hour) * TRIES + min(attempts, TRIES - 1)


def _starting_answer(hour: int, attempts: int) -> float:
    return _ANSWERS.get(hour, _ANSWERS_OTHERWISE) * _LATER_TRY[min(attempts, TRIES - 1)]


def _starting_sale(age_hours: float, declined: bool, came_back: bool) -> float:
    """Six in ten fade within an hour or so, four in ten over a day.

    Source: the mixed decay of performance.md, "The order of the queue".
    """
    hours = max(0.0, age_hours)
    chance = 0.5 * (0.6 * exp(-hours) + 0.4 * exp(-hours / 30))
    return min(_MOST, chance * (_DECLINED if declined else 1) * (_CAME_BACK if came_back else 1))


def _factors(seen: Sequence[tuple[int, float, bool | None]], cells: int, weight: int) -> tuple[float, ...]:
    """For each cell, what happened against what was expected; drawn towards the level of all, and that towards 1."""
    level = _drawn(len(seen), sum(chance for _, chance, _ in seen), sum(bool(did) for _, _, did in seen), LEVEL_WEIGHS)
    count, expected, happened = [0] * cells, [0.0] * cells, [0] * cells
    for cell, chance, did in seen:
        count[cell] += 1
        expected[cell] += chance * level
        happened[cell] += bool(did)
    return tuple(
        level * _drawn(*each, weight) for each in zip(count, expected, happened, strict=True)
    )


def _drawn(count: int, expected: float, happened: int, weight: int) -> float:
    """The mean of a beta-binomial whose prior weighs as much as `weight` calls, as a factor of what was expected."""
    if not count or expected <= 0:
        return 1.0
    prior = weight * expected / count
    return (happened + prior) / (expected + prior)
