"""A whole Ringback from outside: started as a user starts it, asked by its command line, looked at over HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import requests
from click.testing import CliRunner

from sidecar.__main__ import main
from sidecar.commands import COMMANDS
from sidecar.config import ROOT, Config, load
from tests.acceptance.processes import Program, outside_environment
from tests.conftest import logging_kept
from tests.workers.running import descendants, free_port, until

OWNER, PASSWORD = "olive@example.com", "a long walk by the river"


class System(Program):
    """`python -m sidecar up` with an environment of its own. Its database may be asked before it is started."""

    def __init__(self, data_dir: Path, environ: Mapping[str, str], *words: str, has_owner: bool = True) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        owner = {"SIDECAR_OWNER_EMAIL": OWNER, "SIDECAR_OWNER_PASSWORD": PASSWORD} if has_owner else {}
        self.environ = outside_environment() | owner | {
            "SIDECAR_DATA_DIR": str(data_dir),
            "SIDECAR_LOG_FORMAT": "text",
            "SIDECAR_PORT": str(self.port),
            **environ,
        }
        super().__init__(["-m", "sidecar", *(words or ("up",))], data_dir / "output.txt", self.environ)

    def open(self, seconds: float = 30.0) -> None:
        """Starts it and waits until its pages answer."""
        self.start()
        until(self.answers, f"the pages answer; it said: {self.output}", seconds)

    def answers(self) -> bool:
        """Whether the pages answer."""
        assert self.is_running, f"ended: {self.output}"
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/livez", timeout=2).status_code == 200
        return False

    @property
    def config(self) -> Config:
        """The configuration it runs with."""
        return load(self.environ)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command of the command line, with what it said and its exit code."""
        return subprocess.run(
            [sys.executable, "-m", "sidecar", *words],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False, timeout=60,
        )

    def run_here(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same in this process: starting another takes a second each time. Not for what forks."""
        out, err = io.StringIO(), io.StringIO()
        here = patch.dict(os.environ, self.environ, clear=True), patch.object(sys, "argv", ["ringback", *words])
        with logging_kept(), here[0], here[1], contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main()
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def command(self, *words: str) -> str:
        """What a command says; it must succeed. It runs in this process: starting another takes a second each time."""
        with logging_kept(), patch.dict(os.environ, self.environ, clear=True):
            done = CliRunner().invoke(click.Group(commands=COMMANDS), words)
        assert done.exit_code == 0, f"{words}: {done.output} {done.exception!r}"
        return done.stdout

    def listing(self, name: str) -> list[dict[str, Any]]:
        """`carts`, `calls` or `messages` as programs read them."""
        found: list[dict[str, Any]] = json.loads(self.command(name, "--json"))
        return found

    def by_order(self, name: str) -> dict[int, dict[str, Any]]:
        """The same, by the order's id; each order must be listed once, or once for each step of its sequence. Of those
        it is the one that leaves first."""
        rows = self.listing(name)
        places = {(row["order_id"], row.get("step")) for row in rows}
        assert len(places) == len(rows), f"{name} lists an order twice"
        rows.sort(key=lambda row: row.get("due_at") or "", reverse=True)
        return {row["order_id"]: row for row in rows}

    def set(self, **settings: str) -> None:
        """Changes settings of the business; a double underscore stands for the dot."""
        for name, value in settings.items():
            self.command("settings", "set", name.replace("__", "."), value)

    def roles(self) -> dict[str, int]:
        """The process id of each role, by its title without "ringback: "."""
        return {
            title.removeprefix("ringback: ").strip(" ."): pid
            for pid, title in descendants(self.process.pid).items()
            if title.startswith("ringback: ")
        }

    def end(self) -> None:
        """Stops it and everything it started, whatever has happened to it."""
        left = descendants(self.process.pid) if self.is_running else {}
        try:
            if self.is_running:
                self.stop()
        finally:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def opened(system: System) -> Iterator[System]:
    """The system, running; ended in any case."""
    try:
        system.open()
        yield system
    finally:
        system.end()
