"""How the conditions of an email are written in the settings: "not opened, returning, language de/en, USD 50-500"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sidecar.money import is_currency, to_minor

HOW_CONDITIONS = "must be conditions with commas between, like not opened, returning, language de, USD 50-500"
# What each phrase asks for: a field of Condition and its value.
_PHRASES = {
    "opened": ("opened", True),
    "not opened": ("opened", False),
    "payment failed": ("failed", True),
    "no payment failed": ("failed", False),
    "returning": ("returning", True),
    "first-time": ("returning", False),
}
_LANGUAGES = re.compile(r"language ([a-z]{2}(?:/[a-z]{2})*)")
_RANGE = re.compile(r"([a-z]{3}) ([0-9.]{1,12})?-([0-9.]{1,12})?")


@dataclass(frozen=True, slots=True)
class Range:
    """Goods in one currency, in minor units: from `least` on, up to `most` and with it; None means no end."""

    currency: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """When a step is sent, besides the order being unpaid. None or empty means that it does not matter.

    `opened`: a person opened the pay link of a message. `failed`: a payment failed. `returning`: they bought before.
    `goods`: the cart's value must lie in the range of its currency, and there must be one.
    """

    opened: bool | None = None
    failed: bool | None = None
    returning: bool | None = None
    languages: tuple[str, ...] = ()
    goods: tuple[Range, ...] = ()


ALWAYS = Condition()


def conditions(text: str) -> Condition:
    """The condition that a text asks for; ALWAYS for none. Raises ValueError with how to write them."""
    found = ALWAYS
    for part in filter(None, (" ".join(piece.split()).lower() for piece in text.split(","))):
        if part in _PHRASES:
            found = _with_phrase(found, part)
        elif languages := _LANGUAGES.fullmatch(part):
            found = replace(found, languages=(*found.languages, *languages[1].split("/")))
        elif limits := _RANGE.fullmatch(part):
            found = replace(found, goods=(*found.goods, _range(found, *limits.groups())))
        else:
            raise ValueError(HOW_CONDITIONS)
    return found


def _with_phrase(found: Condition, part: str) -> Condition:
    name, value = _PHRASES[part]
    before = getattr(found, name)
    if before is not None and before != value:
        other = next(phrase for phrase, asked in _PHRASES.items() if asked == (name, before))
        raise ValueError(f"cannot ask for both {other} and {part}")
    return replace(found, **{name: value})  # type: ignore[arg-type]  # every phrase is of a yes or no


def _range(found: Condition, currency: str, least: str | None, most: str | None) -> Range:
    code = currency.upper()
    if not is_currency(code) or (least is None and most is None):
        raise ValueError(HOW_CONDITIONS)
    if code in {one.currency for one in found.goods}:
        raise ValueError(f"must name {code} once")
    try:
        low, high = (to_minor(amount, code) if amount is not None else None for amount in (least, most))
    except ValueError:
        raise ValueError(HOW_CONDITIONS) from None
    if low is not None and high is not None and low > high:
        raise ValueError(f"must name the smaller amount of {code} first")
    return Range(code, low, high)
