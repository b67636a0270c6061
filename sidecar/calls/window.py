"""When one customer may be called: the shop's hours in their time zones, as far as their country's rules let."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sidecar.contacts.quiet_hours import may_call_at, next_call_time, open_until
from sidecar.settings.notation import Hours

_DAY = timedelta(days=1)
_LATER = timedelta(hours=4)  # between two tries. Source: reference/ux.md A6
_PARTS = (("morning", time(0)), ("afternoon", time(12)), ("evening", time(17)))


@dataclass(frozen=True, slots=True)
class Window:
    """One customer's call hours. Moments go in and come out in UTC."""

    zones: tuple[str, ...]
    country: str
    region: str
    hours: Hours

    @property
    def zone(self) -> str:
        """The zone to show the customer's time in; the rules look at all of them."""
        return self.zones[0] if self.zones else "UTC"

    def may(self, at: datetime) -> bool:
        """Whether a call at this moment is inside the hours."""
        return may_call_at(self.zones, self.country, self.region, self.hours, at=at).allowed

    def next(self, at: datetime) -> datetime:
        """The first moment from `at` on at which a call is inside the hours; a day later when the rules name none."""
        return next_call_time(self.zones, self.country, self.region, self.hours, at=at) or at + _DAY

    def until(self, at: datetime) -> datetime | None:
        """When the hours that stand open at `at` end; None when they are closed."""
        return open_until(self.zones, self.country, self.region, self.hours, at=at)

    def part(self, at: datetime) -> str:
        """The part of the customer's day: morning, afternoon or evening."""
        return day_part(at, self.zone)

    def retry(self, tried: tuple[str, ...], *, now: datetime) -> datetime:
        """The next try: four hours from now or later, in a part of the day that was not tried; else not the last one.

        Source: reference/ux.md A6, "a different day-part, at least 4 h".
        """
        earliest = self.next(now + _LATER)
        starts = sorted({earliest, *(self.next(start) for start in self._part_starts(earliest))})
        for avoid in (tried, tried[-1:]):
            for start in starts:
                if self.part(start) not in avoid:
                    return start
        return earliest

    def _part_starts(self, after: datetime) -> list[datetime]:
        """The beginnings of parts of the customer's day within the two days after a moment."""
        zone = ZoneInfo(self.zone)
        days = [(after.astimezone(zone) + _DAY * ahead).date() for ahead in range(3)]
        found = [datetime.combine(date, start, zone).astimezone(after.tzinfo) for date in days for _, start in _PARTS]
        return [moment for moment in found if moment >= after]


def day_part(at: datetime, zone: str) -> str:
    """The part of the day there: morning, afternoon or evening."""
    local = at.astimezone(ZoneInfo(zone)).time()
    return [name for name, start in _PARTS if local >= start][-1]
