"""Whether a step's conditions are met: pure, asked when the step is due and once more right before it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from sidecar.money import words
from sidecar.settings.step_notation import Condition, Range


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions look at, of one cart and the person behind it. `goods_minor` in minor units of `currency`."""

    opened: bool  # a person opened the pay link of a message
    failed: bool
    returning: bool
    language: str
    currency: str
    goods_minor: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a step is left out: a code that can be counted, and a sentence."""

    code: str
    words: str


# By field of Condition: what to say when a yes was asked for, and when a no was.
_ASKED = {
    "opened": (
        Unmet("only_opened", "Only for customers who opened the pay link, and this one did not."),
        Unmet("only_unopened", "Only for customers who have not opened the pay link, and this one did."),
    ),
    "failed": (
        Unmet("only_failed", "Only after a failed payment, and none failed."),
        Unmet("only_unfailed", "Only where no payment failed, and one did."),
    ),
    "returning": (
        Unmet("only_returning", "Only for customers who bought before, and this one did not."),
        Unmet("only_first_time", "Only for customers who never bought before, and this one did."),
    ),
}


def unmet(condition: Condition, situation: Situation) -> Unmet | None:
    """The first part of the condition that is not met, or None when the step may be sent."""
    for name, (yes, no) in _ASKED.items():
        asked: bool | None = getattr(condition, name)
        if asked is not None and asked != getattr(situation, name):
            return yes if asked else no
    if condition.languages and situation.language not in condition.languages:
        wanted = ", ".join(condition.languages)
        return Unmet("other_language", f"Only in these languages: {wanted}. This customer is written to in another.")
    return _outside(condition.goods, situation) if condition.goods else None


def _outside(ranges: tuple[Range, ...], situation: Situation) -> Unmet | None:
    mine = next((one for one in ranges if one.currency == situation.currency), None)
    if mine is None:
        named = ", ".join(one.currency for one in ranges)
        return Unmet("other_currency", f"Only for carts in {named}.")
    goods = words(situation.goods_minor, situation.currency)
    if mine.least is not None and situation.goods_minor < mine.least:
        return Unmet("value_below", f"Only for goods from {words(mine.least, mine.currency)} on; these are {goods}.")
    if mine.most is not None and situation.goods_minor > mine.most:
        return Unmet("value_above", f"Only for goods up to {words(mine.most, mine.currency)}; these are {goods}.")
    return None
