"""A whole Ringback, started as a user starts it, for tests that look at it from outside."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sidecar.config import ROOT, Config, load

PATIENCE_SECONDS = 20.0


def until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until `holds()`; fails, naming `what`, when it takes too long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A loopback port nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """`python -m sidecar up` on a data folder and a port of its own."""

    def __init__(self, data_dir: Path, *words: str, **more: str) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self._output = data_dir / "output.txt"
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", *(words or ("up",)), "--port", str(self.port)],
                cwd=ROOT, env=environment(data_dir) | more, stdout=output, stderr=subprocess.STDOUT,
            )

    @property
    def config(self) -> Config:
        """The configuration it runs with."""
        return load(environment(self.data_dir))

    @property
    def output(self) -> str:
        """Everything it has printed so far."""
        return self._output.read_text(encoding="utf-8")

    def wait_until_it_answers(self) -> None:
        """Waits for the pages."""
        until(self.answers, f"the pages answer; it said: {self.output}")

    def answers(self) -> bool:
        """Whether the pages answer."""
        assert self.process.poll() is None, f"ended: {self.output}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        return False

    def roles(self) -> dict[str, int]:
        """The process id of each role, by its title without "ringback: "."""
        return {
            title.removeprefix("ringback: ").strip(" ."): pid
            for pid, title in descendants(self.process.pid).items()
            if title.startswith("ringback: ")
        }

    def wait_for_roles(self, *names: str) -> dict[str, int]:
        """Waits until every role of `names` has a process; all roles then."""
        until(lambda: set(names) <= set(self.roles()), f"processes {names}; there are {self.roles()}")
        return self.roles()

    def stop(self) -> float:
        """Asks it to stop and waits; how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - began


@contextlib.contextmanager
def running(data_dir: Path, *words: str, **more: str) -> Iterator[Running]:
    """A started Ringback whose pages answer, with `more` in its environment; stopped at the end in any case."""
    it = Running(data_dir, *words, **more)
    try:
        it.wait_until_it_answers()
        yield it
    finally:
        left = descendants(it.process.pid)
        if it.process.poll() is None:
            it.stop()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def environment(data_dir: Path) -> dict[str, str]:
    """The caller's environment without any setting of Ringback, and with this data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    return kept | {"SIDECAR_DATA_DIR": str(data_dir), "SIDECAR_LOG_FORMAT": "text"}


def descendants(pid: int) -> dict[int, str]:
    """The command line of every process below `pid`, by process id."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 3) for line in table.splitlines()]
    alive = {int(row[0]): (int(row[1]), row[3] if len(row) > 3 else "") for row in rows if "Z" not in row[2]}
    found: dict[int, str] = {}
    parents = {pid}
    while parents:
        below = {child: title for child, (parent, title) in alive.items() if parent in parents}
        found |= below
        parents = set(below)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process runs; a dead one that nobody has waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and "Z" not in state.stdout
