"""Every time zone there is, over three years: nobody is called or texted outside the hours, to the second.

The hours are computed from wall clocks to UTC. Here they are held against the other direction: between two changes of
a zone's offset the wall clock is UTC plus a constant, so each interval, cut at those changes, is checked whole, not by
samples. Zones that keep the same time for all of the three years are checked once. Source: reference/safety.md E1, 28.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from sidecar.contacts.country_rules import UNCERTAIN, rule_of
from sidecar.contacts.quiet_hours import EDGE, may_call_at, open_intervals
from sidecar.contacts.zones import billing_zones
from sidecar.settings.notation import hours

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
DAYS = (END - BEGIN).days
HOURS = hours("Mon-Sun 08:00-20:00")  # as wide as an owner may set them: the places' rules have the say
PLACES = (("US", "NY"), ("US", "AL"), ("US", ""), ("CA", "ON"), ("AU", "NSW"), ("FR", ""), ("DE", ""), (UNCERTAIN, ""))
MINUTE = timedelta(minutes=1)

Piece = tuple[datetime, datetime, timedelta]  # from, until, offset of the wall clock


@cache
def pieces(zone: str) -> tuple[Piece, ...]:
    """The stretches in which the zone's offset stays the same."""
    place, found, start = ZoneInfo(zone), [], BEGIN - timedelta(days=3)
    last = END + timedelta(days=3)
    offset, at = start.astimezone(place).utcoffset(), start
    while at < last:
        later = at + timedelta(hours=12)
        if later.astimezone(place).utcoffset() != offset:
            change = _change(place, at, later)
            found.append((start, change, offset or timedelta(0)))
            start, offset = change, change.astimezone(place).utcoffset()
        at = later
    return (*found, (start, last, offset or timedelta(0)))


def _change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first minute with the offset of `after`."""
    first = before.astimezone(place).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) / 2
        middle -= timedelta(seconds=middle.second, microseconds=middle.microsecond)
        if middle.astimezone(place).utcoffset() == first:
            before = middle
        else:
            after = middle
    return after


def kept_alike() -> list[str]:
    """One zone for each way of keeping time in these years."""
    ways: dict[tuple[Piece, ...], str] = {}
    for zone in sorted(available_timezones()):
        ways.setdefault(pieces(zone), zone)
    return list(ways.values())


def on_the_wall(zone: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The interval as wall clocks show it, without zone, cut where the offset changes."""
    for since, until, offset in pieces(zone):
        first, last = max(start, since), min(end, until)
        if first < last:
            yield (first + offset).replace(tzinfo=None), (last + offset).replace(tzinfo=None)


def allowed_on(country: str, region: str, day: date) -> list[tuple[datetime, datetime]]:
    """When calls may start on a date, by the wall clock."""
    return [
        (datetime.combine(day, max(opens, HOURS.start)), datetime.combine(day, min(closes, HOURS.end)) - EDGE)
        for opens, closes in rule_of(country, region).spans_on(day)
    ]


def check(zone: str, country: str, region: str) -> timedelta:
    """Holds every interval of the three years against the wall clock; how long is open in all."""
    found = list(open_intervals((zone,), country, region, HOURS, at=BEGIN, days=DAYS))
    assert found == sorted(found)
    length = timedelta(0)
    for start, end in found:
        length += end - start
        for first, last in on_the_wall(zone, start, end):
            spans = allowed_on(country, region, first.date())
            assert any(opens <= first and last <= closes for opens, closes in spans), (zone, country, start, end)
    return length


def opens_in_all(country: str, region: str) -> timedelta:
    """How long is open by the wall clock, from the day before BEGIN to the last day that is asked for."""
    length, first = timedelta(0), BEGIN.date() - timedelta(days=1)
    for number in range(DAYS + 2):
        length += sum((end - start for start, end in allowed_on(country, region, first + timedelta(days=number))),
                      timedelta(0))  # fmt: skip
    return length


def test_no_zone_has_hours_outside_the_windows_in_three_years():
    zones = kept_alike()
    assert len(available_timezones()) > 550
    assert len(zones) > 60
    for country, region in (("US", "NY"), ("FR", "")):
        expected = opens_in_all(country, region)
        for zone in zones:
            assert check(zone, country, region) == expected, zone


@pytest.mark.parametrize(("country", "region"), PLACES)
def test_every_place_keeps_its_own_rules_in_its_own_zones(country: str, region: str):
    own = billing_zones(country, "") or ("America/Los_Angeles", "Europe/Berlin")
    for zone in {pieces(zone): zone for zone in own}.values():
        assert check(zone, country, region) == opens_in_all(country, region)


def test_around_every_change_of_clocks_each_edge_is_kept_to_the_second():
    """Asked directly, a second before and after each edge, two days around every change in the three years."""
    edges, second = 0, timedelta(seconds=1)
    for zone in kept_alike():
        for change in [until for _, until, _ in pieces(zone)[:-1]]:
            for start, end in open_intervals((zone,), "US", "NY", HOURS, at=change - timedelta(days=1), days=2):
                asked = [may_call_at((zone,), "US", "NY", HOURS, at=at).allowed for at in (start, end - second)]
                beside = [may_call_at((zone,), "US", "NY", HOURS, at=at).allowed for at in (start - second, end)]
                assert (asked, beside) == ([True, True], [False, False]), (zone, start, end)
                edges += 4
    assert edges > 2000


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),  # 01:30 for the second time
        ("America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),  # 02:00 is 03:00
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 0, tzinfo=UTC)),  # half an hour back
        ("Asia/Kathmandu", datetime(2026, 6, 1, 0, 0, tzinfo=UTC)),  # a quarter of an hour off
        ("Pacific/Apia", datetime(2026, 6, 1, 0, 0, tzinfo=UTC)),  # a day ahead
    ],
)
def test_days_with_a_fold_a_gap_or_an_odd_offset_open_on_time(zone: str, night: datetime):
    place = ZoneInfo(zone)
    (start, end) = next(span for span in open_intervals((zone,), "CA", "", HOURS, at=night, days=2) if span[0] > night)
    assert start.astimezone(place).time() in (time(9), time(10))
    assert (end + EDGE).astimezone(place).time() in (time(18), time(20))


def test_every_moment_of_a_quarter_of_an_hour_agrees_in_zones_that_are_hard(zone_of_hard_days: str):
    """Every 15 minutes of the three years, asked as a sender asks."""
    zone, place = zone_of_hard_days, ZoneInfo(zone_of_hard_days)
    for number in range(DAYS * 96 // 7):  # each week at another quarter of the day, so that all are met
        at = BEGIN + timedelta(minutes=15 * 7 * number)
        local = at.astimezone(place).replace(tzinfo=None)
        expected = any(start <= local < end for start, end in allowed_on("US", "NY", local.date()))
        assert may_call_at((zone,), "US", "NY", HOURS, at=at).allowed is expected, at


@pytest.fixture(params=["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"])
def zone_of_hard_days(request: pytest.FixtureRequest) -> str:
    """Zones with folds, quarter and half hours, and changes that follow the moon."""
    return str(request.param)
