"""Hostile text made storable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.carts.order_text import place, plain, web_address
from sidecar.contacts.address import recognised, writable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Dana ", "Dana"),
        ("Da\x00na\r\nRuiz", "Da na Ruiz"),
        ("<b>Dana</b>", "<b>Dana</b>"),
        ("\u202eDana", "Dana"),
        ("👩‍👧 Dana", "👩‍👧 Dana"),
        ("\ud83d", ""),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_plain_line(text, expected):
    assert plain(text) == expected


@given(st.text(max_size=400))
def test_any_text_becomes_a_line_that_both_databases_take(text):
    line = plain(text)
    assert len(line) <= 200
    assert not {"\x00", "\n", "\r"} & set(line)
    line.encode()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" Dana@Example.com ", "Dana@Example.com"),
        ("dana+shop@sub.example.co.uk", "dana+shop@sub.example.co.uk"),
        ("dana@example", ""),
        ("dana@@example.com", ""),
        ("dana@example.com, kim@example.com", ""),
        ("dana@example.com\nBcc: x@example.com", ""),
        ("Dana <dana@example.com>", ""),
        ("da..na@example.com", ""),
        ("dänä@example.com", ""),
        ("a" * 65 + "@example.com", ""),
        ("dana@" + "a" * 250 + ".com", ""),
        ("", ""),
    ],
)
def test_address_that_can_be_written_to(typed, expected):
    assert writable(typed) == expected
    assert recognised(typed) == expected.lower()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("us", ("US", "NY")),
        ("USA", ("", "NY")),
        ("1", ("", "NY")),
        ("", ("", "NY")),
        ("ÄÖ", ("", "NY")),
        ("PR", ("US", "PR")),
    ],
)
def test_country_code_and_region(code, expected):
    assert place(code, "NY ") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example.com/pay?x=1", "https://shop.example.com/pay?x=1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://shop.example.com/a b", ""),
        ("https://" + "a" * 2000, ""),
    ],
)
def test_web_address(url, expected):
    assert web_address(url) == expected
