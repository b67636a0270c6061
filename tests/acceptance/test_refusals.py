"""What is given wrongly is said in one line: odd values stop the start, wrong keys and addresses are reasons."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.processes import eventually
from tests.acceptance.shop import Shop
from tests.acceptance.system import System, opened


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    """The sample store with nobody's orders in it."""
    it = Shop(folder, "--no-people")
    yield it
    it.stop()


ODD = [
    ("SIDECAR_PORT", "eighty"),
    ("SIDECAR_PORT", "70000"),
    ("SIDECAR_BASE_URL", "calls.example.com"),
    ("SIDECAR_DATABASE_URL", "mysql://127.0.0.1/ringback"),
    ("SIDECAR_REDIS_URL", "127.0.0.1:6379"),
    ("SIDECAR_SECRET_KEY", "short"),
    ("SIDECAR_STORE_URL", "https://shop.example.com"),  # without its keys
    ("SIDECAR_ALLOW_LOCAL_STORES", "maybe"),
    ("SIDECAR_SMTP_URL", "mail.example.com"),
    ("SIDECAR_MAIL_FROM", "Aurora Audio"),
    ("SIDECAR_OWNER_EMAIL", "olive"),
    ("SIDECAR_OWNER_PASSWORD", "short"),
    ("SIDECAR_LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "value"), ODD, ids=[f"{name}={value}" for name, value in ODD])
def test_odd_value_is_refused_with_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    done = System(tmp_path, {name: value}).run_here("poll", "--once")

    assert done.returncode == 2
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert value not in done.stderr or "PASSWORD" not in name


def test_up_stops_at_an_odd_value_as_every_command_does(tmp_path: Path) -> None:
    done = System(tmp_path, {"SIDECAR_PORT": "eighty"}).run("up")

    assert done.returncode == 2
    assert "SIDECAR_PORT" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_value_may_come_from_a_file_and_a_missing_one_is_named(tmp_path: Path) -> None:
    done = System(tmp_path, {"SIDECAR_SMTP_URL_FILE": str(tmp_path / "nothing")}).run("up")

    assert done.returncode == 2
    assert "SIDECAR_SMTP_URL_FILE" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_store_on_http_needs_the_operators_word(tmp_path: Path, shop: Shop) -> None:
    done = System(tmp_path, shop.environment() | {"SIDECAR_ALLOW_LOCAL_STORES": "0"}).run("up")

    assert done.returncode == 2
    assert "SIDECAR_ALLOW_LOCAL_STORES=1" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SIDECAR_STORE_SECRET", "cs_" + "9" * 40, "secret"),
        ("SIDECAR_STORE_KEY", "ck_" + "9" * 40, "key"),
        ("SIDECAR_STORE_KEY", "ck_shopper_" + "5" * 40, "administrator"),
    ],
)
def test_wrong_keys_are_a_reason_that_says_what_to_do(
    tmp_path: Path, shop: Shop, name: str, value: str, word: str
) -> None:
    environ = shop.environment() | {name: value}
    if "shopper" in value:
        environ["SIDECAR_STORE_SECRET"] = "cs_shopper_" + "6" * 40

    done = System(tmp_path, environ).run_here("poll", "--once")

    assert done.returncode == 1
    assert done.stderr.startswith("ringback: The store is unreadable: ")
    assert word in done.stderr.lower()
    assert len(done.stderr.strip().splitlines()) == 1
    assert value not in done.stderr


def test_address_without_a_server_is_a_reason(tmp_path: Path, shop: Shop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        environ = shop.environment() | {"SIDECAR_STORE_URL": f"http://127.0.0.1:{taken.getsockname()[1]}"}

        done = System(tmp_path, environ).run_here("poll", "--once")

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_up_runs_with_a_store_that_is_away_and_reads_it_when_it_comes(folder: Path, shop: Shop) -> None:
    shop.kill()
    data_dir = folder / "away"
    data_dir.mkdir()
    system = System(data_dir, shop.environment())
    system.set(poll__every="10s", poll__backoff_max="10s")
    with opened(system):
        eventually(lambda: "store 1 is unreadable" in system.output, "the log says it")
        shop.open()
        eventually(lambda: "store 1 is readable again" in system.output, "it is read")
