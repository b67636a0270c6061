"""`user`: adding, listing, disabling, and a way in."""

from __future__ import annotations

import re

from tests.cast import OWNER, REP
from tests.commands.conftest import Ringback


def test_somebody_is_added_and_gets_a_one_time_link(ringback: Ringback) -> None:
    assert ringback("user", "add", "Sam@Example.com", "--role", "rep", "--name", "Sam Reyes").code == 0
    (row,) = ringback("user", "list", "--json").rows
    assert (row["email"], row["role"], row["name"], row["disabled"]) == (REP, "rep", "Sam Reyes", False)
    link = ringback("user", "link", REP).out.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/link/[\w-]{20,}", link)
    assert ringback("user", "link", REP).out.strip() != link


def test_somebody_disabled_gets_no_link_until_enabled(ringback: Ringback) -> None:
    ringback("user", "add", OWNER, "--role", "owner")
    ringback("user", "add", REP, "--role", "rep")
    assert ringback("user", "disable", REP).code == 0
    refused = ringback("user", "link", REP)
    assert refused.code == 1
    assert "disabled" in refused.line
    assert ringback("user", "enable", REP).code == 0
    assert ringback("user", "link", REP).code == 0


def test_the_last_owner_stays(ringback: Ringback) -> None:
    ringback("user", "add", OWNER, "--role", "owner")
    ran = ringback("user", "disable", OWNER)
    assert ran.code == 1
    assert "owner" in ran.line


def test_odd_people_are_refused_in_one_line(ringback: Ringback) -> None:
    assert "address" in ringback("user", "add", "sam", "--role", "rep").line
    boss = ringback("user", "add", REP, "--role", "boss")
    assert boss.code == 2
    assert "'owner', 'manager', 'rep', 'viewer'" in boss.line
    nobody = ringback("user", "link", "nobody@example.com")
    assert (nobody.code, "user list" in nobody.line) == (1, True)
