"""Public holidays on which a country's rules let nobody call. Pure: a country, a region and a year in, dates out."""

from __future__ import annotations

import functools
from datetime import date, timedelta

# Month and day of holidays that never move. Sources: FR Code du travail L3133-1; AU national days; US 5 U.S.C. 6103.
_FIXED = {
    "FR": ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)),
    "AU": ((1, 1), (1, 26), (4, 25), (12, 25), (12, 26)),
    "US": ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)),
    "": ((1, 1), (5, 1), (12, 25), (12, 26)),  # kept nearly everywhere
}
# Days after Easter Sunday.
_EASTER = {
    "FR": (1, 39, 50),
    "AU": (-2, -1, 0, 1),
    "US": (),
    "": (-2, 0, 1),
}
# Month, weekday (0 = Monday), which one (-1 = last).
_FLOATING = {"US": ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))}
_MOVED_TO_MONDAY = ("AU", "US")  # when they fall on a weekend; US Saturdays move back to Friday


@functools.lru_cache(maxsize=256)
def holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year, those moved from a weekend twice: on both days nobody calls."""
    key = country if country in _FIXED else ""
    fixed = {date(year, month, day) for month, day in _FIXED[key]}
    moving = {easter(year) + timedelta(days=days) for days in _EASTER[key]}
    floating = {_nth(year, *rule) for rule in _FLOATING.get(key, ())}
    moved = {_moved(day, country) for day in fixed} if key in _MOVED_TO_MONDAY else set()
    return frozenset(fixed | moving | floating | moved)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: anonymous algorithm, Nature 1876, as given by Meeus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    if which < 0:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def _moved(day: date, country: str) -> date:
    if day.weekday() == 5:
        return day - timedelta(days=1) if country == "US" else day + timedelta(days=2)
    return day + timedelta(days=1 if country == "US" or day.day != 26 else 2) if day.weekday() == 6 else day
