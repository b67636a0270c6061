"""Which email follows which verdict, and how the rep is told before saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.outcomes.next_step import Answers, NextStep, Situation, next_step
from sidecar.calls.window import Window
from sidecar.settings.notation import hours
from tests.factories import NOW

NEW_YORK = Window(("America/New_York",), "US", "NY", hours("Mon-Sun 10:00-19:00"))
FIRST = Situation("Dana", NEW_YORK, may_write=True)
LAST = replace(FIRST, attempts=2, first_attempt_at=NOW - timedelta(days=1))


def after(outcome: str, situation: Situation) -> NextStep:
    return next_step(Answers(outcome), situation, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "situation", "mail"),
    [
        ("left_voicemail", FIRST, "voicemail"),
        ("left_voicemail", LAST, "voicemail"),
        ("left_voicemail", replace(LAST, voicemail_left=True), "tried"),
        ("left_voicemail", replace(FIRST, voicemail_left=True), ""),
        ("no_answer", FIRST, ""),
        ("no_answer", LAST, "tried"),
        ("busy_failed", LAST, "tried"),
        ("left_with_person", LAST, "tried"),
        ("no_answer", replace(FIRST, attempts=1, first_attempt_at=NOW - timedelta(days=5)), "tried"),
        ("no_answer", replace(LAST, is_callback=True), ""),
        ("no_answer", replace(LAST, is_callback=True, callback_tries=2), "missed"),
        ("no_answer", replace(LAST, is_callback=True, callback_tries=2, writes_after_calls=False), "missed"),
        ("link_sent", replace(FIRST, link_is_out=True), ""),
        ("language_barrier", LAST, ""),
        ("wrong_number", LAST, "wrong-number"),
        ("wrong_number", replace(LAST, writes_after_calls=False), ""),
        ("link_sent", FIRST, "pay-link"),
        ("link_sent", LAST, "pay-link"),
        ("not_interested", LAST, ""),
        ("left_voicemail", replace(FIRST, writes_after_calls=False), ""),
        ("no_answer", replace(LAST, writes_after_calls=False), ""),
        ("link_sent", replace(FIRST, writes_after_calls=False), "pay-link"),
        ("left_voicemail", replace(FIRST, settled=True), ""),
    ],
)
def test_the_email_that_follows(outcome: str, situation: Situation, mail: str) -> None:
    step = after(outcome, situation)
    assert step.mail == mail
    assert ("a minute after saving" in step.says) == bool(mail)


@pytest.mark.parametrize("outcome", DISPOSITIONS)
@pytest.mark.parametrize("situation", [FIRST, LAST])
def test_nothing_is_promised_where_nobody_may_write(outcome: str, situation: Situation) -> None:
    step = after(outcome, replace(situation, may_write=False, why_not="Emails to Germany need consent."))
    assert step.mail == ""
    assert "a minute after saving" not in step.says
    assert ("not sent by email. Emails to Germany need consent." in step.says) == (outcome == "link_sent")
