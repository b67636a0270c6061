"""Moments and spans in words, in a person's own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def day(at: datetime, zone: str, *, now: datetime) -> str:
    """The day of a moment as seen from `now`: today, tomorrow, yesterday, Thu, 28 Nov, 28 Nov 2025."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (local.date() - today.date()).days
    if days in (-1, 0, 1):
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    if abs(days) < 7:
        return f"{local:%a}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def clock_time(at: datetime, zone: str) -> str:
    """The time on a clock there: "15:28"."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def day_and_time(at: datetime, zone: str, *, now: datetime, short: bool = False) -> str:
    """As said in a sentence: "at 15:30", "tomorrow at 10:00", "on Thu at 10:00"; short: "15:30", "Thu 10:00"."""
    when, name = clock_time(at, zone), day(at, zone, now=now)
    if name == "today":
        return when if short else f"at {when}"
    if short:
        return f"{name} {when}"
    return f"{name} at {when}" if name in ("tomorrow", "yesterday") else f"on {name} at {when}"


def span(length: timedelta) -> str:
    """A length of time in one unit, rounded down: "42 min", "26 h", "3 days"."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def place(zone: str) -> str:
    """The town a time zone is named after: "New York". Empty for zones that name none."""
    return zone.rpartition("/")[2].replace("_", " ") if "/" in zone and not zone.startswith("Etc/") else ""
