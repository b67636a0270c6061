"""The clock of this computer is trusted only while it goes as time goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar import clock, timekeeping
from sidecar.audit import AuditEntry
from sidecar.clock import Steady
from sidecar.db import session, transaction
from tests.factories import NOW

HOUR = timedelta(hours=1)
BEGIN = Steady("a", 1000.0)


def after(seconds: float, boot: str = "a") -> Steady:
    return Steady(boot, 1000.0 + seconds)


def look(steady: Steady, now) -> str | None:
    with transaction():
        return timekeeping.check(steady, now=now)


@pytest.mark.parametrize(
    ("shown", "steady", "says"),
    [
        (timedelta(seconds=60), after(60), None),
        (timedelta(hours=26), after(26 * 3600), None),  # asleep or out of work for a day: the steady clock went on
        (timedelta(minutes=4), after(0), None),  # put right by a time server
        (timedelta(minutes=-4), after(0), None),
        (timedelta(minutes=6), after(0), "forward by 6 minutes"),
        (timedelta(hours=-1), after(10), "back by 60 minutes"),
        (timedelta(days=1), after(10), "forward by 24 hours"),
        (timedelta(days=30), after(10), "forward by 30 days"),
        (timedelta(hours=8), after(0, "b"), None),  # the computer was off for eight hours
        (timedelta(hours=-3), after(0, "b"), "back by 3 hours"),
        (timedelta(hours=-3), after(0, ""), "back by 3 hours"),
    ],
)
def test_a_clock_is_compared_with_the_time_that_really_passed(shown, steady, says):
    found = timekeeping.judge(NOW, BEGIN, steady, now=NOW + shown)
    assert (found is None) is (says is None)
    assert says is None or says in (found or "")


def test_a_clock_that_was_set_stays_in_doubt_until_it_is_right_again(app):
    assert look(BEGIN, NOW) is None
    assert look(after(30), NOW + timedelta(seconds=30)) is None
    assert look(after(40), NOW + 24 * HOUR) is not None
    assert look(after(60), NOW + 24 * HOUR) is not None
    assert timekeeping.doubt() is not None
    assert look(after(70), NOW + timedelta(seconds=70)) is None
    assert timekeeping.doubt() is None


def test_a_person_may_say_that_the_clock_is_right_as_it_is_now(app):
    look(BEGIN, NOW)
    with transaction():
        assert not timekeeping.confirm(after(5), by="owner@example.com", now=NOW)
    look(after(10), NOW + 24 * HOUR)
    with transaction():
        assert timekeeping.confirm(after(20), by="owner@example.com", now=NOW + 24 * HOUR)
    assert look(after(30), NOW + 24 * HOUR + timedelta(seconds=10)) is None
    assert session().scalars(select(AuditEntry.action)).all() == ["confirm clock"]


def test_the_mark_is_not_written_on_every_look(app):
    look(BEGIN, NOW)
    look(after(5), NOW + timedelta(seconds=5))
    mark = session().get(timekeeping.ClockMark, 1)
    assert mark is not None
    assert mark.shown_at == NOW


def test_the_steady_clock_counts_on_and_names_its_start():
    first, second = clock.steady(), clock.steady()
    assert first.boot == second.boot != ""
    assert 0 <= second.seconds - first.seconds < 60
