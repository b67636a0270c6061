"""Conditions of a step: written by the owner, and met or not met by a cart, always with a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sidecar.errors import Refused
from sidecar.outreach.sequences.conditions import Situation, unmet
from sidecar.settings import check
from sidecar.settings.step_notation import ALWAYS, Condition, Range, conditions

DANA = Situation(opened=False, failed=False, returning=False, language="en", currency="USD", goods_minor=40000)

situations = some.builds(
    Situation,
    opened=some.booleans(),
    failed=some.booleans(),
    returning=some.booleans(),
    language=some.sampled_from(["en", "de", "fr"]),
    currency=some.sampled_from(["USD", "EUR", "JPY"]),
    goods_minor=some.integers(0, 10**9),
)
maybe = some.none() | some.booleans()
amounts = some.none() | some.integers(0, 10**9)
wanted = some.builds(
    Condition,
    opened=maybe,
    failed=maybe,
    returning=maybe,
    languages=some.lists(some.sampled_from(["en", "de"]), max_size=2).map(tuple),
    goods=some.lists(some.builds(Range, some.sampled_from(["USD", "EUR"]), amounts, amounts), max_size=2).map(tuple),
)


@pytest.mark.parametrize(
    ("text", "who", "code"),
    [
        ("", DANA, None),
        ("opened", DANA, "only_opened"),
        ("opened", replace(DANA, opened=True), None),
        ("Not  opened", replace(DANA, opened=True), "only_unopened"),
        ("payment failed", DANA, "only_failed"),
        ("no payment failed", replace(DANA, failed=True), "only_unfailed"),
        ("returning", DANA, "only_returning"),
        ("first-time", DANA, None),
        ("first-time", replace(DANA, returning=True), "only_first_time"),
        ("language de", DANA, "other_language"),
        ("language de/en", DANA, None),
        ("USD 50-500", DANA, None),
        ("USD 400-400", DANA, None),
        ("USD 500-", DANA, "value_below"),
        ("USD -399.99", DANA, "value_above"),
        ("EUR 50-500", DANA, "other_currency"),
        ("EUR 50-500, usd 50-500", DANA, None),
        ("JPY -500", replace(DANA, currency="JPY", goods_minor=500), None),
        ("not opened, returning, USD 50-500", replace(DANA, returning=True), None),
        ("not opened, returning, USD 50-500", DANA, "only_returning"),
    ],
)
def test_a_step_is_sent_where_its_conditions_are_met(text: str, who: Situation, code: str | None) -> None:
    found = unmet(conditions(text), who)
    assert (found.code if found else None) == code


def test_the_sentence_names_what_was_asked_for_and_what_is() -> None:
    found = unmet(conditions("USD 500-900"), DANA)
    assert found is not None
    assert found.words == "Only for goods from $500.00 on; these are $400.00."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("maybe", "must be conditions with commas between, like not opened, returning, language de, USD 50-500."),
        ("USD 50", "must be conditions with commas between"),
        ("USD -", "must be conditions with commas between"),
        ("USD 5..5-9", "must be conditions with commas between"),
        ("language klingon", "must be conditions with commas between"),
        ("opened, not opened", "cannot ask for both opened and not opened."),
        ("first-time, returning", "cannot ask for both first-time and returning."),
        ("USD 5-6, USD 7-8", "must name USD once."),
        ("USD 50-5", "must name the smaller amount of USD first."),
    ],
)
def test_what_is_no_condition_is_refused_with_how_to_write_one(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as caught:
        check("outreach.second_only_if", text)
    assert caught.value.reason.startswith("Condition of the second email ")


@given(wanted, situations)
def test_whoever_meets_every_part_alone_meets_the_whole_and_the_other_way_round(
    condition: Condition, who: Situation
) -> None:
    parts = [
        Condition(opened=condition.opened),
        Condition(failed=condition.failed),
        Condition(returning=condition.returning),
        Condition(languages=condition.languages),
        Condition(goods=condition.goods),
    ]
    assert (unmet(condition, who) is None) == all(unmet(part, who) is None for part in parts)
    assert unmet(ALWAYS, who) is None


@given(wanted, situations)
def test_every_step_that_is_left_out_has_a_code_and_a_sentence(condition: Condition, who: Situation) -> None:
    found = unmet(condition, who)
    if found is not None:
        assert found.code.isidentifier()
        assert found.words.startswith("Only ")
        assert found.words.endswith(".")


@given(some.text(max_size=60))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    try:
        found = conditions(text)
    except ValueError:
        return
    assert found == ALWAYS or text.strip()
