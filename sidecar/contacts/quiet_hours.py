"""When a customer may be called: pure functions of zones, place, the owner's hours and a moment.

Windows are UTC intervals computed per local date (never local times with durations added: days have 23 to 25 hours),
half-open, and nothing starts in their last 15 minutes. With several candidate zones all must be open at once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sidecar.contacts.country_rules import rule_of
from sidecar.contacts.permission import Permission
from sidecar.settings.notation import Hours

EDGE = timedelta(minutes=15)  # reference/safety.md D2
_AHEAD = 14  # days looked ahead: longer than any row of closed days

Interval = tuple[datetime, datetime]


def next_call_time(zones: Sequence[str], country: str, region: str, hours: Hours, *, at: datetime) -> datetime | None:
    """The first moment from `at` on (UTC) in which a call may start; None when there is none within two weeks."""
    for start, end in open_intervals(zones, country, region, hours, at=at, days=_AHEAD):
        if end > at:
            return max(start, at)
    return None


def may_call_at(zones: Sequence[str], country: str, region: str, hours: Hours, *, at: datetime) -> Permission:
    """Whether a call may start at that very moment, with the rule that decided."""
    rule = rule_of(country, region).rule
    if not zones:
        return Permission(False, "no_zone", "The customer's time zone is unknown, so nobody calls.", rule)
    until = open_until(zones, country, region, hours, at=at)
    if until is None:
        return Permission(False, "outside_hours", "It is outside call hours where the customer is.", rule)
    return Permission(True, "inside_hours", "It is inside call hours where the customer is.", rule)


def open_until(zones: Sequence[str], country: str, region: str, hours: Hours, *, at: datetime) -> datetime | None:
    """When calls have to stop starting (UTC), if one may start at `at`; else None."""
    for start, end in open_intervals(zones, country, region, hours, at=at, days=1):
        if start <= at < end:
            return end
    return None


def open_intervals(
    zones: Sequence[str], country: str, region: str, hours: Hours, *, at: datetime, days: int
) -> Iterable[Interval]:
    """The UTC intervals, in order, in which a call may start, from the day before `at` to `days` after."""
    if not zones:
        return
    first = at.astimezone(UTC).date() - timedelta(days=1)
    # Local dates run up to a day ahead of and behind UTC, so each zone offers neighbouring dates too.
    for offset in range(days + 2):
        day = first + timedelta(days=offset)
        common = _zone_intervals(zones[0], country, region, hours, day)
        for zone in zones[1:]:
            near = (day - timedelta(days=1), day, day + timedelta(days=1))
            others = [span for each in near for span in _zone_intervals(zone, country, region, hours, each)]
            common = _overlaps(common, others)
        yield from common


@functools.lru_cache(maxsize=16384)
def _zone_intervals(zone: str, country: str, region: str, hours: Hours, day: date) -> tuple[Interval, ...]:
    if day.weekday() not in hours.days:
        return ()
    place = ZoneInfo(zone)
    found = []
    for start, end in rule_of(country, region).spans_on(day):
        opens = _utc(day, max(start, hours.start), place)
        closes = _utc(day, min(end, hours.end), place) - EDGE
        if opens < closes:
            found.append((opens, closes))
    return tuple(found)


def _utc(day: date, at: time, place: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=place).astimezone(UTC)


def _overlaps(ours: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    pairs = ((max(a, c), min(b, d)) for a, b in ours for c, d in others)
    return tuple(sorted((start, end) for start, end in pairs if start < end))
