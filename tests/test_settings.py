"""The CATALOG: every value is checked against its bounds, and read as what it means."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask

from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.settings import Settings, check, find_entry, put, settings_of, written
from sidecar.settings.catalog import CATALOG
from sidecar.settings.notation import duration, duration_words, hours
from tests.cast import OWNER
from tests.factories import NOW, make_store

# Named by scripts; from the list of the settings of the business.
PROMISED = """
poll.every poll.backoff_max carts.abandoned_after routing.call_threshold routing.failed_factor calls.first_after
calls.hours calls.inquiry_basis consent.meta_keys sender.name sender.reply_to sender.postal_address
sending.per_domain_per_minute outreach.first_after outreach.steps outreach.backlog_within calls.backlog_within
holdout.percent sending.live
""".split()  # noqa: SIM905 - a list to compare with the page it comes from


def test_every_promised_setting_exists() -> None:
    assert set(PROMISED) <= set(CATALOG)


def test_the_defaults_are_the_promised_ones() -> None:
    values = Settings()
    assert values["poll.every"] == timedelta(seconds=60)
    assert values["carts.abandoned_after"] == timedelta(minutes=15)
    assert values["calls.first_after"] == timedelta(hours=24)
    assert values["outreach.first_after"] == timedelta(minutes=45)
    assert values["outreach.backlog_within"] == timedelta(0)
    assert values["calls.backlog_within"] == timedelta(days=3)
    assert values["routing.failed_factor"] == 0.5
    assert values["holdout.percent"] == 0
    assert values["calls.inquiry_basis"] is True
    assert values["sending.live"] is False
    assert values["sending.per_domain_per_minute"] == 600


@pytest.mark.parametrize("name", CATALOG)
def test_every_entry_explains_itself_and_accepts_its_own_default(name: str) -> None:
    entry = CATALOG[name]
    assert entry.label
    assert entry.help.endswith(".")
    assert entry.bounds
    entry.read(entry.default)


@pytest.mark.parametrize(
    ("name", "text", "bounds"),
    [
        ("carts.abandoned_after", "30s", "between 1m and 7d"),
        ("carts.abandoned_after", "8d", "between 1m and 7d"),
        ("carts.abandoned_after", "soon", "a time like 45m"),
        ("carts.abandoned_after", "-15m", "a time like 45m"),
        ("calls.first_after", "1h", "between 2h and 7d"),
        ("routing.failed_factor", "0", "between 0.1 and 1"),
        ("routing.failed_factor", "nan", "between 0.1 and 1"),
        ("holdout.percent", "51", "between 0 and 50"),
        ("holdout.percent", "٥", "between 0 and 50"),
        ("routing.call_threshold", "300", "like USD=300,EUR=300"),
        ("routing.call_threshold", "USD=-1", "0 or more"),
        ("routing.call_threshold", "USD=abc", "like USD=300,EUR=300"),
        ("calls.hours", "Mon-Fri 06:00-19:00", "between 08:00 and 20:00"),
        ("calls.hours", "Mon-Fri 19:00-10:00", "must end after they start"),
        ("calls.hours", "Fri-Mon 10:00-19:00", "the earlier day first"),
        ("calls.hours", "always", "like Mon-Sat 10:00-19:00"),
        ("calls.inquiry_basis", "maybe", "on or off"),
        ("consent.meta_keys", "fax=_ok", "like email=_newsletter_ok"),
        ("carts.status_meanings", "in-production=great", "unpaid, paid or closed"),
        ("sender.reply_to", "hello", "like hello@example.com"),
        ("sender.name", "Aurora\nBcc: x", "one line"),
        ("sender.name", "x" * 81, "80 characters"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_the_bounds(name: str, text: str, bounds: str) -> None:
    with pytest.raises(Refused) as caught:
        check(name, text)
    assert bounds in caught.value.reason
    assert caught.value.reason.startswith(CATALOG[name].called or CATALOG[name].label)
    assert (caught.value.code, caught.value.field) == ("out_of_bounds", name)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Refused, match=r"Did you mean calls\.hours"):
        find_entry("call.hours")


def test_going_live_is_no_setting() -> None:
    with pytest.raises(Refused, match="go-live, pause and resume"):
        check("sending.live", "on")


def test_a_setting_is_kept_for_its_store_only(app: Flask) -> None:
    with transaction():
        store, other = make_store(), make_store(url="https://other.example.com")
        assert put(store.id, "carts.abandoned_after", " 30m ", by=OWNER, now=NOW)
        assert not put(store.id, "carts.abandoned_after", "30m", by=OWNER, now=NOW)
    assert settings_of(store.id)["carts.abandoned_after"] == timedelta(minutes=30)
    assert written(store.id) == {"carts.abandoned_after": "30m"}
    assert settings_of(other.id)["carts.abandoned_after"] == timedelta(minutes=15)


def test_amounts_are_read_in_the_minor_units_of_their_currency() -> None:
    read = CATALOG["routing.call_threshold"].read
    assert read("usd=300, JPY=45000,KWD=90.5") == {"USD": 30000, "JPY": 45000, "KWD": 90500}
    assert read("") == {}


def test_hours_are_read_as_days_and_times() -> None:
    read = hours("Mon-Sat 10:00-19:00")
    assert (read.days, read.start, read.end) == (frozenset(range(6)), time(10), time(19))


@pytest.mark.parametrize("text", ["0", "45s", "90m", "24h", "3d", "7d"])
def test_a_duration_is_written_as_it_was_read(text: str) -> None:
    assert duration_words(duration(text)) == text
