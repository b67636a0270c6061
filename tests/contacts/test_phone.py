"""Phone numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.contacts import phone


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123 ext. 5", "US", "+12125550123"),
        (" +44 20 7946 0958 ", "US", "+442079460958"),
        ("0044 20 7946 0958", "DE", "+442079460958"),
        ("030 123456", "DE", "+4930123456"),
        ("0412 345 678", "AU", "+61412345678"),
        ("06 12345678", "IT", "+3906" + "12345678"),
        ("+12125550123", "", "+12125550123"),
    ],
)
def test_number_is_read_with_the_orders_country(typed, country, expected):
    found = phone.parse(typed, country)
    assert found is not None
    assert found.e164 == expected
    assert phone.e164(typed, country) == expected
    assert phone.known(expected) == phone.parse(expected, "")


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("(212) 555-0123", ""),  # whose number would be a guess
        ("212 555 0123", "FR"),  # valid elsewhere, not here
        ("12345", "US"),
        ("0000000000", "US"),
        ("call me", "US"),
        ("", "US"),
        ("+1 212 555 0123" * 900, "US"),
        ("900 555 0123", "US"),  # premium rate: costs the caller
        ("020 7946 0958", "XX"),
        ("<script>alert(1)</script>", "US"),
    ],
)
def test_number_that_needs_a_guess_is_no_number(typed, country):
    assert phone.parse(typed, country) is None
    assert phone.e164(typed, country) == ""


def test_extension_is_kept_apart():
    found = phone.parse("(212) 555-0123 x42", "US")
    assert found is not None
    assert (found.e164, found.extension) == ("+12125550123", "42")


def test_mobile_says_nothing_about_where_its_owner_lives():
    mobile, fixed = phone.parse("0412 345 678", "AU"), phone.parse("02 9374 4000", "AU")
    assert mobile is not None
    assert fixed is not None
    assert (mobile.is_mobile, mobile.is_geographic) == (True, False)
    assert (fixed.is_mobile, fixed.is_geographic) == (False, True)
    assert len(mobile.zones) > 4


@given(st.text(max_size=80), st.sampled_from(["", "US", "DE", "JP", "ZZ", "us"]))
def test_any_text_gives_a_number_or_none(typed, country):
    found = phone.parse(typed, country)
    if found is not None:
        assert found.e164[0] == "+"
        assert found.e164[1:].isascii()
        assert found.e164[1:].isdigit()
        assert phone.e164(typed, country) == found.e164


US_SHAPES = st.sampled_from(
    ["({}) {}-{}", "{}{}{}", "+1 {} {} {}", "1-{}-{}-{}", "{}.{}.{}", "+1({}) {} {}", "1{}{}{}"]
)


@given(US_SHAPES, st.integers(100, 999), st.integers(0, 999), st.integers(0, 9999), st.sampled_from(["US", "CA", "ca"]))
def test_quick_form_says_what_the_library_says(shape, area, exchange, line, country):
    typed = shape.format(f"{area:03}", f"{exchange:03}", f"{line:04}")
    found = phone.parse(typed, country)
    assert phone.e164(typed, country) == (found.e164 if found else "")
