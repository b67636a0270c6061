"""What every verdict leads to: the same plan that is shown before saving."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.outcomes.next_step import Answers, NextStep, Situation, next_step
from sidecar.calls.window import Window
from sidecar.settings.notation import hours
from tests.factories import NOW

NEW_YORK = Window(("America/New_York",), "US", "NY", hours("Mon-Sun 10:00-19:00"))
FIRST = Situation("Dana", NEW_YORK)  # NOW is Wednesday 13:00 in New York
SECOND = replace(FIRST, attempts=1, first_attempt_at=NOW - timedelta(days=1), tried_parts=("morning",))
THIRD = replace(SECOND, attempts=2, tried_parts=("morning", "evening"))


def _after(outcome: str, situation: Situation = FIRST, now: datetime = NOW, **answers: object) -> NextStep:
    return next_step(Answers(outcome, **answers), situation, now=now)  # type: ignore[arg-type]


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in November 2026 on New York's clocks."""
    return datetime(2026, 11, day, hour + 5, minute, tzinfo=UTC)


def test_no_answer_is_tried_again_in_another_part_of_the_day() -> None:
    step = _after("no_answer")

    assert step.due_at == _at(18, 17)  # four hours later is the evening; now was the afternoon
    assert step.says == "Next try today at 17:00 in New York. It is try 2 of 3."
    assert step.rest_until == NOW + timedelta(minutes=60)


def test_the_third_part_of_the_day_is_tried_before_one_twice() -> None:
    step = _after("no_answer", SECOND)  # morning and afternoon are tried

    assert step.due_at == _at(18, 17)


def test_retries_wait_for_the_call_hours() -> None:
    step = _after("no_answer", now=_at(18, 17, 30))

    assert step.due_at == _at(19, 10)


def test_the_third_miss_ends_the_calls() -> None:
    step = _after("no_answer", THIRD)

    assert (step.due_at, step.done_reason) == (None, "attempts_used")
    assert step.says == "That was try 3 of 3: Dana is not called again about this cart."


def test_five_days_after_the_first_try_the_calls_end() -> None:
    old = replace(SECOND, first_attempt_at=NOW - timedelta(days=4, hours=22))

    assert _after("left_voicemail", old).done_reason == "too_late"


def test_busy_rings_again_after_half_an_hour_once() -> None:
    once = _after("busy_failed")
    twice = _after("busy_failed", replace(SECOND, busy_before=True))

    assert (once.due_at, once.rest_until) == (NOW + timedelta(minutes=30),) * 2
    assert twice.due_at is not None
    assert twice.due_at >= NOW + timedelta(hours=4)


@pytest.mark.parametrize("outcome", ["left_voicemail", "link_sent", "support_issue"])
def test_a_day_passes_after_a_voicemail_a_link_or_a_support_case(outcome: str) -> None:
    assert _after(outcome, note="about the walnut").due_at == NOW + timedelta(hours=24)


def test_word_left_with_someone_is_followed_up_in_four_hours() -> None:
    assert _after("left_with_person").due_at == NOW + timedelta(hours=4)


def test_recovered_waits_two_hours_for_the_payment() -> None:
    step = _after("recovered_on_call")

    assert step.unpaid_look_at == NOW + timedelta(hours=2)
    assert step.due_at == NOW + timedelta(hours=24)
    assert "counts as Link sent" in step.says


def test_a_callback_is_due_at_its_time_and_nobody_rings_before() -> None:
    at = _at(19, 10)

    step = _after("callback", when=at)

    assert (step.due_at, step.callback_at, step.rest_until) == (at, at, at - timedelta(minutes=2))
    assert step.says.startswith("Tomorrow at 10:00 in New York Dana is at the top of your queue.")


def test_an_unanswered_callback_is_tried_after_10_and_60_minutes_and_then_no_more() -> None:
    asked = replace(FIRST, is_callback=True)

    steps = [_after("no_answer", replace(asked, callback_tries=n)) for n in range(3)]

    assert steps[0].due_at == NOW + timedelta(minutes=10)
    assert steps[1].due_at == NOW + timedelta(minutes=60)
    assert (steps[2].due_at, steps[2].done_reason) == (None, "callback_missed")
    assert [step.callback_at is not None for step in steps] == [True, True, False]


def test_a_busy_callback_is_not_kept_from_its_next_try() -> None:
    step = _after("busy_failed", replace(FIRST, is_callback=True))

    assert (step.due_at, step.rest_until) == (NOW + timedelta(minutes=10), NOW + timedelta(minutes=8))


def test_a_language_that_a_colleague_speaks_brings_them_the_cart() -> None:
    step = _after("language_barrier", replace(FIRST, spoken=frozenset({"es"})), language="es")

    assert (step.due_at, step.language) == (NOW + timedelta(minutes=60), "es")
    assert step.says.endswith("A colleague who speaks Spanish takes it.")


@pytest.mark.parametrize(("language", "mail"), [("de", "language"), ("es", ""), ("other", "")])
def test_a_language_that_nobody_speaks_ends_the_calls_with_an_email_where_we_write_it(language: str, mail: str) -> None:
    alone = replace(FIRST, spoken=frozenset(), written=frozenset({"en", "de"}), may_write=True)

    step = _after("language_barrier", alone, language=language)

    assert (step.due_at, step.done_reason, step.mail) == (None, "language_barrier", mail)


def test_a_note_goes_to_support_also_when_the_cart_was_paid_during_the_call() -> None:
    helped = replace(FIRST, support_to="help@example.com")

    steps = [_after("support_issue", each, note="x") for each in (helped, replace(helped, settled=True), FIRST)]

    assert [step.to_support for step in steps] == [True, True, False]
    assert steps[0].says.startswith("Your note goes to help@example.com a minute after saving.")


def test_the_owner_sets_how_often_one_cart_is_called() -> None:
    assert _after("no_answer", replace(THIRD, most_tries=6)).due_at is not None
    assert _after("no_answer", replace(FIRST, most_tries=1)).done_reason == "attempts_used"


@pytest.mark.parametrize("outcome", [code for code, each in DISPOSITIONS.items() if each.closes])
def test_closing_verdicts_leave_nothing_due(outcome: str) -> None:
    step = _after(outcome)

    assert step.due_at is None
    assert step.done_reason == outcome


def test_a_skip_is_no_attempt_and_comes_back_in_an_hour() -> None:
    step = _after("skip", skip_reason="no_time")

    assert not step.is_attempt
    assert step.due_at == NOW + timedelta(minutes=60)
    assert step.rest_until is None


def test_a_cart_settled_during_the_call_is_only_told_about() -> None:
    step = _after("no_answer", replace(FIRST, settled=True))

    assert step.due_at is None
    assert not step.is_attempt


@pytest.mark.parametrize("outcome", DISPOSITIONS)
@pytest.mark.parametrize("situation", [FIRST, SECOND, THIRD, replace(FIRST, first_name="")])
def test_every_verdict_says_what_happens_and_promises_no_message(outcome: str, situation: Situation) -> None:
    says = _after(outcome, situation, skip_reason="no_time").says

    assert says
    assert says[0].isupper()
    assert says.endswith(".")
    assert not re.search(r"\be-?mail", says, re.I)
    assert "!" not in says
