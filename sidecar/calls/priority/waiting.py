"""What waiting keeps: a call now against the best the customer's next days still offer. Pure.

A call that is not answered leaves the later tries, so it costs little; one that is answered too early costs the
sale that a better hour would have brought. Source: performance.md, "The order of the queue".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

TRIES = 3
APART = 2.0  # hours between two tries, at least
OLDEST = 72.0  # hours; a cart older than that is not planned for
_CLOSES = 18.0
_SOON = (1.0, 2.0, 4.0, 6.0)
_HOURS = (9.25, 13.0, 16.5)  # of the next two days
_SURELY = 1.15  # a little more is no reason to let a rep wait
KEPT = 0.4  # how much of what waiting keeps counts against a call now: a later call takes a rep's time as well


class Curves(Protocol):
    """Chances between 0 and 1, by the customer's hour and the tries before, and by the age of the cart in hours."""

    def answers(self, hour: int, attempts: int) -> float: ...
    def buys(self, age_hours: float, *, declined: bool = False, came_back: bool = False) -> float: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """Chances of a sale: by a call `now`, and what that call `costs` of those a later one would have brought.

    `best_in` is how many hours from now the best later moment is.
    """

    now: float
    costs: float
    best_in: float

    @property
    def urgency(self) -> float:
        """The share of a call's worth that counts for its place in the queue, above 0 and at most 1."""
        if self.costs <= 0 or self.now <= 0:
            return 1.0
        share = self.costs / self.now
        return 1 - KEPT * share if share <= 1 else (1 - KEPT) / share**2

    @property
    def waits(self) -> bool:
        """Whether a later call is worth more than this one, even when a rep has nothing else to do."""
        return self.costs > _SURELY * self.now


def compare(
    curves: Curves, *, hour: float, age: float, attempts: int, declined: bool = False, came_back: bool = False
) -> Comparison:
    """A call at `hour` of the customer's day about a cart `age` hours old against the same customer's later hours."""
    ahead = _moments(hour, age)
    first = min(attempts, TRIES - 1)
    sale = [curves.buys(age + length, declined=declined, came_back=came_back) for length in ahead]
    answer = [[curves.answers(int((hour + length) % 24), tries) for tries in range(TRIES)] for length in ahead]
    plans = _plans(ahead, sale, answer, first)
    chance = curves.answers(int(hour), attempts)
    now = chance * curves.buys(age, declined=declined, came_back=came_back)
    costs = plans[first][0] - (1 - chance) * plans[first + 1][_after(ahead, -1, 0.0)]
    best = max(range(len(ahead)), key=lambda at: answer[at][first] * sale[at], default=None)
    return Comparison(now, costs, ahead[best] if best is not None else 0.0)


def _moments(hour: float, age: float) -> list[float]:
    """The later moments worth comparing with, as hours ahead, in order."""
    today = [length for length in _SOON if hour + length < _CLOSES]
    days = [24.0 * day + at - hour for day in (1, 2) for at in _HOURS]
    return [length for length in (*today, *days) if age + length < OLDEST]


def _plans(
    ahead: Sequence[float], sale: Sequence[float], answer: Sequence[Sequence[float]], first: int
) -> list[list[float]]:
    """For each number of tries and each moment, the chance of a sale by the best use of what is left from there."""
    found = [[0.0] * (len(ahead) + 1) for _ in range(TRIES + 1)]
    for at in range(len(ahead) - 1, -1, -1):
        after = _after(ahead, at, ahead[at])
        for tries in range(first, TRIES):
            chance = answer[at][tries]
            call = chance * sale[at] + (1 - chance) * found[tries + 1][after]
            found[tries][at] = max(found[tries][at + 1], call)
    return found


def _after(ahead: Sequence[float], at: int, moment: float) -> int:
    """The next moment at which the same person may be tried again."""
    place = at + 1
    while place < len(ahead) and ahead[place] - moment < APART:
        place += 1
    return place
