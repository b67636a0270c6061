"""What is offered to whom: pure decisions over the owner's terms and limits, and the coupon that keeps them.

Source of the list of incentives: product.md P4; of the limits: reference/ux.md A9.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sidecar.money import in_units, words
from sidecar.ports.coupons import CouponTerms, StoreCoupon
from sidecar.settings.offer_notation import COUPON_KINDS, OfferTerms

# Neither vowels nor what looks alike: no code is a word, and none is misread on the telephone. 28^12 codes, 57 bits.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_GROUPS = (4, 4, 4)

DISCOUNTS = ("percent", "fixed")
_NOT_FOR_CUSTOMERS = ("points",)


@dataclass(frozen=True, slots=True)
class Basket:
    """What an offer is judged by. Amounts in minor units of `currency`; `goods_minor` without delivery and tax."""

    currency: str
    goods_minor: int
    shipping_minor: int
    has_bought: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What was granted at this store today: so many coupons, worth so much in the basket's currency."""

    count: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What this cart may be offered. `words` is the owner's own sentence, for what no coupon can keep."""

    kind: str
    percent: int = 0
    amount_minor: int = 0
    worth_minor: int = 0  # what it costs the shop when it is used
    words: str = ""

    @property
    def is_coupon(self) -> bool:
        """Whether the store can be made to keep it."""
        return self.kind in COUPON_KINDS

    @property
    def value_minor(self) -> int:
        """What outreach.incentives.coupon keeps: hundredths of a per cent for a percentage, else minor units."""
        return self.percent * 100 if self.kind == "percent" else self.amount_minor


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why there is no offer although one is set: a code that can be counted, and a sentence."""

    code: str
    words: str


def offer_of(message: str, basket: Basket, settings: Mapping[str, Any], given: Given) -> Offer | Withheld | None:
    """The offer that belongs to this kind of message ("reminder-3") for this cart; or why it is withheld; or None
    where the owner set none."""
    terms: OfferTerms | None = settings["offers.by_step"].get(message)
    return None if terms is None else offer_on(terms, basket, settings, given)


def offer_on(terms: OfferTerms, basket: Basket, settings: Mapping[str, Any], given: Given) -> Offer | Withheld:
    """The offer that these terms make for this cart, or why it is withheld."""
    withheld = _not_for(basket, settings)
    if withheld is not None:
        return withheld
    if terms.kind not in COUPON_KINDS:
        said = words_of(terms.kind, settings)
        return Offer(terms.kind, words=said) if said else Withheld("no_words", "Its words are not set.")
    offer = _coupon_offer(terms, basket)
    if isinstance(offer, Withheld):
        return offer
    return _beyond_limits(offer, basket, settings, given) or offer


def words_of(kind: str, settings: Mapping[str, Any]) -> str:
    """The owner's sentence about an incentive that no coupon can keep, for customers; "" when there is none."""
    return "" if kind in (*COUPON_KINDS, *_NOT_FOR_CUSTOMERS) else str(settings[f"offers.{kind}_words"])


def has_discount(message: str, settings: Mapping[str, Any]) -> bool:
    """Whether this kind of message offers money off: for the lint, which warns of it in a first message (L18)."""
    terms: OfferTerms | None = settings["offers.by_step"].get(message)
    return terms is not None and terms.kind in DISCOUNTS


