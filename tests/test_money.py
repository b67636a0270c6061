"""Money: minor units of each currency, and words that people read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.money import Money, exponent, in_units, is_currency, to_minor, words


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("31.90", "USD", 3190),
        ("31.9", "USD", 3190),
        ("0", "USD", 0),
        ("-5.00", "EUR", -500),
        ("1480", "JPY", 1480),
        ("1480.00", "JPY", 1480),  # WooCommerce sends two decimals for every currency
        ("1480.50", "JPY", 1481),
        ("3.125", "KWD", 3125),
        ("0.005", "USD", 1),  # half up, as WooCommerce rounds
        ("0.0049", "USD", 0),
        (" 12.00 ", "USD", 1200),
        (15, "USD", 1500),
    ],
)
def test_an_amount_becomes_minor_units(amount: str | int, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize("amount", ["", "abc", "1,000.00", "1e3", "NaN", "Infinity", "1.2.3", "$5", "9" * 30, "--1"])
def test_what_is_no_plain_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        to_minor(amount, "USD")


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.sampled_from(["USD", "JPY", "KWD", "CLP", "XTS"]))
def test_minor_units_survive_a_round_trip(minor: int, currency: str) -> None:
    assert to_minor(f"{in_units(minor, currency):f}", currency) == minor


def test_units_are_exact() -> None:
    assert in_units(3190, "USD") == Decimal("31.90")
    assert in_units(3190, "JPY") == Decimal("3190")
    assert (exponent("USD"), exponent("JPY"), exponent("BHD")) == (2, 0, 3)


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (148000, "USD", "$1,480.00"),
        (-148000, "USD", "−$1,480.00"),
        (148000, "JPY", "¥148,000"),
        (1480, "KWD", "KWD 1.480"),
        (50, "EUR", "€0.50"),
        (99, "XTS", "XTS 0.99"),
    ],
)
def test_an_amount_is_said_as_people_read_it(minor: int, currency: str, said: str) -> None:
    assert words(minor, currency) == said
    assert str(Money(minor, currency)) == said


def test_the_short_form_drops_only_empty_decimals() -> None:
    assert words(148000, "USD", short=True) == "$1,480"
    assert words(148050, "USD", short=True) == "$1,480.50"


@pytest.mark.parametrize("code", ["USD", "XTS"])
def test_three_capital_letters_have_the_form_of_a_currency(code: str) -> None:
    assert is_currency(code)


@pytest.mark.parametrize("code", ["usd", "US", "USDT", "U$D", "ÜSD", "", None, 840])
def test_anything_else_is_no_currency(code: object) -> None:
    assert not is_currency(code)
