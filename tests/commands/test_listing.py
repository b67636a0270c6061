"""`carts`, `calls`, `messages`: the promised keys and words, and tables that hostile names cannot disturb."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sidecar.commands.table import Column, harmless, show
from tests.commands.conftest import Ringback

COMMANDS = ("carts", "calls", "messages")
CARTS = "order_id store status total_minor currency customer email phone abandoned_at state route reason"
CALLS = "order_id position why due_at state claimed_by attempts"
MESSAGES = "order_id channel step to subject state reason due_at sent_at provider_id"


@pytest.fixture
def polled(connected: Ringback) -> Ringback:
    """After one poll of the sample store, with messages about old carts allowed."""
    assert connected("poll", "--once").code == 0
    assert connected("settings", "set", "outreach.backlog_within", "7d").code == 0
    assert connected("poll", "--once").code == 0
    return connected


def test_what_a_poll_brought_is_listed_with_the_promised_keys_and_words(polled: Ringback) -> None:
    carts, calls, messages = (polled(command, "--json").rows for command in COMMANDS)
    check_carts(carts)
    check_calls(calls)
    check_messages(messages)
    for row in (*carts, *calls, *messages):
        for key in ("abandoned_at", "due_at", "sent_at"):
            assert not row.get(key) or datetime.strptime(row[key], "%Y-%m-%dT%H:%M:%SZ")
    for command in COMMANDS:
        lines = polled(command).out.splitlines()
        assert len(lines) > 1
        assert max(map(len, lines)) <= 100


def check_carts(rows: list[dict[str, Any]]) -> None:
    assert rows
    assert all(list(row) == CARTS.split() for row in rows)
    assert {row["state"] for row in rows} <= {"watching", "abandoned", "contacted", "recovered", "closed"}
    assert {row["route"] for row in rows} <= {"call", "sequence", "personal", "hold", None}
    assert {"call", "sequence", "hold"} <= {row["route"] for row in rows}
    assert all(row["reason"] for row in rows if row["route"])
    assert all(isinstance(row["total_minor"], int) for row in rows)


def check_calls(rows: list[dict[str, Any]]) -> None:
    assert rows
    assert all(list(row) == CALLS.split() for row in rows)
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["state"] for row in rows} <= {"waiting", "ready", "claimed", "in_call", "wrap_up"}
    states = [row["state"] for row in rows]
    assert states == sorted(states, key=lambda state: state == "waiting")
    assert all(row["why"].count(".") >= 2 for row in rows)


def check_messages(rows: list[dict[str, Any]]) -> None:
    assert rows
    assert all(list(row) == MESSAGES.split() for row in rows)
    assert {row["state"] for row in rows} <= {"planned", "due", "cancelled"}
    assert {row["channel"] for row in rows} == {"email"}
    assert all(row["sent_at"] is None for row in rows)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_installation_lists_nothing(ringback: Ringback, command: str) -> None:
    assert ringback(command, "--json").rows == []
    plain = ringback(command)
    assert plain.code == 0
    assert plain.out.strip().endswith(".")


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "Dana\x1b[2J\x07\x9b31m\u202eRuiz\nforged  row"
    show([{"name": hostile, "total": "$9"}], [Column("name", "name", 60), Column("total", "total", 9, right=True)])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2
    assert not set(out) & set("\x1b\x07\x9b\u202e")
    assert "Dana" in out


def test_wide_characters_keep_the_columns_straight(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "山田太郎", "n": 1}, {"name": "Dana", "n": 2}, {"name": "e\u0301mile", "n": 3}]
    show(rows, [Column("name", "name", 20), Column("n", "n", 3)])
    _, wide, narrow, combined = capsys.readouterr().out.splitlines()
    assert wide == "山田太郎  1"
    assert narrow == "Dana      2"
    assert combined == "e\u0301mile     3"


def test_harmless_text_stays_as_it_is() -> None:
    assert harmless("Zoë O'Néill 🎧 Müller") == "Zoë O'Néill 🎧 Müller"
