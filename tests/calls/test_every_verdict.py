"""What must hold for every verdict in every situation, whoever the customer is and whenever the call was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES
from sidecar.calls.outcomes.follow_up import KINDS
from sidecar.calls.outcomes.next_step import ATTEMPTS_WITHIN, REST, Answers, NextStep, Situation, next_step
from sidecar.calls.window import Window
from sidecar.settings.notation import hours

PLACES = (
    ("America/New_York", "US", "NY"),
    ("America/Los_Angeles", "US", "CA"),
    ("Europe/Berlin", "DE", ""),
    ("Europe/London", "GB", ""),
    ("Asia/Kolkata", "IN", ""),
    ("Australia/Sydney", "AU", "NSW"),
)
HOURS = ("Mon-Sun 10:00-19:00", "Mon-Fri 09:00-17:00", "Tue-Tue 11:00-12:00", "Sat-Sun 08:00-20:00")
EVERY = [Window((zone,), country, region, hours(said)) for (zone, country, region), said in product(PLACES, HOURS)]
# Where the law leaves nothing of the owner's hours (weekends only, and the country forbids weekends), nobody is called.
WINDOWS = [window for window in EVERY if window.may(window.next(datetime(2026, 1, 5, tzinfo=UTC)))]
MINUTES_OF_A_YEAR = 365 * 24 * 60
UNREACHED = ("no_answer", "busy_failed", "left_voicemail", "left_with_person")
# A busy machine is no finding.
ANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PARTS = st.lists(st.sampled_from(["morning", "afternoon", "evening"]), max_size=5).map(tuple)
SOME_LANGUAGES = st.frozensets(st.sampled_from(sorted(LANGUAGES)), max_size=3)
NOWS = st.integers(0, MINUTES_OF_A_YEAR).map(lambda at: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=at))


@st.composite
def situations(draw: st.DrawFn, now: datetime) -> Situation:
    """Any task as it may stand when a rep decides at `now`."""
    attempts = draw(st.integers(0, 6))
    return Situation(
        first_name=draw(st.sampled_from(["Dana", "", "Łucja"])),
        window=draw(st.sampled_from(WINDOWS)),
        attempts=attempts,
        first_attempt_at=now - timedelta(minutes=draw(st.integers(1, 10_000))) if attempts else None,
        tried_parts=draw(PARTS),
        busy_before=draw(st.booleans()),
        is_callback=draw(st.booleans()),
        callback_tries=draw(st.integers(0, 3)),
        settled=draw(st.booleans()),
        voicemail_left=draw(st.booleans()),
        may_write=draw(st.booleans()),
        why_not=draw(st.sampled_from(["", "There is no email address to write to."])),
        writes_after_calls=draw(st.booleans()),
        most_tries=draw(st.integers(1, 6)),
        link_is_out=draw(st.booleans()),
        support_to=draw(st.sampled_from(["", "help@example.com"])),
        spoken=draw(st.none() | SOME_LANGUAGES),
        written=draw(SOME_LANGUAGES),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> tuple[Answers, Situation, NextStep, datetime]:
    """A verdict with its plan. A callback is agreed inside the hours, as the form sees to."""
    now = draw(NOWS)
    situation = draw(situations(now))
    when = situation.window.next(now + timedelta(minutes=draw(st.integers(1, 30 * 24 * 60))))
    outcome = draw(st.sampled_from(sorted(DISPOSITIONS)))
    answers = Answers(
        outcome,
        when=when if outcome == "callback" else None,
        language=draw(st.sampled_from(sorted(LANGUAGES))) if outcome == "language_barrier" else "",
        scope=draw(st.sampled_from(["calls", "all"])),
    )
    return answers, situation, next_step(answers, situation, now=now), now


@given(verdicts())
@ANY
def test_every_next_call_is_inside_the_hours_and_after_now(one: tuple[Answers, Situation, NextStep, datetime]) -> None:
    _, situation, step, now = one
    if step.due_at is not None:
        assert step.due_at > now
        assert situation.window.may(step.due_at)
        assert step.rest_until is None or step.rest_until <= step.due_at


@given(verdicts())
@ANY
def test_nobody_is_called_unasked_more_often_than_the_owner_allows(
    one: tuple[Answers, Situation, NextStep, datetime],
) -> None:
    answers, situation, step, now = one
    unasked = step.due_at is not None and step.callback_at is None and step.is_attempt
    if unasked and step.unpaid_look_at is None:
        assert situation.attempts + 1 < situation.most_tries
        assert step.due_at is not None
        assert step.due_at >= now + REST or answers.outcome == "busy_failed"
        if answers.outcome in UNREACHED:
            assert step.due_at <= (situation.first_attempt_at or now) + ATTEMPTS_WITHIN
    if step.unpaid_look_at is not None:  # the task is open only for the payment, and a look at it comes first
        assert step.due_at is not None
        assert now < step.unpaid_look_at < step.due_at


@given(verdicts())
@ANY
def test_a_call_that_was_asked_for_is_tried_twice_more_at_most(
    one: tuple[Answers, Situation, NextStep, datetime],
) -> None:
    answers, situation, step, _ = one
    if answers.outcome in UNREACHED and situation.is_callback and not situation.settled:
        assert (step.due_at is None) == (situation.callback_tries >= 2)
        assert step.callback_tries == situation.callback_tries + 1 or step.due_at is None
        assert step.done_reason == (None if step.due_at else "callback_missed")


@given(verdicts())
@ANY
def test_no_message_without_permission_and_none_against_the_owners_switch(
    one: tuple[Answers, Situation, NextStep, datetime],
) -> None:
    answers, situation, step, _ = one
    assert step.mail in ("", *KINDS)
    if step.mail:
        assert situation.may_write
        assert not situation.settled
        assert situation.writes_after_calls or step.mail in ("pay-link", "missed")
        assert answers.outcome not in ("do_not_call", "not_interested", "already_bought", "skip", "callback")
        assert "a minute after saving" in step.says
    if step.mail == "language":
        assert answers.language in situation.written
    if step.to_support:
        assert answers.outcome == "support_issue"
        assert situation.support_to
        assert situation.support_to in step.says


@given(verdicts())
@ANY
def test_a_task_either_waits_or_has_ended_for_a_reason_and_says_so(
    one: tuple[Answers, Situation, NextStep, datetime],
) -> None:
    answers, situation, step, _ = one
    assert (step.due_at is None) == (step.done_reason is not None)
    assert step.says.endswith(".")
    assert "None" not in step.says
    if DISPOSITIONS[answers.outcome].closes and not situation.settled:
        assert step.done_reason == answers.outcome
    if step.language:
        assert step.due_at is not None
        assert situation.spoken is not None
        assert step.language in situation.spoken
