"""What no order of calls can exceed: reps' time is bought at a price for each quarter hour, and every cart does as well
as it can at these prices. Any prices give a bound (Lagrangian relaxation); the ones found here are nearly the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import exp

from bench.shift import (
    AGAIN_AFTER,
    ANSWERED,
    CLOSES,
    OLDEST,
    OPENS,
    SLOT,
    SLOTS,
    TRIES,
    UNANSWERED,
    Left,
    World,
    still_there,
)

_AGAIN = int(AGAIN_AFTER / SLOT)
_FINE = 32  # steps of an hour in which ages are told apart


def upper_bound(carts: Sequence[Left], world: World, *, reps: int, days: int, steps: int) -> float:
    """The lowest bound found, in the worth of what is bought."""
    room, tables = reps * SLOT, _Tables(world, days)
    plans = [_Plan(cart, tables) for cart in carts]
    return min(_lowest(plans, tables, [start] * (days * SLOTS), room, steps) for start in (0.8, 5.0))


def _lowest(plans: Sequence[_Plan], tables: _Tables, prices: list[float], room: float, steps: int) -> float:
    """The lowest bound on the way from these prices for an hour of a rep's time."""
    best, middle = float("inf"), [0.0] * len(prices)
    for step in range(steps):
        value, used = tables.value(plans, prices)
        best = min(best, value + room * sum(prices))
        rate = 0.2 / (1 + step) ** 0.4
        prices = [
            max(0.01, price * exp(rate * max(-1.0, min(1.0, (taken - room) / room))))
            for price, taken in zip(prices, used, strict=True)
        ]
        if step >= steps // 2:
            middle = [total + price for total, price in zip(middle, prices, strict=True)]
    prices = [total / (steps - steps // 2) for total in middle]  # they swing around the best ones
    return min(best, tables.value(plans, prices)[0] + room * sum(prices))


class _Tables:
    """Times and chances, worked out once."""

    def __init__(self, world: World, days: int) -> None:
        self.times = [24 * (at // SLOTS) + OPENS + at % SLOTS * SLOT for at in range(days * SLOTS)]
        self.answers = [[world.answers(time % 24, tries) for time in self.times] for tries in range(TRIES)]
        self.misses = [[1 - p for p in row] for row in self.answers]
        self.takes = [[p * ANSWERED + (1 - p) * UNANSWERED for p in row] for row in self.answers]
        ages = [step / _FINE for step in range(int((OLDEST + 1) * _FINE))]
        # A call may come at any moment of its quarter: the better of both ends, so that it bounds.
        self.sale = [max(world.buys(age), world.buys(age + SLOT)) for age in ages]
        self.there = [still_there(age) for age in ages]

    def value(self, plans: Sequence[_Plan], prices: list[float]) -> tuple[float, list[float]]:
        """What the carts are worth at these prices, and the hours of each quarter that they would take."""
        used = [0.0] * len(prices)
        return sum(plan.best(prices, used) for plan in plans), used


class _Plan:
    """One cart at its best: whatever the prices are, what does not depend on them is worked out once."""

    def __init__(self, cart: Left, tables: _Tables) -> None:
        self._first, self._last = _span(cart, len(tables.times))
        here = slice(self._first, self._last)
        ages = [max(0, int((time - cart.at) * _FINE)) for time in tables.times[here]]
        there = [tables.there[age] for age in ages]
        worth = [share * cart.worth * tables.sale[age] for share, age in zip(there, ages, strict=True)]
        self._gains = [[p * each for p, each in zip(row[here], worth, strict=True)] for row in tables.answers]
        self._costs = [[time * share for time, share in zip(row[here], there, strict=True)] for row in tables.takes]
        self._misses = [row[here] for row in tables.misses]

    def best(self, prices: list[float], used: list[float]) -> float:
        """Its worth at these prices; adds the hours it takes to `used`."""
        count = self._last - self._first
        if count <= 0:
            return 0.0
        here = prices[self._first : self._last]
        after = [0.0] * (count + _AGAIN)
        values = []  # from each quarter on, with so many tries made
        for tries in range(TRIES - 1, -1, -1):
            terms = zip(self._gains[tries], here, self._costs[tries], self._misses[tries], after[_AGAIN:], strict=True)
            calls = [gain - price * cost + miss * later for gain, price, cost, miss, later in terms]
            after = list(accumulate(reversed(calls), max, initial=0.0))[::-1]
            values.append(after)
            after = after + [0.0] * (_AGAIN - 1)
        self._take(values[::-1], count, used)
        return values[-1][0]

    def _take(self, values: list[list[float]], count: int, used: list[float]) -> None:
        """It is called where waiting on would be worth less."""
        step, open_share = 0, 1.0
        for tries in range(TRIES):
            value = values[tries]
            while step < count and value[step] <= value[step + 1]:
                step += 1
            if step >= count:
                return
            used[self._first + step] += open_share * self._costs[tries][step]
            open_share *= self._misses[tries][step]
            step += _AGAIN


def _span(cart: Left, quarters: int) -> tuple[int, int]:
    """The quarters in which it may be called: the first, and the one after the last."""
    day, hour = divmod(cart.at, 24.0)
    within = 0 if hour < OPENS else SLOTS if hour >= CLOSES else int((hour - OPENS) / SLOT)
    end, rest = divmod(cart.at + OLDEST, 24.0)
    until = 0 if rest < OPENS else SLOTS if rest >= CLOSES else int((rest - OPENS) / SLOT) + 1
    return int(day) * SLOTS + within, min(quarters, int(end) * SLOTS + until)
