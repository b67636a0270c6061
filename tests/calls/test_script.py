"""What to say: filled with this cart, true, short, and safe with hostile names."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sidecar.calls.desk.script import Words, script, voicemail

WORDS = Words(
    first_name="Dana",
    rep="Sam",
    store="Aurora Audio",
    item="HX-2 Turntable",
    delivery="$18.00",
    ring_back="020 7946 0012",
    failed=False,
    asked=False,
    voicemail_left=False,
)


def test_the_opening_names_person_rep_shop_and_thing() -> None:
    opening = str(script(WORDS).steps[0].says[0])

    assert opening.startswith("Hi, is that Dana? This is Sam from Aurora Audio.")
    assert "Your order for the HX-2 Turntable didn't complete" in opening


def test_somebody_who_asked_for_the_call_is_told_so() -> None:
    assert "You asked us to ring" in str(script(replace(WORDS, asked=True)).steps[0].says[0])


def test_the_customers_own_words_are_marked() -> None:
    marked = [text for text, is_theirs in script(WORDS).steps[0].says[0].pieces if is_theirs]

    assert marked == ["Dana", "HX-2 Turntable"]


@pytest.mark.parametrize("item", ["HX-2 Turntable", "A very long product name that goes on " * 20, "", "word " * 500])
@pytest.mark.parametrize("first", ["Dana", "", "Wolfeschlegelsteinhausenbergerdorff " * 9])
@pytest.mark.parametrize("number", ["020 7946 0012", ""])
def test_a_voicemail_has_sixty_words_at_most(item: str, first: str, number: str) -> None:
    said = str(voicemail(replace(WORDS, item=item, first_name=first, ring_back=number)))

    assert len(said.split()) <= 60
    assert "  " not in said
    assert "{" not in said
    assert "None" not in said


def test_a_voicemail_promises_no_message_and_no_number_that_is_not_set() -> None:
    said = str(voicemail(replace(WORDS, ring_back="")))

    assert "reach me" not in said
    assert not re.search(r"\be-?mail", said, re.I)


def test_no_second_voicemail_is_offered() -> None:
    found = script(replace(WORDS, voicemail_left=True))

    assert found.voicemail is None
    assert "no second one" in found.voicemail_note


def test_the_delivery_cost_is_said_as_it_was_quoted() -> None:
    assert "$18.00" in str(script(WORDS).answers["extra_costs"])
    assert "no delivery cost" in str(script(replace(WORDS, delivery="")).answers["extra_costs"])


def test_names_that_would_break_a_line_stay_one_line() -> None:
    said = str(script(replace(WORDS, first_name="Da\nna\t<script>")).steps[0].says[0])

    assert "Da na <script>?" in said
