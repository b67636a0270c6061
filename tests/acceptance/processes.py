"""Programs of their own around a Ringback under test: each is started, killed, started again, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from sidecar.config import ROOT

OUTSIDE = Path(__file__).parent / "outside"
PATIENCE_SECONDS = 90.0  # what the product promises for a change in the store; mostly it takes ten


def eventually(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS, every: float = 1.0) -> float:
    """Asks every now and then until `holds()`; how many seconds that took. Fails, naming `what`, when it never does."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(every)
    return time.monotonic() - began


class Program:
    """`python WORDS` in a process of its own; what it says is added to `output_path`."""

    def __init__(self, words: list[str], output_path: Path, environ: Mapping[str, str]) -> None:
        self._words = words
        self._output_path = output_path
        self._environ = dict(environ)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; the caller waits for it in its own way."""
        assert self._process is None or self._process.poll() is not None, "it runs already"
        with self._output_path.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._words], cwd=ROOT, env=self._environ, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process last started."""
        assert self._process is not None, "it was never started"
        return self._process

    @property
    def is_running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything it has said so far, over all its lives."""
        return self._output_path.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Ends it as a power failure would."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 15.0) -> int:
        """Asks it to stop; its exit code. Kills it when it does not."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds)
        self.kill()
        raise AssertionError(f"did not stop within {seconds:.0f} s: {self._words}")


def _seconds_until_wednesday() -> int:
    """To 18:00 UTC, when people may be called in most of America; at most a week."""
    now = datetime.now(UTC)
    there = now.replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=(2 - now.weekday()) % 7)
    return int((there - now).total_seconds()) + (604800 if there < now else 0)


AHEAD_SECONDS = _seconds_until_wednesday()


@contextlib.contextmanager
def on_a_wednesday() -> Iterator[None]:
    """While it lasts, this process reads the same clock as those started by `Program`: in some hours of a real week
    nobody may be called anywhere, and then there would be nothing to see."""
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=AHEAD_SECONDS), tick=True):
        yield


def outside_environment() -> dict[str, str]:
    """The caller's environment without any setting of Ringback or of the sample store, on a Wednesday."""
    ours = ("SIDECAR_", "DEMO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONPATH": str(OUTSIDE), "CLOCK_AHEAD_SECONDS": str(AHEAD_SECONDS)}
