"""What people type at a checkout is made fit for a letter, or left out."""

from __future__ import annotations

import pytest

from sidecar.outreach.letters import plain


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("Dana", "Dana"),
        ("DANA", "Dana"),
        ("dana-lou", "Dana-Lou"),
        ("Anne Marie", "Anne Marie"),
        ("O'Neil", "O'Neil"),
        ("Łucja", "Łucja"),
        ("Ольга", "Ольга"),
        ("J.", "J."),
        ("  Dana \n", "Dana"),
        ("You won http://evil.example", ""),
        ("www.evil.example", ""),
        ("evil.com", ""),
        ("Claim your prize of 500 dollars today", ""),
        ("<script>alert(1)</script>", ""),
        ("{{ 7 * 7 }}", ""),
        ("Dana\r\nBcc: x@example.com", ""),
        ("D" * 31, ""),
        ("test123", ""),
        ("", ""),
    ],
)
def test_only_what_looks_like_a_name_is_used_as_one(typed: str, used: str):
    assert plain.name(typed) == used


def test_text_is_one_line_without_hidden_signs_and_not_too_long():
    assert plain.one_line("a\tb\r\nc\u202edesrever\u200b\x00", 40) == "a b cdesrever"
    assert plain.one_line("x" * 10_000, 80) == "x" * 79 + "…"


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("https://shop.example.com/pay?a=1&b=2", "https://shop.example.com/pay?a=1&b=2"),
        ("http://127.0.0.1:8000/pay", "http://127.0.0.1:8000/pay"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://", ""),
        ("https://a/b c", ""),
        ('https://a/"onload="x', ""),
        ("//evil.example/x", ""),
        ("https://[::1", ""),
    ],
)
def test_only_web_addresses_become_links(typed: str, used: str):
    assert plain.web_address(typed) == used
