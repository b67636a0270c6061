"""`poll --once`: what it prints, and how it fails."""

from __future__ import annotations

import json

from sidecar.demo.store import SampleStore
from tests.commands.conftest import Ringback


def test_a_poll_prints_what_it_saw(connected: Ringback, sample: SampleStore) -> None:
    first = connected("poll", "--once")
    assert first.code == 0
    assert first.out.startswith("seen ")
    counts = json.loads(connected("poll", "--once", "--store", "1", "--json").out)
    assert list(counts) == ["seen", "new", "changed", "skipped", "unreadable"]
    assert (counts["new"], counts["unreadable"]) == (0, None)


def test_an_unreadable_store_gives_the_reason_and_exit_code_one(connected: Ringback, sample: SampleStore) -> None:
    sample.fault("maintenance")
    ran = connected("poll", "--once")
    sample.heal()
    assert ran.code == 1
    assert ran.line.startswith("ringback: The store is unreadable: ")
    assert ran.out == ""


def test_wrong_keys_give_a_sentence(ringback: Ringback, sample: SampleStore) -> None:
    ran = ringback("poll", "--once", STORE_URL=sample.url, STORE_KEY="ck_" + "0" * 40, STORE_SECRET="cs_" + "0" * 40)
    assert ran.code == 1
    assert "key" in ran.line.lower()
    assert "0000" not in ran.line


def test_without_a_store_it_says_how_to_connect_one(ringback: Ringback) -> None:
    ran = ringback("poll", "--once")
    assert ran.code == 1
    assert "SIDECAR_STORE_URL" in ran.line


def test_once_has_to_be_said(connected: Ringback) -> None:
    ran = connected("poll")
    assert ran.code == 2
    assert "--once" in ran.line


def test_an_unknown_store_is_a_slip(connected: Ringback) -> None:
    ran = connected("poll", "--once", "--store", "99")
    assert ran.code == 2
    assert "There is no store 99" in ran.line
