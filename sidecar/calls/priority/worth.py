"""What a call about one cart is worth now, and whether a later one is worth more. Pure. Source: reference/ux.md A3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sidecar.calls.priority import waiting
from sidecar.calls.priority.chances import STARTING, Chances

ASKED, NOW, BEST_NEXT = 0, 1, 2
CALLBACK_EARLY = timedelta(minutes=2)  # how long before the agreed time a callback comes to the top
_JUST_FAILED = timedelta(minutes=75)  # called from 30 min after; still warm for three quarters of an hour
JUST_CLICKED = timedelta(minutes=15)  # opened the pay link and has not paid: they are at it now

SPEAKS = 200  # own calls from which the sentence may speak of them
_TRIED = 20  # one cart in so many is called at a drawn age, so that the shop learns when calling helps
_TRIED_LATER = 60  # once it has learned
_LEARNED = 600  # people reached from which it has
_DRAWN = (1, 4, 8, 16, 24)  # hours
DRAWN_FIRST = 2.0  # and then comes before others
_HELD_AT_MOST = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the order of one task follows from. Amounts in minor units; `zone` is the customer's."""

    first_name: str
    total_minor: int
    goods_minor: int
    currency: str
    threshold_minor: int
    margin: float
    active_at: datetime
    failed_payments: int
    past_orders: int
    attempts: int
    zone: str
    callback_at: datetime | None = None
    link_sent: bool = False
    clicked_at: datetime | None = None  # when a person last opened the pay link
    replied_at: datetime | None = None  # when they last wrote back
    handed: bool = False  # kept for the colleague it was handed to
    chances: Chances = STARTING  # what is known of answering and buying at this shop
    lot: int | None = 0  # the cart's number: decides whether its call is timed by chance; None: the owner wants none


def worth_minor(facts: Facts, *, now: datetime) -> float:
    """What a call now brings on average: goods × margin × chance to answer × chance to buy, in minor units."""
    return facts.goods_minor * facts.margin * chance_to_answer(facts, now=now) * chance_to_buy(facts, now=now)


def chance_to_answer(facts: Facts, *, now: datetime) -> float:
    """Between 0 and 1, by the customer's hour and the number of tries before this one."""
    return facts.chances.answers(hour_of(facts, now), facts.attempts)


def chance_to_buy(facts: Facts, *, now: datetime) -> float:
    """Between 0 and 1, by the cart's age, declined payments and earlier orders."""
    declined, came_back = facts.failed_payments > 0, facts.past_orders > 0
    return facts.chances.buys(_age(facts, now), declined=declined, came_back=came_back)


def better_at(facts: Facts, *, now: datetime) -> datetime | None:
    """When to call instead, if a later call is worth more than one now by the shop's own calls; else None.

    Starting figures hold nobody back, and nobody waits who asked for a call or is at it now. One cart in twenty waits
    for an age drawn by lot.
    """
    if class_of(facts, now) != BEST_NEXT or facts.callback_at is not None:
        return None
    drawn = _drawn(facts)
    if drawn is not None:
        return facts.active_at + drawn if now < facts.active_at + drawn else None
    if facts.chances.calls < SPEAKS:
        return None
    found = comparison(facts, now)
    return now + min(timedelta(hours=found.best_in), _HELD_AT_MOST) if found.waits else None


def pressing(facts: Facts, now: datetime) -> float:
    """What of the worth counts for the place: less when waiting keeps it. A cart whose time was drawn comes first."""
    return comparison(facts, now).urgency * (DRAWN_FIRST if is_drawn(facts, now) else 1.0)


def is_drawn(facts: Facts, now: datetime) -> bool:
    """Whether the age that was drawn for this cart has come."""
    drawn = _drawn(facts)
    return drawn is not None and now >= facts.active_at + drawn


def drawn_age(lot: int, reached: int) -> float | None:
    """The age in hours at which a cart with this number is called, if it is one of the few that are timed by lot."""
    often = _TRIED if reached < _LEARNED else _TRIED_LATER
    return float(_DRAWN[lot // _TRIED % len(_DRAWN)]) if lot % often == often - 1 else None


def _drawn(facts: Facts) -> timedelta | None:
    """The age at which this cart is called, if it is timed by lot and not called yet."""
    if facts.lot is None or facts.attempts:
        return None
    age = drawn_age(facts.lot, facts.chances.reached)
    return None if age is None else timedelta(hours=age)


def comparison(facts: Facts, now: datetime) -> waiting.Comparison:
    """A call now against the same customer's later hours."""
    local = now.astimezone(ZoneInfo(facts.zone))
    return waiting.compare(
        facts.chances,
        hour=local.hour + local.minute / 60,
        age=_age(facts, now),
        attempts=facts.attempts,
        declined=facts.failed_payments > 0,
        came_back=facts.past_orders > 0,
    )


def _age(facts: Facts, now: datetime) -> float:
    return max(0.0, (now - facts.active_at) / timedelta(hours=1))


def class_of(facts: Facts, now: datetime) -> int:
    """Asked for a call, happening now, or everything else."""
    if facts.callback_at is not None and now >= facts.callback_at - CALLBACK_EARLY:
        return ASKED
    just_failed = facts.failed_payments and not facts.attempts and now - facts.active_at <= _JUST_FAILED
    happening = just_failed or facts.handed or just_clicked(facts, now) or just_replied(facts, now)
    return NOW if happening else BEST_NEXT


def just_clicked(facts: Facts, now: datetime) -> bool:
    """Whether they opened the pay link a moment ago."""
    return facts.clicked_at is not None and now - facts.clicked_at <= JUST_CLICKED


def just_replied(facts: Facts, now: datetime) -> bool:
    """Whether they wrote back a moment ago."""
    return facts.replied_at is not None and now - facts.replied_at <= JUST_CLICKED


def hour_of(facts: Facts, now: datetime) -> int:
    """The hour of the customer's day."""
    return now.astimezone(ZoneInfo(facts.zone)).hour
