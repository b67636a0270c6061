"""Fields as people write them, and what is said about those that do not exist."""

from __future__ import annotations

import re

import pytest

from sidecar.errors import Refused
from sidecar.outreach.letters.facts import Facts
from sidecar.outreach.letters.language import TEMPLATES
from sidecar.outreach.letters.tokens import TOKENS, Field, fields_in, pieces_of, unknown


def test_fields_are_found_with_what_stands_in_for_them():
    found = fields_in("Hi {{first_name|there}}, {{ total }} and {{ rep_first_name | our team }} {{ full_name| }}")
    assert [(field.name, field.fallback) for field in found] == [
        ("first_name", "there"),
        ("total", None),
        ("rep_first_name", "our team"),
        ("full_name", ""),
    ]
    assert [field.token for field in found] == [TOKENS[field.name] for field in found]


def test_text_is_cut_at_its_fields():
    pieces = list(pieces_of("Hi {{ first_name|there }}, hello"))
    assert pieces[0] == "Hi "
    assert isinstance(pieces[1], Field)
    assert pieces[2] == ", hello"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{{ fist_name }}", "There is no field called {{fist_name}}. Did you mean {{first_name}}?"),
        ("{{ First_Name }}", "There is no field called {{First_Name}}. Did you mean {{first_name}}?"),
        ("{{ zzz }}", "There is no field called {{zzz}}."),
        ("{{ 7*7 }}", "There is no field called {{7*7}}."),
        ("{{ first_name", "A field begins with {{ and ends with }}. One of them is missing."),
        ("first_name }}", "A field begins with {{ and ends with }}. One of them is missing."),
    ],
)
def test_a_field_that_does_not_exist_is_named_with_the_one_that_was_meant(written: str, says: str):
    with pytest.raises(Refused) as refused:
        list(pieces_of(f"Hi {written}"))
    assert refused.value.reason == says
    assert refused.value.code == "unknown_token"


def test_a_long_name_is_not_repeated_whole():
    assert len(unknown("x" * 5000)) < 100


def test_every_token_can_be_filled_and_every_block_drawn():
    given = {"pay_url", "unsubscribe_url", "preferences_url"}
    for name, token in TOKENS.items():
        assert re.fullmatch(r"[a-z][a-z_]*", name)
        assert name in given or isinstance(getattr(Facts, name, None), property) or hasattr(Facts, name), name
        assert token.label
        assert token.example
        parts = [(TEMPLATES / "blocks" / f"{name}{ending}").is_file() for ending in (".mjml", ".txt")]
        assert parts == [token.is_block] * 2, name
