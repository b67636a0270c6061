"""A whole Ringback as `up` runs it, watched from outside: when it answers, and what its processes hold."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.sample import free_port, wait_for
from sidecar.config import ROOT


@dataclass(frozen=True)
class Held:
    """Memory of one process in MB: its own share (PSS: shared pages divided by those who share) and all it maps."""

    title: str
    share: float
    resident: float


@dataclass
class Whole:
    """A running `up`."""

    process: subprocess.Popen[bytes]
    port: int
    seconds_to_answer: float

    def held(self) -> list[Held]:
        """What each of its processes holds."""
        return [found for pid in _family(self.process.pid) if (found := _held(pid))]


@contextlib.contextmanager
def up(environ: dict[str, str]) -> Iterator[Whole]:
    """`up` in that environment, from its first answer until the end of the block."""
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "sidecar", "up", "--port", str(port)],
        env={**own, **environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, "/livez", seconds=30)
        yield Whole(process, port, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(20)


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, ahead = [], [pid]
    while ahead:
        found.append(ahead.pop())
        ahead += children.get(found[-1], [])
    return found


def _held(pid: int) -> Held | None:
    with contextlib.suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        title = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        sizes = {name: int(size) / 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB", rollup, re.M)}
        return Held(title, sizes.get("Pss", 0.0), sizes.get("Rss", 0.0))
    return None
