"""A calendar file with one event. Source: RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime

_LINE = 75  # octets, without the line break


def event(
    *, uid: str, begin: datetime, end: datetime, summary: str, description: str, url: str, stamped: datetime
) -> str:
    """The file's text: one event in UTC, lines folded and ended as the standard asks."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ringback//Asked-for call//EN",
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}",
        f"DTSTAMP:{_moment(stamped)}",
        f"DTSTART:{_moment(begin)}",
        f"DTEND:{_moment(end)}",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(description)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """With what has a meaning of its own escaped."""
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """At most 75 octets to a line, never in the middle of a letter; a line goes on after a blank."""
    found, length = "", 0
    for char in line:
        size = len(char.encode())
        if length + size > _LINE:
            found, length = f"{found}\r\n ", 1
        found, length = found + char, length + size
    return found
