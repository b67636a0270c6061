"""What somebody works with, hours, languages, telephone, time zone, daily goal: read from a form, kept, audited."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sidecar import audit
from sidecar.accounts.user import User
from sidecar.db import session

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_GOAL = 500
_MOST_SPANS = 4  # of one day
_LIKE = "like 09:00-17:00 or 09:00-12:00, 13:00-17:00"
_CLOCK = r"([01]?\d|2[0-4])(?:[:.]?([0-5]\d))?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to)\s*{_CLOCK}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Work:
    """How somebody works. `hours` as in User.hours; `phone` is E.164 or ""; `daily_goal` 0 when there is none."""

    hours: dict[str, list[list[str]]]
    languages: list[str]
    phone: str
    time_zone: str
    daily_goal: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a form from being saved, with the field to mend."""

    field: str
    text: str


def work_of(user: User) -> Work:
    """How they work now."""
    return Work(dict(user.hours), list(user.languages), user.phone, user.time_zone, user.daily_goal)


def read_work(
    sent: Mapping[str, str],
    ticked: Collection[str],
    *,
    known: Collection[str],
    number_of: Callable[[str], str],
    goal: int | None = None,
) -> tuple[Work, list[Problem]]:
    """The form as Work, with everything that is wrong in it. Fields: hours-0 to hours-6, phone, time_zone, daily_goal.

    `ticked` of the `known` language codes count; `number_of` makes a number E.164, or "" when it is none; with `goal`
    given, the form has no say in the goal.
    """
    problems: list[Problem] = []
    hours: dict[str, list[list[str]]] = {}
    for day, name in enumerate(WEEKDAYS):
        try:
            spans = _spans(sent.get(f"hours-{day}", ""))
        except ValueError as error:
            problems.append(Problem(f"hours-{day}", f"{name} {error}"))
            continue
        if spans:
            hours[str(day)] = spans
    phone, zone = sent.get("phone", "").strip(), sent.get("time_zone", "").strip()
    number = number_of(phone) if phone else ""
    if phone and not number:
        problems.append(Problem("phone", "Phone must be a number that can be dialled, like +1 212 555 0123"))
    if zone and zone not in available_timezones():
        problems.append(Problem("time_zone", "Time zone must be a name like Europe/Berlin"))
    wanted = sent.get("daily_goal", "").strip()
    if goal is None and not (re.fullmatch(r"[0-9]{1,4}", wanted) and int(wanted) <= MOST_GOAL):
        problems.append(Problem("daily_goal", f"Daily goal must be a whole number between 0 and {MOST_GOAL}"))
    languages = [code for code in known if code in ticked]
    found = goal if goal is not None else int(wanted) if wanted.isascii() and wanted.isdigit() else 0
    return Work(hours, languages, number, zone, found), problems


def change_work(user: User, work: Work, *, now: datetime, by: str) -> bool:
    """Keeps how they work, with an audit entry of what is different; False when nothing is."""
    before, after = asdict(work_of(user)), asdict(work)
    changed = {name: {"from": before[name], "to": after[name]} for name in after if before[name] != after[name]}
    if not changed:
        return False
    for name in changed:
        setattr(user, name, after[name])
    session().flush()
    audit.record(by, "user.work", user.email, changed, now=now)
    return True


@functools.cache
def time_zones() -> tuple[str, ...]:
    """The time zones that are named after a place, in order: what a form offers."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")))


def hours_words(hours: Mapping[str, list[list[str]]], day: int) -> str:
    """A weekday's hours as the form shows them: "09:00-12:00, 13:00-17:00"; "" for a day off."""
    return ", ".join(f"{start}-{end}" for start, end in hours.get(str(day), []))


def week_words(hours: Mapping[str, list[list[str]]]) -> str:
    """The whole week in one line: "Mon-Fri 09:00-17:00, Sat 10:00-14:00"; "" without hours of their own."""
    found: list[tuple[int, int, str]] = []
    for day in range(7):
        words = hours_words(hours, day).replace(", ", " and ")
        if found and found[-1][2] == words and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day, words)
        elif words:
            found.append((day, day, words))
    return ", ".join(f"{_days(first, last)} {words}" for first, last, words in found)


def _days(first: int, last: int) -> str:
    return WEEKDAYS[first][:3] if first == last else f"{WEEKDAYS[first][:3]}-{WEEKDAYS[last][:3]}"


def _spans(text: str) -> list[list[str]]:
    """The spans of one day. Raises ValueError with a sentence that goes on after the day's name."""
    found: list[list[str]] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;]|\band\b", text.strip()))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(f"must be times {_LIKE}")
        start, end = _clock(match[1], match[2]), _clock(match[3], match[4])
        if end > "24:00" or start >= "24:00":
            raise ValueError(f"must be times {_LIKE}")
        if end <= start:
            raise ValueError("must end after it starts")
        found.append([start, end])
    found.sort()
    if len(found) > _MOST_SPANS:
        raise ValueError(f"must have at most {_MOST_SPANS} spans")
    if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(found)):
        raise ValueError("must not name the same time twice")
    return found


def _clock(hour: str, minute: str | None) -> str:
    return f"{int(hour):02d}:{minute or '00'}"
