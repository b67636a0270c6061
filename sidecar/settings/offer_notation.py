"""How offers are written in the settings: "reminder-2=free_shipping, reminder-3=percent 10"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sidecar.money import is_currency, to_minor

# What WooCommerce can hold the shop to, as a coupon; and what only the shop itself can keep, in the owner's words.
COUPON_KINDS = ("percent", "fixed", "free_shipping")
WORD_KINDS = (
    "flat_shipping",
    "gift",
    "two_for_one",
    "gift_card",
    "free_returns",
    "extended_terms",
    "points",
    "call",
)
MOST_PERCENT = 50
MOST_MINOR = 100_000_000
MOST_CHOICES = 8  # on the card

_STEP = re.compile(r"reminder-[1-9]|personal|voicemail|tried|pay-link")
_WHICH = "must name messages: reminder-1, reminder-2, reminder-3, personal, voicemail, tried, pay-link"
_HOW = "must be written like reminder-2=free_shipping, reminder-3=percent 10, reminder-3=fixed 20 EUR"


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What the owner offers with one kind of message. `amounts`: minor units by currency, for a fixed amount."""

    kind: str
    percent: int = 0
    amounts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def by_step(text: str) -> dict[str, OfferTerms]:
    """Terms by kind of message. Raises ValueError with how to write them, the kinds there are, or the bounds."""
    found: dict[str, OfferTerms] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        step, equals, offer = (piece.strip() for piece in part.partition("="))
        if not equals or not offer:
            raise ValueError(_HOW)
        if not _STEP.fullmatch(step):
            raise ValueError(_WHICH)
        if step in found:
            raise ValueError(f"must name {step} once")
        found[step] = _terms(offer.split())
    return found


def by_rep(text: str) -> tuple[OfferTerms, ...]:
    """What reps may give on the phone, in the owner's order. Raises ValueError with how to write it, or the bounds."""
    found: list[OfferTerms] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        terms = _terms(part.split())
        if terms.kind not in COUPON_KINDS:
            raise ValueError(f"must name coupons; {terms.kind} is shown to reps in its own words below")
        if terms not in found:
            found.append(terms)
    if len(found) > MOST_CHOICES:
        raise ValueError(f"must be {MOST_CHOICES} or fewer")
    return tuple(found)


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words. It raises ValueError with all of them."""

    def read(text: str) -> str:
        if text.strip() not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}")
        return text.strip()

    return read


def _terms(words: list[str]) -> OfferTerms:
    kind, rest = words[0], words[1:]
    if kind == "percent":
        return OfferTerms(kind, percent=_percent(rest))
    if kind == "fixed":
        return OfferTerms(kind, amounts=MappingProxyType(_amounts(rest)))
    if kind not in COUPON_KINDS + WORD_KINDS:
        raise ValueError(f"must be one of: {', '.join(COUPON_KINDS + WORD_KINDS)}")
    if rest:
        raise ValueError(_HOW)
    return OfferTerms(kind)


def _percent(words: list[str]) -> int:
    number = words[0].removesuffix("%") if len(words) == 1 else ""
    if not re.fullmatch(r"[0-9]{1,3}", number) or not 1 <= int(number) <= MOST_PERCENT:
        raise ValueError(f"must be a whole percentage between 1 and {MOST_PERCENT}, like percent 10")
    return int(number)


def _amounts(words: list[str]) -> dict[str, int]:
    """Minor units by currency from "20 EUR 25 USD"."""
    pairs = list(zip(words[::2], words[1::2], strict=False))
    if not pairs or len(words) % 2:
        raise ValueError("must be an amount with its currency, like fixed 20 EUR")
    found: dict[str, int] = {}
    for amount, currency in pairs:
        if not is_currency(currency):
            raise ValueError("must be an amount with its currency, like fixed 20 EUR")
        try:
            found[currency] = to_minor(amount, currency)
        except ValueError:
            raise ValueError("must be an amount with its currency, like fixed 20 EUR") from None
        if not 0 < found[currency] <= MOST_MINOR:
            raise ValueError("must be an amount above 0")
    return found
