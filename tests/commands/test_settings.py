"""`settings`: reading, changing, refusing; and the page of the documentation that is made from the CATALOG."""

from __future__ import annotations

import pytest

from sidecar.commands.settings import page
from sidecar.config import ROOT
from sidecar.settings.catalog import CATALOG
from tests.commands.conftest import Ringback


@pytest.fixture
def with_store(ringback: Ringback) -> Ringback:
    """An installation with a store that is never read."""
    store = {"STORE_URL": "https://shop.example.com", "STORE_KEY": "ck_" + "1" * 40, "STORE_SECRET": "cs_" + "1" * 40}
    assert ringback("settings", "list", **store).code == 0
    return ringback


def test_a_setting_is_changed_and_read_back(with_store: Ringback) -> None:
    changed = with_store("settings", "set", "carts.abandoned_after", "30m")
    assert (changed.code, changed.out) == (0, "carts.abandoned_after = 30m\n")
    assert with_store("settings", "get", "carts.abandoned_after").out == "30m\n"
    assert "(as before)" in with_store("settings", "set", "carts.abandoned_after", "30m").out


def test_every_setting_is_listed_with_its_bounds(with_store: Ringback) -> None:
    with_store("settings", "set", "routing.call_threshold", "USD=300,EUR=300")
    rows = with_store("settings", "list", "--json").rows
    assert [row["name"] for row in rows] == list(CATALOG)
    assert all(list(row) == ["name", "value", "default", "bounds", "label", "help"] for row in rows)
    values = {row["name"]: row["value"] for row in rows}
    assert values["routing.call_threshold"] == "USD=300,EUR=300"
    assert values["poll.every"] == "60s"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("carts.abandoned_after", "30s", "between 1m and 7d"),
        ("holdout.percent", "-5", "between 0 and 50"),
        ("calls.first_after", "1h", "between 2h and 7d"),
        ("carts.abandoned", "15m", "Did you mean carts.abandoned_after?"),
        ("sending.live", "on", "go-live"),
    ],
)
def test_what_the_catalog_does_not_allow_is_refused_in_one_line(
    with_store: Ringback, name: str, value: str, says: str
) -> None:
    ran = with_store("settings", "set", name, value)
    assert ran.code == 2
    assert says in ran.line
    assert ran.out == ""


def test_defaults_are_shown_before_a_store_is_connected(ringback: Ringback) -> None:
    assert ringback("settings", "get", "poll.every").out == "60s\n"
    ran = ringback("settings", "set", "poll.every", "30s")
    assert ran.code == 1
    assert "No store is connected" in ran.line


def test_the_page_of_settings_is_current() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == page() + "\n", "run: bin/run settings list --markdown > docs/settings.md"
