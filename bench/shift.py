"""A made-up call room: carts come in, reps call them in some order, customers answer and buy by a known truth."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp

from sidecar.calls.priority.chances import STARTING, Outcome

OPENS, CLOSES = 9.0, 18.0
SLOT = 0.25  # hours
SLOTS = int((CLOSES - OPENS) / SLOT)  # of one day
TRIES, AGAIN_AFTER = 3, 2.0
UNANSWERED, ANSWERED = 2 / 60, 8 / 60  # hours a call takes
OLDEST = 72.0  # hours; older carts are not called any more
AGES = int(OLDEST / SLOT) + 1
_BY_HOUR = (1, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 5, 5, 5, 5, 5, 6, 7, 8, 8, 6, 3)  # carts left, hour by hour
_RETURNING, _RETURN_HOURS = 0.15, 6.0  # share that comes back by itself, and when on average

Curve = Callable[[float], float]


def answers(hour: float, tries: int) -> float:
    """Who answers, by the starting figures: best from 16 to 18, worst around noon."""
    return STARTING.answers(int(hour), tries)


def answers_early(hour: float, tries: int) -> float:
    """The other way round: a trade whose customers answer before work and hardly afterwards."""
    return STARTING.answers(int(OPENS + CLOSES - hour - 0.01), tries)


@dataclass(frozen=True)
class World:
    """What is true in it: the chance to buy by the age of the cart in hours, and to answer by hour and tries."""

    buys: Curve
    answers: Callable[[float, int], float] = answers


def _bump(age: float, middle: float, width: float) -> float:
    return exp(-(((age - middle) / width) ** 2))


WORLDS: dict[str, World] = {
    "mixed": World(lambda age: 0.5 * (0.6 * exp(-age) + 0.4 * exp(-age / 30))),
    "fast": World(lambda age: 0.5 * (0.85 * exp(-age / 0.7) + 0.15 * exp(-age / 12))),
    "slow": World(lambda age: 0.5 * exp(-age / 36)),
    "hump": World(lambda age: 0.5 * (0.05 + 0.95 * _bump(age, 22, 9))),
    # What the ranking does not expect: neither the shipped figures nor what learned from them is shaped like these.
    "flat": World(lambda age: 0.2),
    "twice": World(lambda age: 0.5 * (0.6 * exp(-age / 0.7) + 0.5 * _bump(age, 26, 5))),
    "early": World(lambda age: 0.5 * (0.6 * exp(-age) + 0.4 * exp(-age / 30)), answers_early),
}
PLAIN = ("mixed", "fast", "slow")  # whose curve only falls, as the starting one does


@dataclass(slots=True)
class Left:
    """A cart: what it is worth, when it was left and when its customer comes back unasked. Hours from the start."""

    worth: float
    at: float
    back_at: float
    lot: int
    moods: tuple[float, ...]  # a call is answered when its mood is below the chance: the same luck in every order
    tries: int = 0
    free_at: float = 0.0


@dataclass
class Shift:
    """What came of some days: the worth of what was bought, and every call as it teaches."""

    earned: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)


Score = Callable[[Left, float, int, int, int], float]  # of a cart, now, its slot of the day, its age in slots, tries


def still_there(age: float) -> float:
    """The share of customers who have not come back by themselves at this age of their carts."""
    return 1 - _RETURNING * (1 - exp(-age / _RETURN_HOURS))


def carts_a_day(load: float, reps: int) -> float:
    """So many that calling each until it is answered, at most three times, takes `load` times the reps' hours."""
    work, unreached = 0.0, 1.0
    for tries in range(TRIES):
        chance = sum(answers(OPENS + slot * SLOT, tries) for slot in range(SLOTS)) / SLOTS
        work += unreached * (chance * ANSWERED + (1 - chance) * UNANSWERED)
        unreached *= 1 - chance
    return load * reps * (CLOSES - OPENS) / work


def arrivals(load: float, reps: int, days: int, luck: random.Random) -> list[Left]:
    """The carts of some days, in order of time; worth log-normal above a threshold of 1."""
    found: list[Left] = []
    for hour in range(24 * days):
        most = carts_a_day(load, reps) * _BY_HOUR[hour % 24] / sum(_BY_HOUR)
        at = luck.expovariate(most) if most else 1.0
        while at < 1.0:
            worth = max(1.0, luck.lognormvariate(0.4, 0.7))
            back = luck.expovariate(1 / _RETURN_HOURS) if luck.random() < _RETURNING else 1e9
            moods = tuple(luck.random() for _ in range(TRIES))
            found.append(Left(worth, hour + at, hour + at + back, len(found), moods))
            at += luck.expovariate(most)
    return found


def work(carts: Sequence[Left], score: Score, world: World, *, reps: int, days: int, luck: random.Random) -> Shift:
    """What reps earn who always call the cart with the highest score. The carts are used up."""
    done, waiting, coming = Shift(), [], iter(sorted(carts, key=lambda cart: cart.at))
    following = next(coming, None)
    free = [(OPENS, rep) for rep in range(reps)]
    while free:
        now, rep = heapq.heappop(free)
        day, hour = divmod(now, 24.0)
        if day >= days:
            continue
        if hour >= CLOSES:
            heapq.heappush(free, ((day + 1) * 24 + OPENS, rep))
            continue
        while following is not None and following.at <= now:
            waiting.append(following)
            following = next(coming, None)
        best = _best(waiting, score, now, hour)
        if best < 0:
            heapq.heappush(free, (now + SLOT / 5, rep))
            continue
        cart = waiting[best]
        length = _call(cart, done, world, now, hour, luck)
        if length == ANSWERED or cart.tries >= TRIES:
            waiting[best] = waiting[-1]
            waiting.pop()
        heapq.heappush(free, (now + length, rep))
    return done


def _best(waiting: list[Left], score: Score, now: float, hour: float) -> int:
    """The place of the cart to call, -1 when there is none; who came back or grew too old is dropped on the way."""
    slot, best, highest, gone = int((hour - OPENS) / SLOT), -1, -1.0, []
    for place, cart in enumerate(waiting):
        if cart.free_at > now:
            continue
        if cart.back_at <= now or now - cart.at >= OLDEST:
            gone.append(place)
            continue
        found = score(cart, now, slot, int((now - cart.at) / SLOT), cart.tries)
        if found > highest:
            best, highest = place, found
    chosen = waiting[best] if best >= 0 else None
    for place in reversed(gone):
        waiting[place] = waiting[-1]
        waiting.pop()
    return waiting.index(chosen) if gone and chosen is not None else best


def _call(cart: Left, done: Shift, world: World, now: float, hour: float, luck: random.Random) -> float:
    chance, age = world.answers(hour, cart.tries), now - cart.at
    answered = cart.moods[cart.tries] < chance
    bought = answered and luck.random() < world.buys(age)
    done.earned += cart.worth * chance * world.buys(age)  # on average: the same mean with less noise
    done.outcomes.append(
        Outcome(int(hour), cart.tries, age, False, False, answered, bought if answered else None)
    )
    cart.tries += 1
    cart.free_at = now + AGAIN_AFTER
    return ANSWERED if answered else UNANSWERED