def new_code() -> str:
    """A code that can be read out and not guessed: "K7QM-4RTX-9HDW"."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(size)) for size in _GROUPS)


# --- limits -------------------------------------------------------------------------------------------------------


def _not_for(basket: Basket, settings: Mapping[str, Any]) -> Withheld | None:
    whom = settings["offers.for_whom"]
    if whom == "first-time" and basket.has_bought:
        return Withheld("returning", "Offers are for first-time customers, and this one bought before.")
    if whom == "returning" and not basket.has_bought:
        return Withheld("first_time", "Offers are for returning customers, and this one has not bought before.")
    least = settings["offers.minimum"].get(basket.currency, 0)
    if basket.goods_minor < least:
        return Withheld("too_small", f"Offers begin at {words(least, basket.currency)} of goods.")
    return None


def _coupon_offer(terms: OfferTerms, basket: Basket) -> Offer | Withheld:
    amount = terms.amounts.get(basket.currency, 0)
    if terms.kind == "fixed" and not amount:
        return Withheld("other_currency", f"No amount is set in {basket.currency}.")
    if terms.kind == "free_shipping" and basket.shipping_minor <= 0:
        return Withheld("ships_free", "Delivery of this cart costs nothing already.")
    offer = Offer(terms.kind, percent=terms.percent, amount_minor=amount)
    return replace(offer, worth_minor=worth(offer.kind, offer.value_minor, basket.goods_minor, basket.shipping_minor))


def worth(kind: str, value_minor: int, goods_minor: int, shipping_minor: int) -> int:
    """What a coupon costs the shop when it is used on this cart, in minor units, rounded up."""
    if kind == "percent":
        return -(-goods_minor * value_minor // 10_000)
    return min(value_minor, goods_minor) if kind == "fixed" else max(shipping_minor, 0)


def _beyond_limits(offer: Offer, basket: Basket, settings: Mapping[str, Any], given: Given) -> Withheld | None:
    if not _leaves_margin(offer, basket, settings["offers.margin"], settings["offers.margin_floor"]):
        floor = settings["offers.margin_floor"]
        known = settings["offers.margin"] > 0
        return Withheld("margin", f"It would leave less than {floor} % margin." if known else "Your margin is not set.")
    if given.count >= settings["offers.per_day"]:
        return Withheld("cap_count", f"{settings['offers.per_day']} coupons a day is the most.")
    most = settings["offers.value_per_day"].get(basket.currency)
    if most is not None and given.minor + offer.worth_minor > most:
        return Withheld("cap_value", f"{words(most, basket.currency)} of coupons a day is the most.")
    return None


def _leaves_margin(offer: Offer, basket: Basket, margin: int, floor: int) -> bool:
    """Whether what remains of the margin is at least `floor` percent of what is still paid for the goods.

    With margin m on goods G, a discount D leaves (mG − D) of (G − D); free delivery D leaves (mG − D) of G.
    """
    if margin == 0:
        return floor == 0
    goods, worth = basket.goods_minor, offer.worth_minor
    paid = goods - worth if offer.kind in DISCOUNTS else goods
    return paid > 0 and margin * goods - 100 * worth >= floor * paid


# --- the coupon ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grant:
    """A coupon that is to be: what it grants, to whom, in which currency, and its last second on the store's clock."""

    code: str
    kind: str
    value_minor: int
    currency: str
    email: str
    expires_site_time: str
    cart_number: str


def terms_of(grant: Grant, settings: Mapping[str, Any]) -> CouponTerms:
    """What to ask of the store, for one person and one use."""
    is_discount = grant.kind in DISCOUNTS
    least = settings["offers.minimum"].get(grant.currency, 0)
    return CouponTerms(
        code=grant.code,
        discount_type="percent" if grant.kind == "percent" else "fixed_cart",
        amount=_amount(grant) if is_discount else "0",
        email=grant.email.strip().lower(),
        expires_site_time=grant.expires_site_time,
        description=f"Ringback, cart {grant.cart_number[:40]}",
        free_shipping=grant.kind == "free_shipping",
        exclude_sale_items=is_discount and settings["offers.not_on_sale_items"],
        minimum_amount=str(in_units(least, grant.currency)),
    )


def _amount(grant: Grant) -> str:
    if grant.kind == "percent":
        return str(Decimal(grant.value_minor) / 100)
    return str(in_units(grant.value_minor, grant.currency))


def differences(terms: CouponTerms, made: StoreCoupon, *, now: datetime) -> tuple[str, ...]:
    """What a coupon of the store has otherwise than was asked for. WooCommerce drops what it does not like silently:
    an address that is none, a percentage over 100."""
    found = {
        "code": made.code.casefold() == terms.code.casefold(),
        "discount_type": made.discount_type == terms.discount_type,
        "amount": _is_same(made.amount, terms.amount),
        "email": [email.casefold() for email in made.emails] == [terms.email.casefold()],
        "usage_limit": made.usage_limit == 1,
        "usage_limit_per_user": made.usage_limit_per_user == 1,
        "individual_use": made.individual_use,
        "free_shipping": made.free_shipping == terms.free_shipping,
        "exclude_sale_items": made.exclude_sale_items == terms.exclude_sale_items,
        "minimum_amount": _is_same(made.minimum_amount, terms.minimum_amount),
        "expiry": made.expires_at is not None and made.expires_at > now,
    }
    return tuple(name for name, is_so in found.items() if not is_so)


def _is_same(told: str, asked: str) -> bool:
    """Whether two amounts are the same, at the decimals the store shows."""
    try:
        seen, wanted = Decimal(told or "0"), Decimal(asked or "0")
        return seen == wanted.quantize(Decimal(1).scaleb(seen.as_tuple().exponent))  # type: ignore[arg-type]
    except (InvalidOperation, TypeError):
        return False


def with_code(terms: CouponTerms, code: str) -> CouponTerms:
    """The same terms under another code."""
    return replace(terms, code=code)
