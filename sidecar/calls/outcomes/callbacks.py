"""The times a callback can be agreed for, in the customer's own time with the rep's beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sidecar.calls.window import Window
from sidecar.contacts.local_time import clock_time, day
from sidecar.errors import Refused

_FARTHEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Slot:
    """One choice: its name, the moment, and the time on the customer's clock and on the rep's, else the shop's."""

    label: str
    at: datetime
    theirs: str
    shops: str

    @property
    def code(self) -> str:
        """What the form sends: the moment itself, so that it means the same however long the form stands open."""
        return self.at.isoformat()


def slots(window: Window, *, shop_zone: str, now: datetime) -> list[Slot]:
    """The choices that are inside the customer's call hours, soonest first; `shop_zone` may be the rep's own zone.

    Presets: reference/ux.md A6.
    """
    zone = ZoneInfo(window.zone)
    today = now.astimezone(zone)
    wanted = (
        ("In 30 min", _rounded(now + timedelta(minutes=30))),
        ("Later today", _rounded(now + timedelta(hours=3))),
        ("This evening", datetime.combine(today.date(), time(18), zone)),
        ("Tomorrow", datetime.combine(today.date() + timedelta(days=1), time(10), zone)),
        (f"{today + timedelta(days=2):%A}", datetime.combine(today.date() + timedelta(days=2), time(10), zone)),
    )
    found: dict[datetime, Slot] = {}
    for label, local in wanted:
        at = local.astimezone(now.tzinfo)
        if at > now and at not in found and window.may(at):
            found[at] = Slot(label, at, clock_time(at, window.zone), clock_time(at, shop_zone))
    return sorted(found.values(), key=lambda slot: slot.at)


def agreed(when: str, picked: str, window: Window, *, now: datetime) -> datetime:
    """The moment that the form names: a Slot's code, or "pick" and `picked`, "2026-11-19T10:00" in the customer's time.

    Raises Refused when there is none, or when it is outside the hours in which the customer may be called.
    """
    at = _moment(picked, ZoneInfo(window.zone)) if when == "pick" else _moment(when, None)
    if at <= now:
        raise Refused("Choose a time that is still to come.", code="when_past", field="when")
    if at > now + _FARTHEST:
        raise Refused("Choose a time in the next 30 days.", code="when_far", field="when")
    if not window.may(at):
        opens = window.next(at)
        raise Refused(
            f"Nobody may be called then. From {day(opens, window.zone, now=now)} at {clock_time(opens, window.zone)} "
            "it is possible again.",
            code="when_closed",
            field="when",
        )
    return at


def _moment(text: str, zone: ZoneInfo | None) -> datetime:
    """The moment in UTC; with `zone`, the text is a time on that zone's clocks."""
    try:
        at = datetime.fromisoformat(text)
        if (at.tzinfo is None) != (zone is not None):
            raise ValueError("the form names the zone, or the time does")
        return (at.replace(tzinfo=zone) if zone else at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("Choose a day and a time for the call.", code="when_missing", field="when") from None


def _rounded(at: datetime) -> datetime:
    """Up to the next full five minutes: nobody agrees on 15:58."""
    spare = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at - spare + (timedelta(minutes=5) if spare else timedelta(0))
