"""Money: integer minor units with a currency. Never floats."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 exponents that are not 2. Source: ISO 4217 list one, read 2026-11.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),  # noqa: SIM905
}
_SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "AUD": "A$",
    "CAD": "C$",
    "NZD": "NZ$",
    "CHF": "CHF ",
    "INR": "₹",
    "KRW": "₩",
    "PLN": "zł ",
    "SEK": "SEK ",
    "NOK": "NOK ",
    "DKK": "DKK ",
    "BRL": "R$",
    "ZAR": "R ",
}
# WooCommerce sends decimals as text; a shop's own digits never reach a billion units.
_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")
_CENTS = re.compile(r"-?[0-9]{1,12}\.[0-9][0-9]")


def exponent(currency: str) -> int:
    """How many decimals the minor unit of a currency stands for: 2 for USD, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def is_currency(code: object) -> bool:
    """Whether `code` has the form of an ISO 4217 currency: three capital letters."""
    return isinstance(code, str) and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


@functools.lru_cache(maxsize=4096)  # an order says "0.00" again and again
def to_minor(amount: str | int | Decimal, currency: str) -> int:
    """Minor units for a decimal amount such as "31.90"; rounded half up (JPY comes with two decimals too).

    Raises ValueError when the text is no plain decimal number.
    """
    text = str(amount).strip()
    if exponent(currency) == 2 and _CENTS.fullmatch(text):
        return int(text[:-3] + text[-2:])
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"not an amount: {text[:40]!r}")
    try:
        scaled = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:  # pragma: no cover - the pattern lets nothing else through
        raise ValueError(f"not an amount: {text[:40]!r}") from error
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def in_units(minor: int, currency: str) -> Decimal:
    """The amount in whole units, exact: 3190, "USD" -> Decimal("31.90")."""
    return Decimal(minor).scaleb(-exponent(currency))


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of one currency."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return words(self.minor, self.currency)


def words(minor: int, currency: str, *, short: bool = False) -> str:
    """The amount as people read it: "$1,480.00"; with `short`, without decimals when it has none: "$1,480"."""
    places = exponent(currency)
    amount = abs(in_units(minor, currency))
    whole = short and amount == amount.to_integral_value()
    number = f"{amount:,.0f}" if whole else f"{amount:,.{places}f}"
    return f"{'−' if minor < 0 else ''}{sign(currency)}{number}"


def sign(currency: str) -> str:
    """What stands in front of an amount: "$", "€", "CHF "."""
    return _SIGNS.get(currency, f"{currency} ")
