"""When somebody works: their own hours by weekday, in their own time zone. Pure."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sidecar.accounts.user import User

Span = tuple[datetime, datetime]
_WHOLE_DAY = ("08:00", "20:00")  # nobody is ever called outside of it. Source: reference/ux.md B4


class OpenHours(Protocol):
    """Days (0 = Monday) and times of day between which the shop calls: settings.notation.Hours is one."""

    @property
    def days(self) -> Set[int]: ...
    @property
    def start(self) -> time: ...
    @property
    def end(self) -> time: ...


def works_at(user: User, at: datetime, zone: str, *, shop: OpenHours | None = None) -> bool:
    """Whether their hours include that moment. `zone` is the store's, `shop` its call hours: see `spans`."""
    today = at.astimezone(ZoneInfo(user.time_zone or zone)).date()
    return any(start <= at < end for start, end in spans(user, today, zone, shop=shop))


def spans(user: User, day: date, zone: str, *, shop: OpenHours | None = None) -> list[Span]:
    """The half-open spans (UTC), in order, that they work on a date of their own time zone.

    `zone` is the store's, for those who name none. Somebody without hours of their own works the shop's call hours;
    when these are not given, from 08:00 to 20:00 every day, the outer limit of any call hours.
    """
    place = ZoneInfo(user.time_zone or zone)
    found = ((_utc(day, start, place), _utc(day, end, place)) for start, end in _written(user, day, shop))
    return sorted((start, end) for start, end in found if start < end)


def next_start(user: User, at: datetime, zone: str, *, shop: OpenHours | None = None) -> datetime | None:
    """The first moment from `at` on (UTC) at which they work; None when there is none within two weeks."""
    today = at.astimezone(ZoneInfo(user.time_zone or zone)).date()
    for ahead in range(15):
        for start, end in spans(user, today + timedelta(days=ahead), zone, shop=shop):
            if end > at:
                return max(start, at)
    return None


def _written(user: User, day: date, shop: OpenHours | None) -> list[tuple[str, str]]:
    if user.hours:
        return [(start, end) for start, end in user.hours.get(str(day.weekday()), [])]
    if shop is None:
        return [_WHOLE_DAY]
    return [(f"{shop.start:%H:%M}", f"{shop.end:%H:%M}")] if day.weekday() in shop.days else []


def _utc(day: date, clock: str, place: ZoneInfo) -> datetime:
    """That time on the clocks of the place. "24:00" is the midnight that ends the day."""
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time(0), tzinfo=place).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=place).astimezone(UTC)
