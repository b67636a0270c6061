"""When a message may leave: as a table, and as rules that hold for whatever times there are."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sidecar.outreach.sequences import schedule
from sidecar.outreach.sequences.sequence import REMINDER, step_called, steps_as_set
from sidecar.settings import Settings
from sidecar.settings.together import APART
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST = timedelta(minutes=45)
STEPS = steps_as_set(REMINDER, Settings())
KEYS = [step.key for step in STEPS]

waits = some.integers(15, 7 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
moments = some.integers(-30 * 24 * 60, 30 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


def steps_after(first: timedelta, second: timedelta, third: timedelta):
    """The reminder with waits that nobody checked, as an older version may have stored them."""
    values = dict(Settings()) | {
        "outreach.first_after": first,
        "outreach.second_after": second,
        "outreach.third_after": third,
    }
    return steps_as_set(REMINDER, values)


def test_the_first_reminder_is_due_45_minutes_after_the_customer_left_and_dies_after_7_days() -> None:
    assert schedule.due_at(step_called("reminder-1"), NOW, FIRST) == NOW + FIRST
    assert schedule.not_after(NOW) == NOW + timedelta(days=7)


def test_the_others_are_due_after_24_and_72_hours() -> None:
    found = schedule.times(STEPS, NOW, FIRST, left={})
    assert [at - NOW for at in found.values()] == [FIRST, 24 * HOUR, 72 * HOUR]


def test_when_the_first_left_late_the_others_move_by_as_much() -> None:
    found = schedule.times(STEPS, NOW, FIRST, left={"reminder-1": NOW + FIRST + 30 * HOUR})
    assert [found[key] - NOW for key in KEYS[1:]] == [54 * HOUR, 102 * HOUR]


def test_a_step_that_was_left_out_does_not_bring_the_next_one_nearer() -> None:
    found = schedule.times(STEPS, NOW, FIRST, left={"reminder-1": NOW + FIRST})
    assert found["reminder-3"] == NOW + 72 * HOUR


@given(moments, waits, waits, waits, some.dictionaries(some.sampled_from(KEYS), moments))
def test_steps_come_in_order_and_never_within_12_hours_of_each_other(
    left_at: datetime, first: timedelta, second: timedelta, third: timedelta, left: dict[str, datetime]
) -> None:
    found = schedule.times(steps_after(first, second, third), left_at, first, left=left)
    assert list(found) == KEYS
    assert all(later - earlier >= APART for earlier, later in pairwise(found.values()))


@given(moments, waits, waits, waits, some.dictionaries(some.sampled_from(KEYS), moments, min_size=1))
def test_no_step_comes_within_12_hours_of_one_before_it_that_left(
    left_at: datetime, first: timedelta, second: timedelta, third: timedelta, left: dict[str, datetime]
) -> None:
    found = schedule.times(steps_after(first, second, third), left_at, first, left=left)
    last = max(KEYS.index(key) for key in left)
    assert all(found[key] >= left[KEYS[last]] + APART for key in KEYS[last + 1 :])


@given(moments, waits, moments)
def test_no_step_comes_sooner_than_its_wait_after_the_customer_left(
    left_at: datetime, first: timedelta, gone: datetime
) -> None:
    steps = steps_after(first, first + 12 * HOUR, first + 24 * HOUR)
    found = schedule.times(steps, left_at, first, left={"reminder-1": gone})
    assert all(found[step.key] >= schedule.due_at(step, left_at, first) for step in steps)


@given(some.lists(moments, unique=True), moments)
def test_of_many_steps_whose_time_has_come_only_the_latest_is_left(times: list[datetime], now: datetime) -> None:
    due = {str(number): at for number, at in enumerate(sorted(times))}
    passed = schedule.overtaken(due, now=now)
    come = [key for key, at in due.items() if at <= now]
    assert len(come) - len(passed) == (1 if come else 0)
    assert not come or come[-1] not in passed


@pytest.mark.parametrize(
    ("ago", "following", "stale"),
    [
        (8 * HOUR, 15 * HOUR, True),
        (4 * HOUR, 15 * HOUR, False),
        (4 * HOUR + MINUTE, 15 * HOUR, True),
        (8 * HOUR, None, False),  # the last one is still of use, up to seven days
        (MINUTE, HOUR, False),
    ],
)
def test_after_an_outage_a_step_is_left_to_the_next_one(
    ago: timedelta, following: timedelta | None, stale: bool
) -> None:
    assert schedule.is_stale(NOW - ago, NOW + following if following else None, now=NOW) is stale


@pytest.mark.parametrize(
    ("cart", "person", "code", "until"),
    [
        ([], [], None, None),
        ([], [-13 * HOUR], None, None),
        ([], [-12 * HOUR], None, None),
        ([], [-12 * HOUR + timedelta(seconds=1)], "too_close", timedelta(seconds=1)),
        ([], [-40 * DAY, -11 * HOUR], "too_close", HOUR),
        ([], [5 * HOUR], "too_close", 17 * HOUR),  # the clock was set back: what has left has left
        ([-3 * DAY, -2 * DAY, -1 * DAY], [-3 * DAY, -2 * DAY, -1 * DAY], "cap_cart", None),
        ([], [-29 * DAY, -20 * DAY, -10 * DAY, -5 * DAY], "cap_person", None),
        ([], [-30 * DAY, -20 * DAY, -10 * DAY, -5 * DAY], None, None),
    ],
)
def test_caps(cart: list[timedelta], person: list[timedelta], code: str | None, until: timedelta | None) -> None:
    found = schedule.cap([NOW + ago for ago in cart], [NOW + ago for ago in person], now=NOW)
    assert (found.code if found else None) == code
    assert (found.until if found else None) == (NOW + until if until is not None else None)


@given(some.lists(moments), some.lists(moments))
def test_whatever_was_sent_nobody_gets_a_fourth_about_a_cart_or_a_fifth_in_30_days(
    cart: list[datetime], others: list[datetime]
) -> None:
    found = schedule.cap(cart, cart + others, now=NOW)
    recent = [at for at in cart + others if at > NOW - timedelta(days=30)]
    if found is None:
        assert len(cart) < 3
        assert len(recent) < 4
        assert all(at + APART <= NOW for at in recent)
    elif found.until is not None:
        assert found.until > NOW


def test_waits_between_tries_grow_and_then_stay() -> None:
    found = [(schedule.next_try(n, now=NOW) - NOW).total_seconds() / 60 for n in range(8)]
    assert found == [1, 1, 5, 15, 60, 240, 240, 240]
