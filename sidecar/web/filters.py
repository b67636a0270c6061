"""How values read on a page: money, times, gaps, masked addresses. The only place where local time appears in pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from flask import Flask

from sidecar import clock
from sidecar.contacts.phone import known
from sidecar.money import words
from sidecar.settings.notation import duration_words


def money(minor: int, currency: str, short: bool = False) -> str:
    """Minor units as people read them: 148000, "USD" -> "$1,480.00"; short: "$1,480"."""
    return words(minor, currency, short=short)


def zone_of(name: str, offset_minutes: int = 0) -> tzinfo:
    """The time zone of that name; when there is none, the store's fixed offset, else UTC."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return timezone(timedelta(minutes=offset_minutes))


def local_time(at: datetime | None, zone: tzinfo = UTC, *, today: datetime | None = None) -> str:
    """The moment in that zone, as short as it stays clear: "14:02", "Mon 13:31", "12 Nov 09:15", "3 Oct 2025"."""
    if at is None:
        return ""
    there, here = at.astimezone(zone), (today or clock.now()).astimezone(zone)
    days = (here.date() - there.date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if -6 <= days <= 6:
        return f"{there:%a %H:%M}"
    if abs(days) < 300:
        return f"{there.day} {there:%b %H:%M}"
    return f"{there.day} {there:%b %Y}"


def day(at: datetime, zone: tzinfo = UTC, *, today: datetime | None = None) -> str:
    """The day as a heading: "Today, Tuesday 24 November", "Monday 23 November", with the year when it is another."""
    there, here = at.astimezone(zone), (today or clock.now()).astimezone(zone)
    named = f"{there:%A} {there.day} {there:%B}" + (f" {there.year}" if there.year != here.year else "")
    days = (here.date() - there.date()).days
    return {0: f"Today, {named}", 1: f"Yesterday, {named}", -1: f"Tomorrow, {named}"}.get(days, named)


def gap(seconds: float) -> str:
    """A length of time in one unit, rounded down: "40 s", "5 min", "3 h", "2 days"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 2 * 86400:
        return f"{whole // 3600} h"
    return f"{whole // 86400} days"


def ago(at: datetime | None, *, now: datetime | None = None) -> str:
    """How long ago: "5 min ago"; "never" when it did not happen."""
    return "never" if at is None else f"{gap(((now or clock.now()) - at).total_seconds())} ago"


def until(at: datetime | None, *, now: datetime | None = None) -> str:
    """How long from now: "in 5 min"; "now" when it is due or past."""
    if at is None:
        return ""
    seconds = (at - (now or clock.now())).total_seconds()
    return f"in {gap(seconds)}" if seconds > 0 else "now"


def masked_email(address: str) -> str:
    """An e-mail address for those who need not write to it: "d…@example.com"."""
    name, at, host = address.partition("@")
    return f"{name[:1]}…@{host}" if at else "…" if address else ""


def phone_number(number: str) -> str:
    """An E.164 number as people there write it: "(671) 555-0101"; anything else as it is."""
    found = known(number)
    return found.national if found else number


def masked_phone(number: str) -> str:
    """A phone number for those who need not call it: its last two digits."""
    digits = "".join(c for c in number if c.isdigit())
    return f"… {digits[-2:]}" if len(digits) > 4 else "…" if number else ""


def iso(at: datetime | None) -> str:
    """The moment for a machine: the datetime attribute of <time>."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def register(app: Flask) -> None:
    """Adds the filters to the templates."""
    words_of = (money, local_time, day, ago, until, gap, iso, duration_words)
    for found in (*words_of, phone_number, masked_email, masked_phone):
        app.jinja_env.filters[found.__name__] = found
