"""What happens before anything listens, and the lines a start prints."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from sidecar import accounts, clock
from sidecar.app import create_core
from sidecar.commands import start
from sidecar.config import ConfigError
from sidecar.db import db, transaction
from sidecar.stores.connection import connected_stores, disconnect, link_of
from tests.conftest import a_config
from tests.factories import NOW, VAULT

STORE = {
    "SIDECAR_STORE_URL": "https://shop.example.com/",
    "SIDECAR_STORE_KEY": "ck_" + "1" * 40,
    "SIDECAR_STORE_SECRET": "cs_" + "1" * 40,
}
OWNER = {"SIDECAR_OWNER_EMAIL": "Olive@example.com", "SIDECAR_OWNER_PASSWORD": "walnut turntable 42"}


@contextmanager
def started(folder: Path, database_url: str, **environ: str) -> Iterator[Flask]:
    """A start with these variables, up to where it would listen."""
    app = create_core(a_config(folder, database_url, **environ))
    with app.app_context():
        start.prepare(app)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_first_start_without_an_owner_prints_the_way_to_set_up(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url) as app:
        where, set_up = start.announce(app)
    assert where == "Ringback is at http://127.0.0.1:8000"
    token = (tmp_path / "setup.token").read_text(encoding="ascii").strip()
    assert set_up == f"Set it up at http://127.0.0.1:8000/setup?token={token}"
    assert stat.S_IMODE((tmp_path / "setup.token").stat().st_mode) == 0o600
    with started(tmp_path, database_url) as app:
        assert start.announce(app)[1] == set_up


def test_the_token_goes_when_there_is_an_owner(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url):
        pass
    with started(tmp_path, database_url, **OWNER) as app:
        assert start.announce(app) == ["Ringback is at http://127.0.0.1:8000"]
    assert not (tmp_path / "setup.token").exists()


def test_the_owner_of_the_environment_is_made_once(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, **OWNER):
        owner = accounts.find_user_by_email("olive@example.com")
        assert owner is not None
        assert owner.role == "owner"
        assert accounts.check_password(owner, "walnut turntable 42")
    with started(tmp_path, database_url, **OWNER | {"SIDECAR_OWNER_PASSWORD": "another walnut 43"}):
        (only,) = accounts.every_user()
        assert accounts.check_password(only, "walnut turntable 42")


def test_an_owner_without_a_password_gets_a_link(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, SIDECAR_OWNER_EMAIL="olive@example.com") as app:
        link = start.announce(app)[1]
        token = re.fullmatch(r"Sign in as olive@example\.com \(once\): http://127\.0\.0\.1:8000/link/(\S+)", link)
        assert token
        owner = accounts.find_link(token[1], now=clock.now())
        assert owner is not None


def test_a_weak_owner_password_stops_the_start(tmp_path: Path, database_url: str) -> None:
    weak = OWNER | {"SIDECAR_OWNER_PASSWORD": "password"}
    with pytest.raises(ConfigError, match=r"^SIDECAR_OWNER_PASSWORD: "), started(tmp_path, database_url, **weak):
        pass


def test_the_store_of_the_environment_is_stored_before_anything_listens(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, **STORE):
        (store,) = connected_stores()
        assert (store.url, store.health) == ("https://shop.example.com", "new")
        assert link_of(store, VAULT).secret == "cs_" + "1" * 40
    with started(tmp_path, database_url, **STORE | {"SIDECAR_STORE_SECRET": "cs_" + "2" * 40}):
        (store,) = connected_stores()
        assert link_of(store, VAULT).secret == "cs_" + "1" * 40


def test_a_store_that_the_owner_disconnected_stays_disconnected(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, **STORE), transaction():
        disconnect(connected_stores()[0], now=NOW)
    with started(tmp_path, database_url, **STORE):
        assert connected_stores() == []


def test_the_demo_prints_a_link_for_the_owner_and_for_a_rep(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url) as app:
        _, owner, rep = start.announce(app, demo=True)
        assert owner.startswith("Sign in as the owner (once): http://127.0.0.1:8000/link/")
        assert rep.startswith("Sign in as the rep (once): http://127.0.0.1:8000/link/")
        found = [accounts.find_link(line.rpartition("/")[2], now=clock.now()) for line in (owner, rep)]
        assert [user.role for user in found if user] == ["owner", "rep"]
        assert len(start.announce(app, demo=True)) == 3
        assert len(accounts.every_user()) == 2


def test_a_slip_in_a_variable_is_said_at_the_start(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, SIDECAR_STROE_URL="https://shop.example.com") as app:
        assert start.announce(app)[0] == "SIDECAR_STROE_URL is not a name Ringback knows. SIDECAR_STORE_URL?"
