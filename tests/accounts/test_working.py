from __future__ import annotations

import pytest
from sqlalchemy import select

from sidecar import accounts
from sidecar.accounts.working import Problem, Work, read_work, week_words, work_of
from sidecar.audit import AuditEntry
from sidecar.db import session
from tests.cast import OWNER, REP
from tests.factories import NOW, make_user

KNOWN = ("en", "de", "es")


def _number(typed: str) -> str:
    return typed if typed.startswith("+") else ""


def _read(**sent: str) -> tuple[Work, list[Problem]]:
    fields = {"daily_goal": "25"} | {name.replace("hours_", "hours-"): text for name, text in sent.items()}
    return read_work(fields, ["es", "en", "xx"], known=KNOWN, number_of=_number)


def test_form_is_read_as_hours_languages_number_zone_and_goal() -> None:
    work, problems = _read(
        hours_0="9-17", hours_4="09:00–12:30, 13.15 to 24", phone="+12125550123", time_zone="Europe/Berlin"
    )
    assert problems == []
    assert work.hours == {"0": [["09:00", "17:00"]], "4": [["09:00", "12:30"], ["13:15", "24:00"]]}
    assert (work.languages, work.phone, work.time_zone, work.daily_goal) == (
        ["en", "es"], "+12125550123", "Europe/Berlin", 25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nine to five", "Monday must be times like 09:00-17:00 or 09:00-12:00, 13:00-17:00"),
        ("09:00", "Monday must be times like 09:00-17:00 or 09:00-12:00, 13:00-17:00"),
        ("09:00-24:30", "Monday must be times like 09:00-17:00 or 09:00-12:00, 13:00-17:00"),
        ("24-24", "Monday must be times like 09:00-17:00 or 09:00-12:00, 13:00-17:00"),
        ("17:00-09:00", "Monday must end after it starts"),
        ("09:00-12:00, 11:00-13:00", "Monday must not name the same time twice"),
        ("8-9, 10-11, 12-13, 14-15, 16-17", "Monday must have at most 4 spans"),
    ],
)
def test_odd_hours_are_told_at_their_day(text: str, says: str) -> None:
    assert _read(hours_0=text)[1] == [Problem("hours-0", says)]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problems = _read(hours_6="x", phone="12", time_zone="Berlin", daily_goal="many")[1]
    assert [problem.field for problem in problems] == ["hours-6", "phone", "time_zone", "daily_goal"]


def test_change_is_audited_with_what_was_and_what_is(app) -> None:
    sam = make_user(REP)
    wanted = Work({"0": [["09:00", "17:00"]]}, [], "", "", 30)
    assert accounts.change_work(sam, wanted, now=NOW, by=OWNER)
    assert not accounts.change_work(sam, wanted, now=NOW, by=OWNER)
    entry = session().scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject) == (OWNER, "user.work", REP)
    assert entry.detail == {
        "hours": {"from": {}, "to": {"0": [["09:00", "17:00"]]}},
        "daily_goal": {"from": 25, "to": 30},
    }
    assert work_of(sam) == wanted


def test_week_is_told_in_one_line() -> None:
    day = [["09:00", "17:00"]]
    week = {str(number): day for number in range(5)} | {"6": [["10:00", "12:00"], ["13:00", "14:00"]]}
    assert week_words(week) == "Mon-Fri 09:00-17:00, Sun 10:00-12:00 and 13:00-14:00"
    assert week_words({"0": day, "2": day}) == "Mon 09:00-17:00, Wed 09:00-17:00"
    assert week_words({}) == ""
