"""When a message may leave, as a table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.outreach import schedule
from sidecar.outreach.sequence import step_called
from tests.factories import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_the_first_reminder_is_due_45_minutes_after_the_customer_left_and_dies_after_7_days():
    assert schedule.due_at(step_called("reminder-1"), NOW, timedelta(minutes=45)) == NOW + timedelta(minutes=45)
    assert schedule.not_after(NOW) == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("cart", "person", "code", "until"),
    [
        ([], [], None, None),
        ([], [-13 * HOUR], None, None),
        ([], [-12 * HOUR], None, None),
        ([], [-12 * HOUR + timedelta(seconds=1)], "too_close", timedelta(seconds=1)),
        ([], [-40 * DAY, -11 * HOUR], "too_close", HOUR),
        ([-3 * DAY, -2 * DAY, -1 * DAY], [-3 * DAY, -2 * DAY, -1 * DAY], "cap_cart", None),
        ([], [-29 * DAY, -20 * DAY, -10 * DAY, -5 * DAY], "cap_person", None),
        ([], [-30 * DAY, -20 * DAY, -10 * DAY, -5 * DAY], None, None),
    ],
)
def test_caps(cart: list[timedelta], person: list[timedelta], code: str | None, until: timedelta | None):
    found = schedule.cap([NOW + ago for ago in cart], [NOW + ago for ago in person], now=NOW)
    assert (found.code if found else None) == code
    assert (found.until if found else None) == (NOW + until if until is not None else None)


def test_waits_between_tries_grow_and_then_stay():
    waits = [(schedule.next_try(n, now=NOW) - NOW).total_seconds() / 60 for n in range(8)]
    assert waits == [1, 1, 5, 15, 60, 240, 240, 240]
