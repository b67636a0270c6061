"""Our pages and the floor beside them, each on gunicorn in processes of their own; and somebody signed in."""

from __future__ import annotations

import contextlib
import http.cookies
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from bench.load import exchange
from bench.sample import free_port, wait_for
from sidecar import accounts
from sidecar.config import ROOT
from sidecar.db import transaction


@contextlib.contextmanager
def pages(environ: dict[str, str]) -> Iterator[int]:
    """The port of our pages, served by the web role."""
    with _server(["-m", "workers", "web"], environ, "/livez") as port:
        yield port


@contextlib.contextmanager
def hello(environ: dict[str, str]) -> Iterator[int]:
    """The port of a Flask that says hello on the same kind of server."""
    with _server(["-m", "bench.hello"], environ, "/") as port:
        yield port


def signed_in(port: int, email: str, role: str) -> dict[str, str]:
    """Headers that make a request that person's. Needs the application's context, for a one-time link."""
    now = datetime.now(UTC)
    with transaction():
        user = accounts.find_user_by_email(email) or accounts.add_user(email, role, name="Sam Reyes", now=now)
        path = f"/link/{accounts.make_link(user, now=now)}"
    jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    page = exchange(port, "GET", path, _cookies(jar))
    jar.load(page.headers.get("Set-Cookie", ""))
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
    form = urlencode({"csrf_token": token[1].decode() if token else ""})
    more = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://127.0.0.1:{port}{path}"}
    done = exchange(port, "POST", path, _cookies(jar) | more, form.encode())
    for value in done.headers.get_all("Set-Cookie") or []:
        jar.load(value)
    return _cookies(jar)


def _cookies(jar: http.cookies.SimpleCookie) -> dict[str, str]:
    found = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
    return {"Cookie": found} if found else {}


@contextlib.contextmanager
def _server(program: list[str], environ: dict[str, str], path: str) -> Iterator[int]:
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    process = subprocess.Popen(
        [sys.executable, *program],
        env={**own, **environ, "SIDECAR_PORT": str(port), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )
    try:
        wait_for(port, path)
        yield port
    finally:
        process.terminate()
        process.wait(15)
