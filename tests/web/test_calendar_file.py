"""A calendar file that calendars can read. Source: RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sidecar.web.asked.calendar_file import event

AT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)


def lines_of(**changes: str) -> list[str]:
    said = {"summary": "Call from Aurora", "description": "One\nTwo", "url": "https://calls.example.com/a/1"} | changes
    text = event(uid="K7QM4.1@ringback", begin=AT, end=AT + timedelta(minutes=30), stamped=AT, **said)
    assert text.endswith("END:VCALENDAR\r\n")
    assert text.count("\n") == text.count("\r\n")
    return text.replace("\r\n ", "").split("\r\n")


def test_an_event_says_when_it_is_and_where_it_came_from():
    lines = lines_of()
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for line in ("UID:K7QM4.1@ringback", "DTSTART:20261124T183000Z", "DTEND:20261124T190000Z", "DESCRIPTION:One\\nTwo"):
        assert line in lines


def test_long_and_hostile_text_stays_one_line_of_short_ones():
    summary = "Büro; Klang, \\ Ton\nBEGIN:VALARM " + "ä" * 100
    text = event(uid="1", begin=AT, end=AT, stamped=AT, summary=summary, description="", url="https://a.example")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\r\nBEGIN:VALARM" not in text
    assert f"SUMMARY:Büro\\; Klang\\, \\\\ Ton\\nBEGIN:VALARM {'ä' * 100}" in lines_of(summary=summary)
