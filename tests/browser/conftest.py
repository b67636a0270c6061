"""A real application on a port of its own, and Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from sidecar import accounts, clock
from sidecar.app import create_app
from sidecar.db import db, transaction
from tests.conftest import a_config
from tests.factories import make_user

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's own Chromium where it is installed, and nothing that calls home."""
    more = {"executable_path": CHROMIUM} if CHROMIUM else {}
    return {**browser_type_launch_args, **more, "args": [*QUIET, "--no-first-run"]}


@pytest.fixture
def live_app(tmp_path: Path, sqlite_template: Path) -> Iterator[Flask]:
    """The application behind `live_url`. Open `live_app.app_context()` to put rows in."""
    database = shutil.copy(sqlite_template, tmp_path / "live.sqlite3")
    app = create_app(a_config(tmp_path, f"sqlite:///{database}"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def live_url(live_app: Flask) -> Iterator[str]:
    """The address at which `live_app` answers."""
    server = make_server("127.0.0.1", 0, live_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def signed_in(live_app: Flask, live_url: str) -> Callable[..., Page]:
    """`signed_in(page, "rep")` gives the page back, signed in as a new user of that role (or `email` given)."""

    def sign_in(page: Page, role: str, email: str | None = None) -> Page:
        with live_app.app_context(), transaction():
            address = email or f"{role}@example.com"
            user = accounts.find_user_by_email(address) or make_user(address, role, now=clock.now())
            token = accounts.start_session(user, now=clock.now())
        page.context.add_cookies([{"name": "ringback", "value": token, "url": live_url}])
        return page

    return sign_in
