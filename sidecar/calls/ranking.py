"""The order of the queue: a class, then what a call now is worth, and the sentence that says why. Pure.

Class 0 asked for a call, class 1 has something happening now, class 2 is everything else by
goods × margin × chance that the customer answers at this hour × chance that they buy.
The figures are starting figures, to be replaced by the shop's own outcomes. Source: reference/ux.md A3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

from sidecar.contacts.local_time import day_and_time, span
from sidecar.money import words

ASKED, NOW, BEST_NEXT = 0, 1, 2
CALLBACK_EARLY = timedelta(minutes=2)  # how long before the agreed time a callback comes to the top
_JUST_FAILED = timedelta(minutes=75)  # called from 30 min after; still warm for three quarters of an hour
_RECENTLY = timedelta(minutes=90)
JUST_CLICKED = timedelta(minutes=15)  # opened the pay link and has not paid: they are at it now

# Chance to answer by the customer's hour: worst 11 to 12, best 16 to 18. Shape: Lead Response study; the level is ours.
_ANSWERS = {8: 0.28, 9: 0.32, 10: 0.30, 11: 0.24, 12: 0.28, 13: 0.28, 14: 0.32, 15: 0.36, 16: 0.45, 17: 0.45, 18: 0.40}
_ANSWERS_OTHERWISE = 0.30
_BEST_HOURS = (16, 17)
_LATER_TRY = (1.0, 0.85, 0.7)  # somebody who did not answer answers less
_DECLINED = 1.3  # a declined card is a small error, not hesitation
_CAME_BACK = 1.25  # has bought here before


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


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a task stands and why. `chips` has at most four; `icon` belongs to the first."""

    rank_class: int
    value: float
    why: str
    chips: tuple[str, ...]
    icon: str


def rank(facts: Facts, *, now: datetime) -> Rank:
    """The task's place at `now`.

    `value` is what the call is worth in shares of the threshold, so that carts in different currencies compare.
    """
    chips = _chips(facts, now)
    worth = worth_minor(facts, now=now)
    return Rank(
        rank_class=_class(facts, now),
        value=round(worth / facts.threshold_minor if facts.threshold_minor > 0 else worth / 30000, 6),
        why=_why(facts, now),
        chips=tuple(chip for chip, _ in chips)[:4],
        icon=chips[0][1],
    )


def worth_minor(facts: Facts, *, now: datetime) -> float:
    """What a call now brings on average: goods × margin × chance to answer × chance to buy, in minor units."""
    return facts.goods_minor * facts.margin * chance_to_answer(facts, now=now) * chance_to_buy(facts, now=now)


def chance_to_answer(facts: Facts, *, now: datetime) -> float:
    """Between 0 and 1, by the customer's hour and the number of tries before this one."""
    by_hour = _ANSWERS.get(_hour(facts, now), _ANSWERS_OTHERWISE)
    return by_hour * _LATER_TRY[min(facts.attempts, len(_LATER_TRY) - 1)]


def chance_to_buy(facts: Facts, *, now: datetime) -> float:
    """Between 0 and 1. Falls with the cart's age: six in ten fade within an hour or so, four in ten over a day.

    Source: the mixed decay of performance.md, "The order of the queue".
    """
    hours = max(0.0, (now - facts.active_at) / timedelta(hours=1))
    fresh = 0.6 * exp(-hours) + 0.4 * exp(-hours / 30)
    chance = 0.5 * fresh * (_DECLINED if facts.failed_payments else 1) * (_CAME_BACK if facts.past_orders else 1)
    return min(0.95, chance)


def rows(facts: Facts, *, now: datetime) -> list[tuple[str, str]]:
    """The sum behind "How is this ranked?": what, and its figure in words."""
    local = now.astimezone(ZoneInfo(facts.zone))
    first = {
        ASKED: [("Asked for a call", "always comes first")],
        NOW: [(_happening(facts, now), "comes before the others")],
    }.get(_class(facts, now), [])
    circumstances = [span(now - facts.active_at) + " old"]
    if facts.failed_payments:
        circumstances.insert(0, f"failed {_times(facts.failed_payments)}")
    if facts.past_orders:
        circumstances.insert(0, "has bought before")
    return [
        *first,
        ("Goods, without tax and delivery", words(facts.goods_minor, facts.currency)),
        ("× margin, until you know better", f"{facts.margin:.0%}".replace("%", " %")),
        (f"× chance of an answer at {local:%H:%M}", _percent(chance_to_answer(facts, now=now))),
        (f"× chance to buy, {', '.join(circumstances)}", _percent(chance_to_buy(facts, now=now))),
        ("= what this call is worth", words(round(worth_minor(facts, now=now)), facts.currency)),
    ]


