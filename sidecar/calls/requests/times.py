"""The half-hours in which a call can be promised: a rep works, the law lets us call, and a place is free. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sidecar.calls.window import Window

HALF = timedelta(minutes=30)
NOTICE = timedelta(minutes=15)  # before a half-hour begins
PROMISE = timedelta(minutes=15)  # "as soon as possible" means within this. Source: reference/ux.md C5
PER_REP = 2  # calls that one rep can keep in a half-hour
SHOWN, DAYS = 12, 3
_AHEAD = timedelta(days=10)  # longer than any row of closed days

Span = tuple[datetime, datetime]
Places = Callable[[datetime], int]


def half_of(at: datetime) -> datetime:
    """The begin of the half-hour (UTC) in which a moment lies."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def places(working: Sequence[Sequence[Span]], taken: Mapping[datetime, int]) -> Places:
    """How many calls can still be promised in the half-hour that begins at a moment. `working` are the spans (UTC) of
    each rep; `taken` counts what is promised, by the begin of the half-hour."""

    def left(begin: datetime) -> int:
        reps = sum(any(start <= begin and begin + HALF <= end for start, end in spans) for spans in working)
        return max(0, reps * PER_REP - taken.get(begin, 0))

    return left


def is_free(begin: datetime, window: Window, left: Places, *, now: datetime) -> bool:
    """Whether a call can be promised for the half-hour that begins then."""
    if begin != half_of(begin) or not now + NOTICE <= begin <= now + _AHEAD:
        return False
    return window.may(begin) and left(begin) > 0


def offered(window: Window, left: Places, *, now: datetime) -> list[datetime]:
    """The half-hours to choose from, in order: at most twelve, of the next three of the customer's days that have any.
    Where a day has more than its share, they are spread over it."""
    days: dict[date, list[datetime]] = {}
    place = ZoneInfo(window.zone)
    for begin in _from(half_of(now + NOTICE)):
        if begin > now + _AHEAD:
            break
        day = begin.astimezone(place).date()
        if day not in days and len(days) == DAYS:
            break
        if is_free(begin, window, left, now=now):
            days.setdefault(day, []).append(begin)
    return [begin for found, share in zip(days.values(), _shares(days.values()), strict=True)
            for begin in _spread(found, share)]  # fmt: skip


def can_now(window: Window, working: Iterable[Sequence[Span]], left: Places, *, now: datetime) -> bool:
    """Whether "as soon as possible" can be promised: a rep works and may still call when the promise runs out."""
    until = now + PROMISE
    if not any(start <= now and until <= end for spans in working for start, end in spans):
        return False
    return window.may(now) and window.may(until) and left(half_of(now)) > 0


def _from(begin: datetime) -> Iterator[datetime]:
    while True:
        yield begin
        begin += HALF


def _shares(days: Iterable[Sequence[datetime]]) -> list[int]:
    """How many of each day are shown: as evenly as the days allow, twelve in all."""
    rest, shares = [len(found) for found in days], [0] * DAYS
    while sum(shares) < SHOWN and any(rest):
        for number, left in enumerate(rest):
            if left and sum(shares) < SHOWN:
                shares[number], rest[number] = shares[number] + 1, left - 1
    return shares[: len(rest)]


def _spread(found: Sequence[datetime], share: int) -> list[datetime]:
    if share >= len(found):
        return list(found)
    return [found[round(number * (len(found) - 1) / max(share - 1, 1))] for number in range(share)]
