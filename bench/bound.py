"""What no order of calls can exceed: reps' time is bought at a price for each quarter hour, and every cart does as well
as it can at these prices. Any prices give a bound (Lagrangian relaxation); the ones found here are nearly the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    Curve,
    Left,
    answers,
    still_there,
)

_AGAIN = int(AGAIN_AFTER / SLOT)
_FINE = 32  # steps of an hour in which ages are told apart


def upper_bound(carts: Sequence[Left], truth: Curve, *, reps: int, days: int, steps: int) -> float:
    """The lowest bound found, in the worth of what is bought."""
    room = reps * SLOT
    tables = _Tables(truth, days)
    return min(_lowest(carts, tables, [start] * (days * SLOTS), room, steps) for start in (0.8, 5.0))


def _lowest(carts: Sequence[Left], tables: _Tables, prices: list[float], room: float, steps: int) -> float:
    """The lowest bound on the way from these prices for an hour of a rep's time."""
    best, middle = float("inf"), [0.0] * len(prices)
    for step in range(steps):
        value, used = tables.value(carts, prices)
        best = min(best, value + room * sum(prices))
        rate = 0.2 / (1 + step) ** 0.4
        prices = [
            max(0.01, price * exp(rate * max(-1.0, min(1.0, (taken - room) / room))))
            for price, taken in zip(prices, used, strict=True)
        ]
        if step >= steps // 2:
            middle = [total + price for total, price in zip(middle, prices, strict=True)]
    prices = [total / (steps - steps // 2) for total in middle]  # they swing around the best ones
    return min(best, tables.value(carts, prices)[0] + room * sum(prices))


class _Tables:
    """Times and chances, worked out once."""

    def __init__(self, truth: Curve, days: int) -> None:
        self._times = [24 * (at // SLOTS) + OPENS + at % SLOTS * SLOT for at in range(days * SLOTS)]
        self._answers = [[answers(time % 24, tries) for tries in range(TRIES)] for time in self._times]
        self._takes = [[p * ANSWERED + (1 - p) * UNANSWERED for p in row] for row in self._answers]
        ages = [step / _FINE for step in range(int((OLDEST + 1) * _FINE))]
        # A call may come at any moment of its quarter: the better of both ends, so that it bounds.
        self._sale = [max(truth(age), truth(age + SLOT)) for age in ages]
        self._there = [still_there(age) for age in ages]

    def value(self, carts: Sequence[Left], prices: list[float]) -> tuple[float, list[float]]:
        """What the carts are worth at these prices, and the hours of each quarter that they would take."""
        used, total = [0.0] * len(prices), 0.0
        for cart in carts:
            total += self._plan(cart, prices, used)
        return total, used

    def _plan(self, cart: Left, prices: list[float], used: list[float]) -> float:
        first, last = self._span(cart)
        if first >= last:
            return 0.0
        count = last - first
        ages = [max(0, int((self._times[at] - cart.at) * _FINE)) for at in range(first, last)]
        there = [self._there[age] for age in ages]
        values = [[0.0] * (count + _AGAIN + 1) for _ in range(TRIES + 1)]
        calls = [bytearray(count) for _ in range(TRIES)]
        for tries in range(TRIES - 1, -1, -1):
            mine, after, choice = values[tries], values[tries + 1], calls[tries]
            for step in range(count - 1, -1, -1):
                at = first + step
                chance = self._answers[at][tries]
                again = after[step + _AGAIN] if step + _AGAIN < count else 0.0
                gain = chance * cart.worth * self._sale[ages[step]] - prices[at] * self._takes[at][tries]
                now = there[step] * gain + (1 - chance) * again
                if now > mine[step + 1]:
                    mine[step], choice[step] = now, 1
                else:
                    mine[step] = mine[step + 1]
        self._take(first, count, there, calls, used)
        return values[0][0]

    def _span(self, cart: Left) -> tuple[int, int]:
        day, hour = divmod(cart.at, 24.0)
        within = 0 if hour < OPENS else SLOTS if hour >= CLOSES else int((hour - OPENS) / SLOT)
        end, rest = divmod(cart.at + OLDEST, 24.0)
        until = 0 if rest < OPENS else SLOTS if rest >= CLOSES else int((rest - OPENS) / SLOT) + 1
        return int(day) * SLOTS + within, min(len(self._times), int(end) * SLOTS + until)

    def _take(
        self, first: int, count: int, there: list[float], calls: list[bytearray], used: list[float]
    ) -> None:
        step, open_share = 0, 1.0
        for tries in range(TRIES):
            while step < count and not calls[tries][step]:
                step += 1
            if step >= count:
                return
            at = first + step
            used[at] += open_share * there[step] * self._takes[at][tries]
            open_share *= 1 - self._answers[at][tries]
            step += _AGAIN
