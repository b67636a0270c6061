"""What a rep may give on the phone: pure decisions over the owner's list and the rep's own limits.

Source of the limits: reference/ux.md A9. What no owner's word lifts (margin, sale items, one per cart) is
outreach.incentives.offers' and granting's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sidecar.errors import Refused
from sidecar.money import exponent, in_units, is_currency, sign, to_minor, words
from sidecar.outreach.incentives.offers import Basket, Given, Offer, Withheld, offer_on
from sidecar.settings.offer_notation import MOST_MINOR, MOST_PERCENT, OfferTerms

# In whole units of any currency: what the owner's empty fields mean.
MOST_UNITS = 50
MOST_UNITS_A_DAY = 150

_NUMBER = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"[0-9]{1,9}([.,][0-9]{1,3})?")
_HOW = "Write it like 10 % or 20."


@dataclass(frozen=True, slots=True)
class Beyond:
    """An offer that is more than this rep may give alone, and that the owner may allow: a code, and a sentence."""

    code: str
    words: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class Limits:
    """A rep's limits in one currency: percentage and worth of an offer, number and worth of a day's."""

    percent: int
    minor: int
    count: int
    day_minor: int


def limits_in(currency: str, settings: Mapping[str, Any]) -> Limits:
    """The limits that the owner set for reps, for carts in this currency."""
    unit = 10 ** exponent(currency)
    return Limits(
        percent=settings["offers.rep_percent"],
        minor=settings["offers.rep_value"].get(currency, MOST_UNITS * unit),
        count=settings["offers.rep_per_day"],
        day_minor=settings["offers.rep_value_per_day"].get(currency, MOST_UNITS_A_DAY * unit),
    )


def wished(text: str, currency: str) -> OfferTerms:
    """What the form asks for: "percent 11", "fixed 20.50", "free_shipping". Raises Refused with how to write it."""
    kind, _, amount = text.strip().partition(" ")
    amount = amount.strip().removesuffix("%").strip()
    if kind == "free_shipping" and not amount:
        return OfferTerms(kind)
    if kind == "percent" and _NUMBER.fullmatch(amount):
        if not 1 <= int(amount) <= MOST_PERCENT:
            raise Refused(f"An offer is between 1 % and {MOST_PERCENT} %.", code="out_of_bounds", field="offer-much")
        return OfferTerms(kind, percent=int(amount))
    if kind == "fixed" and _AMOUNT.fullmatch(amount) and is_currency(currency):
        minor = to_minor(amount.replace(",", "."), currency)
        if not 0 < minor <= MOST_MINOR:
            raise Refused("Write an amount above 0.", code="out_of_bounds", field="offer-much")
        return OfferTerms(kind, amounts=MappingProxyType({currency: minor}))
    raise Refused(f"This is no offer. {_HOW}", code="no_offer", field="offer-much")


def written(kind: str, value_minor: int, currency: str) -> str:
    """An offer in the notation of `wished`, from what is kept of it (`Offer.value_minor`)."""
    if kind == "percent":
        return f"percent {value_minor // 100}"
    return f"fixed {in_units(value_minor, currency)}" if kind == "fixed" else kind


def called(kind: str, value_minor: int, currency: str) -> str:
    """An offer in words: "10 % off", "$20 off", "Free delivery"."""
    if kind == "percent":
        return f"{value_minor / 100:g} % off"
    return f"{words(value_minor, currency, short=True)} off" if kind == "fixed" else "Free delivery"


def named(wish: str, currency: str) -> str:
    """What is wished, in words; "" when it is no offer."""
    try:
        terms = wished(wish, currency)
    except Refused:
        return ""
    minor = terms.percent * 100 if terms.kind == "percent" else terms.amounts.get(currency, 0)
    return called(terms.kind, minor, currency)


def judge(
    terms: OfferTerms,
    basket: Basket,
    settings: Mapping[str, Any],
    *,
    store_today: Given,
    rep_today: Given,
    allowed_minor: int | None = None,
) -> Offer | Withheld | Beyond:
    """The offer if this rep may give it now; why nobody may; or which limit of the rep's it passes.

    `allowed_minor`: what the owner allowed it to be worth; then the rep's own limits do not count.
    """
    offer = offer_on(terms, basket, settings, store_today)
    if isinstance(offer, Withheld):
        return offer
    if allowed_minor is not None:
        grown = "The cart has changed since the owner said yes: the offer would be worth more now. Ask once more."
        return offer if offer.worth_minor <= allowed_minor else Beyond("grown", grown, offer)
    return _beyond(offer, basket.currency, limits_in(basket.currency, settings), rep_today) or offer


def _beyond(offer: Offer, currency: str, limits: Limits, today: Given) -> Beyond | None:
    def money(minor: int) -> str:
        return words(minor, currency, short=True)

    if offer.percent > limits.percent:
        return Beyond("percent", f"{limits.percent} % is the most a rep may give alone.", offer)
    if offer.worth_minor > limits.minor:
        most, this = money(limits.minor), money(offer.worth_minor)
        return Beyond("value", f"{most} is the most a rep’s offer may be worth. This one is worth {this}.", offer)
    if today.count >= limits.count:
        return Beyond("per_day", f"{limits.count} offers a day is the most, and today’s are given.", offer)
    if today.minor + offer.worth_minor > limits.day_minor:
        left = money(max(0, limits.day_minor - today.minor))
        return Beyond("value_per_day", f"{left} is left of {money(limits.day_minor)} for today’s offers.", offer)
    return None


def sign_of(currency: str) -> str:
    """What stands before an amount that is typed."""
    return sign(currency).strip()
