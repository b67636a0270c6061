"""The order of the queue: a class, then what a call now is worth, and the sentence that says why. Pure.

Class 0 asked for a call, class 1 has something happening now, class 2 is everything else by
goods × margin × chance that the customer answers at this hour × chance that they buy, less what waiting keeps.
The chances begin as published figures and are drawn towards the shop's own outcomes. Source: reference/ux.md A3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sidecar.calls.priority.chances import Chances
from sidecar.calls.priority.worth import (
    ASKED,
    BEST_NEXT,
    CALLBACK_EARLY,
    JUST_CLICKED,
    NOW,
    SPEAKS,
    Facts,
    better_at,
    chance_to_answer,
    chance_to_buy,
    class_of,
    comparison,
    hour_of,
    is_drawn,
    just_clicked,
    just_replied,
    pressing,
    worth_minor,
)
from sidecar.contacts.local_time import day_and_time, span
from sidecar.money import words

__all__ = ["ASKED", "BEST_NEXT", "CALLBACK_EARLY", "JUST_CLICKED", "NOW", "Facts", "Rank", "better_at", "rank", "rows"]

_RECENTLY = timedelta(minutes=90)
_BEST_HOURS = (16, 17)
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
    worth = worth_minor(facts, now=now) * pressing(facts, now)
    return Rank(
        rank_class=class_of(facts, now),
        value=round(worth / facts.threshold_minor if facts.threshold_minor > 0 else worth / 30000, 6),
        why=_why(facts, now),
        chips=tuple(chip for chip, _ in chips)[:4],
        icon=chips[0][1],
    )


def rows(facts: Facts, *, now: datetime) -> list[tuple[str, str]]:
    """The sum behind "How is this ranked?": what, and its figure in words."""
    local = now.astimezone(ZoneInfo(facts.zone))
    first = {
        ASKED: [("Asked for a call", "always comes first")],
        NOW: [(_happening(facts, now), "comes before the others")],
    }.get(class_of(facts, now), [])
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
        ("× what waiting would lose", _percent(comparison(facts, now).urgency)),
        *([("Its hour was drawn by lot, to learn when calls help", "comes first")] if is_drawn(facts, now) else []),
        ("Where the chances come from", _source(facts.chances)),
    ]


def _source(chances: Chances) -> str:
    """Whose figures these are, and from how many calls."""
    if not chances.calls:
        return "published figures, until you know better"
    own = f"your own {chances.calls} call{'s' if chances.calls > 1 else ''}"
    return f"from {own}" if chances.calls >= SPEAKS else f"mostly published figures, a little from {own}"


def _happening(facts: Facts, now: datetime) -> str:
    if just_replied(facts, now):
        return "Wrote back just now"
    if just_clicked(facts, now):
        return "Opened the pay link just now"
    return "Handed over" if facts.handed else "Payment failed just now"


def _why(facts: Facts, now: datetime) -> str:
    who = facts.first_name or "the customer"
    said: list[str] = []
    if facts.callback_at is not None:
        said.append(f"{who} asked us to ring {day_and_time(facts.callback_at, facts.zone, now=now)}".strip())
    if facts.replied_at is not None and just_replied(facts, now):
        said.append(f"{who} wrote back {_ago(now - facts.replied_at)}")
    if facts.clicked_at is not None and just_clicked(facts, now):
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
        said.append(f"{span(now - facts.active_at)} since {who} left{_and_thehour_of(facts, now)}")
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in said[:3])


def _cart(facts: Facts) -> str:
    amount = words(facts.total_minor, facts.currency, short=True)
    times = _over(facts)
    return f"{amount} cart, {times} your threshold" if times else f"{amount} cart"


def _over(facts: Facts) -> str:
    if facts.threshold_minor <= 0 or facts.goods_minor < facts.threshold_minor * 1.05:
        return ""
    return f"{facts.goods_minor / facts.threshold_minor:.1f}×".replace(".0×", "×")


def _and_thehour_of(facts: Facts, now: datetime) -> str:
    if facts.chances.calls >= SPEAKS:
        first = facts.chances.best_from
        best = first <= hour_of(facts, now) < first + 2
        own = f"by your own {facts.chances.calls} calls {first}:00 to {first + 2}:00 is when most people answer"
        return f", and {own}" if best else ""
    best = hour_of(facts, now) in _BEST_HOURS
    return f", and {_BEST_HOURS[0]}:00 to {_BEST_HOURS[-1] + 1}:00 is when most people answer" if best else ""


def _chips(facts: Facts, now: datetime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if facts.callback_at is not None:
        found.append((f"Callback {day_and_time(facts.callback_at, facts.zone, now=now, short=True)}", "callback"))
    if facts.handed:
        found.append(("Handed over", "people"))
    if facts.replied_at is not None and just_replied(facts, now):
        found.append((f"Wrote back {_ago(now - facts.replied_at)}", "mail"))
    if facts.clicked_at is not None and just_clicked(facts, now):
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


def _ago(length: timedelta) -> str:
    return f"{span(length)} ago" if length >= timedelta(minutes=1) else "just now"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
