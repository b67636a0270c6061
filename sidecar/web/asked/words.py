"""Days, times and places on the page for calls, in the customer's own time and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sidecar.calls.requests.times import HALF
from sidecar.contacts.local_time import place
from sidecar.contacts.zones import is_zone
from sidecar.outreach.letters.language import Language

# One town for each offset that people live by, and a few more where many do.
_TOWNS = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver",
    "America/Chicago", "America/Mexico_City", "America/Bogota", "America/New_York", "America/Toronto",
    "America/Halifax", "America/Santiago", "America/St_Johns", "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires", "Atlantic/Azores", "Europe/Lisbon", "Europe/London", "Europe/Dublin",
    "Africa/Lagos", "Europe/Madrid", "Europe/Paris", "Europe/Amsterdam", "Europe/Rome", "Europe/Berlin",
    "Europe/Vienna", "Europe/Zurich", "Europe/Warsaw", "Europe/Stockholm", "Europe/Athens", "Europe/Helsinki",
    "Africa/Cairo", "Africa/Johannesburg", "Europe/Istanbul", "Africa/Nairobi", "Asia/Dubai", "Asia/Karachi",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai", "Asia/Singapore",
    "Australia/Perth", "Asia/Tokyo", "Asia/Seoul", "Australia/Adelaide", "Australia/Darwin",
    "Australia/Brisbane", "Australia/Sydney", "Australia/Hobart", "Pacific/Guam", "Pacific/Auckland",
    "Pacific/Pago_Pago",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Time:
    """One half-hour to choose: what the form sends, and the time on the customer's clock."""

    value: str
    clock: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its times: "Today, Tuesday 24 November"."""

    name: str
    times: list[Time]


def days(choices: Sequence[datetime], zone: str, language: Language, *, now: datetime) -> list[Day]:
    """The half-hours by the customer's days."""
    where = ZoneInfo(zone)
    by_day = groupby(choices, key=lambda at: at.astimezone(where).date())
    found = [list(moments) for _, moments in by_day]
    return [
        Day(day_name(one[0], zone, language, now=now), [Time(at.isoformat(), clock_of(at, zone)) for at in one])
        for one in found
    ]


def day_name(at: datetime, zone: str, language: Language, *, now: datetime) -> str:
    """The day of a moment with its weekday, and whether it is today or tomorrow."""
    said, where = words(language), ZoneInfo(zone)
    on, today = at.astimezone(where).date(), now.astimezone(where).date()
    name = said["date"].format(weekday=language.words["ask"]["weekdays"][on.weekday()], day=language.day(on))
    near = {0: "today", 1: "tomorrow"}.get((on - today).days)
    return said[near].format(day=name) if near else name


def span(at: datetime, zone: str, language: Language) -> str:
    """The half-hour that begins then: "15:00 to 15:30"."""
    return words(language)["clock"].format(begin=clock_of(at, zone), end=clock_of(at + HALF, zone))


def zone_name(zone: str, *, now: datetime) -> str:
    """A zone as people know it: "Madrid (GMT+1)"."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "" if not minutes else "+" if minutes > 0 else "−"
    gmt = f"GMT{sign}{hours or ''}{f':{rest:02}' if rest else ''}"
    return f"{place(zone)} ({gmt})" if place(zone) else gmt


def zone_choices(shown: str, *, now: datetime) -> list[tuple[str, str]]:
    """The zones to choose from, from west to east, with the one that is shown."""
    found = {zone for zone in (*_TOWNS, shown) if is_zone(zone)}
    offsets = {zone: now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0) for zone in found}
    ordered = sorted(found, key=lambda zone: (offsets[zone], place(zone)))
    return [(zone, zone_name(zone, now=now)) for zone in ordered]


def words(language: Language) -> Mapping[str, str]:
    """The sentences of these pages."""
    found: Mapping[str, str] = language.words["ask"]
    return found


def masked(number: str) -> str:
    """A number by its last three digits, for whoever knows it: "•••• 012"."""
    return f"•••• {number[-3:]}"


def clock_of(at: datetime, zone: str) -> str:
    """The time on a clock there: "15:00"."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
