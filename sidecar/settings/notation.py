"""How values of settings are written and read: durations, amounts, hours. Every reader raises ValueError with a
sentence that goes on after the setting's label: "must be a time like 45m"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from sidecar.money import is_currency, to_minor

HOW_AMOUNTS = "must be amounts by currency, like USD=300,EUR=300"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """A duration like 45m, 24h or 3d. Raises ValueError with how to write one."""
    found = re.fullmatch(r"([0-9]{1,6})\s*([smhd])", text.strip().lower())
    if text.strip() == "0":
        return timedelta(0)
    if not found:
        raise ValueError("must be a time like 45m, 24h or 3d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def duration_words(value: timedelta) -> str:
    """A duration in the notation of `duration`: 45m, 24h, 3d."""
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0 and (unit != "d" or seconds >= 3 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s" if seconds else "0"


def between(least: str, most: str) -> Callable[[str], timedelta]:
    """A reader of durations from `least` to `most`, both included. It raises ValueError with the bounds."""
    low, high = duration(least), duration(most)

    def read(text: str) -> timedelta:
        value = duration(text)
        if not low <= value <= high:
            raise ValueError(f"must be between {least} and {most}")
        return value

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least` to `most`, both included. It raises ValueError with the bounds."""
    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number between {least} and {most}")
        return int(text)

    return read


def factor(least: float, most: float) -> Callable[[str], float]:
    """A reader of plain numbers from `least` to `most`, both included. It raises ValueError with the bounds."""
    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", text.strip()) or not least <= float(text) <= most:
            raise ValueError(f"must be a number between {least:g} and {most:g}, like {least + (most - least) / 2:g}")
        return float(text)

    return read


def switch(text: str) -> bool:
    """True for "on", False for "off". Raises ValueError for anything else."""
    if text.strip().lower() not in ("on", "off"):
        raise ValueError("must be on or off")
    return text.strip().lower() == "on"


def line(most: int) -> Callable[[str], str]:
    """A reader of one printable line of at most `most` characters. It raises ValueError."""
    def read(text: str) -> str:
        if len(text) > most or not text.isprintable():
            raise ValueError(f"must be one line of {most} characters or less")
        return text.strip()

    return read


def email(text: str) -> str:
    """An e-mail address, or "" for none. Raises ValueError with an example."""
    if text and not re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+", text.strip()):
        raise ValueError("must be an email address, like hello@example.com")
    return text.strip()


def amounts(text: str) -> dict[str, int]:
    """Minor units by currency from "USD=300,EUR=300". Raises ValueError with how to write them."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        currency, _, amount = (piece.strip() for piece in part.partition("="))
        if not is_currency(currency.upper()):
            raise ValueError(HOW_AMOUNTS)
        try:
            minor = to_minor(amount, currency.upper())
        except ValueError:
            raise ValueError(HOW_AMOUNTS) from None
        if not 0 <= minor <= 100_000_000_000:
            raise ValueError("must be 0 or more")
        found[currency.upper()] = minor
    return found


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Hours:
    """Days (0 = Monday) and the half-open local time window in which calls are made."""

    days: frozenset[int]
    start: time
    end: time


def countries(text: str) -> frozenset[str]:
    """Country codes from "US, CA". Raises ValueError."""
    found = [code for code in re.split(r"[\s,;]+", text.strip().upper()) if code]
    if any(not re.fullmatch(r"[A-Z]{2}", code) for code in found) or len(found) > 50:
        raise ValueError("must be countries of two letters each, like US, CA")
    return frozenset(found)


def hours(text: str) -> Hours:
    """Call hours from "Mon-Sat 10:00-19:00". Raises ValueError. Outer limit 08:00 to 20:00 (reference/ux.md B4)."""
    found = re.fullmatch(r"([A-Za-z]{3})-([A-Za-z]{3}) ([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", text.strip())
    days = [day.title() for day in (found[1], found[2])] if found else []
    if not found or any(day not in _DAYS for day in days):
        raise ValueError("must be days and times, like Mon-Sat 10:00-19:00")
    first, last = (_DAYS.index(day) for day in days)
    try:
        start, end = time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6]))
    except ValueError:
        raise ValueError("must be days and times, like Mon-Sat 10:00-19:00") from None
    if first > last:
        raise ValueError("must name the earlier day first, like Mon-Sat")
    if end <= start:
        raise ValueError("must end after they start")
    if start < time(8) or end > time(20):
        raise ValueError("must be between 08:00 and 20:00")
    return Hours(frozenset(range(first, last + 1)), start, end)


def meta_keys(text: str) -> dict[str, str]:
    """Order meta key by channel, from "email=_newsletter_ok,calls=_call_ok". Raises ValueError."""
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        channel, _, key = (piece.strip() for piece in part.partition("="))
        if channel not in ("email", "sms", "calls") or not re.fullmatch(r"[\w.:-]{1,100}", key):
            raise ValueError("must name order meta keys by channel, like email=_newsletter_ok,calls=_call_ok")
        found[channel] = key
    return found


def status_meanings(text: str) -> dict[str, str]:
    """Meaning by order status from "awaiting-quote=unpaid,in-production=paid". Raises ValueError."""
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        status, _, meaning = (piece.strip() for piece in part.partition("="))
        if not re.fullmatch(r"[a-z0-9_-]{1,40}", status) or meaning not in ("unpaid", "paid", "closed"):
            raise ValueError("must be statuses with unpaid, paid or closed, like awaiting-quote=unpaid")
        found[status] = meaning
    return found
