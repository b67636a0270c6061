from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sidecar import accounts
from sidecar.accounts import User
from sidecar.accounts.hours import next_start, spans, works_at
from sidecar.settings.notation import Hours
from tests.cast import OTHER_REP, OWNER, REP, VIEWER
from tests.factories import NOW, make_user

BERLIN = "Europe/Berlin"
SHOP = Hours(frozenset({0, 1, 2, 3, 4}), time(9), time(18))


def _user(**known: object) -> User:
    return User(**{"email": REP, "role": "rep", "time_zone": "", "hours": {}, "created_at": NOW} | known)


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 18, hour, minute, tzinfo=UTC)  # a Wednesday; Berlin is an hour ahead


def test_hours_are_read_in_the_stores_zone_and_end_before_their_last_minute() -> None:
    sam = _user(hours={"2": [["09:00", "12:00"], ["13:00", "17:00"]]})
    assert spans(sam, date(2026, 11, 18), BERLIN) == [(_at(8), _at(11)), (_at(12), _at(16))]
    assert [works_at(sam, moment, BERLIN) for moment in (_at(7, 59), _at(8), _at(11), _at(12), _at(16))] == [
        False, True, False, True, False,
    ]  # fmt: skip


def test_own_time_zone_goes_before_the_stores() -> None:
    sam = _user(hours={"2": [["09:00", "17:00"]]}, time_zone="America/New_York")
    assert spans(sam, date(2026, 11, 18), BERLIN) == [(_at(14), _at(22))]
    assert not works_at(sam, _at(9), BERLIN)


def test_their_weekday_counts_not_the_stores() -> None:
    thursday_there = _user(hours={"3": [["09:00", "17:00"]]}, time_zone="Pacific/Auckland")
    assert works_at(thursday_there, _at(21), BERLIN)  # 10:00 on Thursday there, 22:00 on Wednesday here


def test_without_hours_of_their_own_the_shops_call_hours_count() -> None:
    sam = _user()
    assert spans(sam, date(2026, 11, 18), BERLIN, shop=SHOP) == [(_at(8), _at(17))]
    assert spans(sam, date(2026, 11, 22), BERLIN, shop=SHOP) == []
    assert works_at(sam, _at(18), BERLIN)
    assert not works_at(sam, _at(18), BERLIN, shop=SHOP)


def test_day_without_hours_is_a_day_off_and_the_next_start_is_found() -> None:
    sam = _user(hours={"2": [["09:00", "17:00"]]})
    assert spans(sam, date(2026, 11, 19), BERLIN) == []
    assert next_start(sam, _at(20), BERLIN) == _at(8) + timedelta(days=7)
    assert next_start(sam, _at(9), BERLIN) == _at(9)
    assert next_start(_user(hours={"9": []}), _at(9), BERLIN) is None


def test_days_on_which_clocks_change_are_as_long_as_they_are() -> None:
    sam = _user(hours={"6": [["00:00", "24:00"]]})
    (long,), (short,) = (spans(sam, day, BERLIN) for day in (date(2026, 10, 25), date(2026, 3, 29)))
    assert (long[1] - long[0], short[1] - short[0]) == (timedelta(hours=25), timedelta(hours=23))


def test_reps_are_those_who_may_call_and_are_not_disabled(app) -> None:
    make_user(OWNER, "owner")
    make_user(VIEWER, "viewer")
    sam, ana = make_user(REP), make_user(OTHER_REP)
    accounts.disable_user(ana, now=NOW, by=OWNER)
    sam.paused_at = NOW
    assert {user.email for user in accounts.reps()} == {OWNER, REP}
