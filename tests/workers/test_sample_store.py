"""The demo: the sample store beside Ringback, from the beginning, with no way out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sidecar.config import ROOT, ConfigError, load
from tests.workers.running import Running, environment, running, until
from workers import sample_store


def test_nothing_of_the_demo_can_leave_the_machine() -> None:
    outside = {
        "PATH": "/bin",
        "SIDECAR_SMTP_URL": "smtp://mail.example.com",
        "SIDECAR_SMTP_URL_FILE": "smtp.txt",
        "SIDECAR_IMAP_URL": "imaps://u:p@mail.example.com",
        "SIDECAR_MAIL_FROM": "Shop <shop@example.com>",
        "SIDECAR_TWILIO_ACCOUNT_SID": "AC1",
        "SIDECAR_TWILIO_AUTH_TOKEN_FILE": "token.txt",
        "SIDECAR_STORE_URL": "https://shop.example.com",
        "SIDECAR_STORE_KEY_FILE": "key.txt",
        "SIDECAR_DATABASE_URL": "postgresql://db.example.com/ringback",
        "SIDECAR_REDIS_URL": "redis://broker.example.com",
    }

    inside = sample_store.demo_environment(outside, 8123)

    assert not [name for name, value in inside.items() if "example.com" in value or name.endswith("_FILE")]
    assert inside["SIDECAR_STORE_URL"] == "http://127.0.0.1:8123"
    assert inside["SIDECAR_STORE_KEY"] == inside["DEMO_STORE_KEY"]
    assert inside["PATH"] == "/bin"
    assert inside["SIDECAR_DATA_DIR"].endswith("/var/demo")


def test_data_folder_of_the_caller_is_kept() -> None:
    assert sample_store.demo_environment({"SIDECAR_DATA_DIR": "/x"}, 1)["SIDECAR_DATA_DIR"] == "/x"
    assert "SIDECAR_DATA_DIR" not in sample_store.demo_environment({"SIDECAR_DATA_DIR_FILE": "/y"}, 1)


def test_real_database_is_never_begun_anew(data_dir: Path) -> None:
    config = load(environment(data_dir))
    database = data_dir / "ringback.sqlite3"
    database.write_text("years of work")

    with pytest.raises(ConfigError, match="not a demo's data folder"):
        sample_store.begin_anew(config)

    assert database.read_text() == "years of work"


def test_demo_is_begun_anew_in_its_own_folder(data_dir: Path) -> None:
    config = load(environment(data_dir))
    sample_store.begin_anew(config)
    for name in ("ringback.sqlite3", "ringback.sqlite3-wal"):
        (data_dir / name).write_text("yesterday")

    sample_store.begin_anew(config)

    assert sorted(path.name for path in data_dir.glob("ringback*")) == []


def _listed(it: Running, command: str) -> list[dict[str, Any]]:
    listing = subprocess.run(
        [sys.executable, "-m", "sidecar", command, "--json"],
        cwd=ROOT, env=environment(it.data_dir), capture_output=True, text=True, check=True, timeout=30,
    )
    rows: list[dict[str, Any]] = json.loads(listing.stdout)
    return rows


@pytest.mark.slow
def test_demo_fills_the_queue_by_itself_and_shows_two_ways_in(data_dir: Path) -> None:
    with running(data_dir, "demo") as it:
        until(lambda: "as the rep" in it.output, "the ways in are printed")
        assert "Sign in as the owner (once): http://127.0.0.1" in it.output

        until(lambda: len(_listed(it, "carts")) > 20, "carts are read", seconds=60)
        until(lambda: len(_listed(it, "calls")) > 3, "calls are queued", seconds=60)
        assert {message["state"] for message in _listed(it, "messages")} <= {"planned", "due", "cancelled"}


@pytest.mark.faults
def test_killed_sample_store_comes_back(data_dir: Path) -> None:
    with running(data_dir, "demo") as it:
        before = it.wait_for_roles("store")["store"]

        os.kill(before, signal.SIGKILL)

        until(lambda: it.roles().get("store", before) != before, "a new store process")