def _class(facts: Facts, now: datetime) -> int:
    if facts.callback_at is not None and now >= facts.callback_at - CALLBACK_EARLY:
        return ASKED
    just_failed = facts.failed_payments and not facts.attempts and now - facts.active_at <= _JUST_FAILED
    return NOW if just_failed or _just_clicked(facts, now) or _just_replied(facts, now) else BEST_NEXT


def _just_clicked(facts: Facts, now: datetime) -> bool:
    return facts.clicked_at is not None and now - facts.clicked_at <= JUST_CLICKED


def _just_replied(facts: Facts, now: datetime) -> bool:
    return facts.replied_at is not None and now - facts.replied_at <= JUST_CLICKED


def _happening(facts: Facts, now: datetime) -> str:
    if _just_replied(facts, now):
        return "Wrote back just now"
    return "Opened the pay link just now" if _just_clicked(facts, now) else "Payment failed just now"


def _why(facts: Facts, now: datetime) -> str:
    who = facts.first_name or "the customer"
    said: list[str] = []
    if facts.callback_at is not None:
        said.append(f"{who} asked us to ring {day_and_time(facts.callback_at, facts.zone, now=now)}".strip())
    if facts.replied_at is not None and _just_replied(facts, now):
        said.append(f"{who} wrote back {_ago(now - facts.replied_at)}")
    if facts.clicked_at is not None and _just_clicked(facts, now):
        said.append(f"{who} opened the pay link {_ago(now - facts.clicked_at)} and has not paid")
    if facts.failed_payments and now - facts.active_at <= _RECENTLY:
        said.append(f"Payment failed {_times(facts.failed_payments)}, {span(now - facts.active_at)} ago")
    said.append(_cart(facts))
    if facts.failed_payments and now - facts.active_at > _RECENTLY:
        said.append(f"Payment failed {_times(facts.failed_payments)}")
    if facts.link_sent:
        said.append(f"{who} was going to pay by the link and has not yet")
    if facts.past_orders and len(said) < 3:
        said.append(f"{who} has ordered {_times(facts.past_orders)} before")
    if len(said) < 3 and not (facts.failed_payments and now - facts.active_at <= _RECENTLY):
        said.append(f"{span(now - facts.active_at)} since {who} left{_and_the_hour(facts, now)}")
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in said[:3])


def _cart(facts: Facts) -> str:
    amount = words(facts.total_minor, facts.currency, short=True)
    times = _over(facts)
    return f"{amount} cart, {times} your threshold" if times else f"{amount} cart"


def _over(facts: Facts) -> str:
    if facts.threshold_minor <= 0 or facts.goods_minor < facts.threshold_minor * 1.05:
        return ""
    return f"{facts.goods_minor / facts.threshold_minor:.1f}×".replace(".0×", "×")


def _and_the_hour(facts: Facts, now: datetime) -> str:
    best = _hour(facts, now) in _BEST_HOURS
    return f", and {_BEST_HOURS[0]}:00 to {_BEST_HOURS[-1] + 1}:00 is when most people answer" if best else ""


def _chips(facts: Facts, now: datetime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if facts.callback_at is not None:
        found.append((f"Callback {day_and_time(facts.callback_at, facts.zone, now=now, short=True)}", "callback"))
    if facts.replied_at is not None and _just_replied(facts, now):
        found.append((f"Wrote back {_ago(now - facts.replied_at)}", "mail"))
    if facts.clicked_at is not None and _just_clicked(facts, now):
        found.append((f"Opened pay link {_ago(now - facts.clicked_at)}", "link"))
    if facts.link_sent:
        found.append(("Pay link sent", "link"))
    if facts.failed_payments:
        found.append((f"Payment failed {_times(facts.failed_payments)}", "declined"))
    if over := _over(facts):
        found.append((f"{over} threshold", "high"))
    if facts.past_orders:
        found.append((f"Ordered {_times(facts.past_orders)} before", "check"))
    if facts.attempts:
        found.append((f"Call {facts.attempts + 1}", "phone"))
    return found or [(f"{span(now - facts.active_at)} old", "clock")]


def _hour(facts: Facts, now: datetime) -> int:
    return now.astimezone(ZoneInfo(facts.zone)).hour


def _ago(length: timedelta) -> str:
    return f"{span(length)} ago" if length >= timedelta(minutes=1) else "just now"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
