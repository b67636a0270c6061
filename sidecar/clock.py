"""The one place that reads the clocks. Everything else is given `now`."""

from __future__ import annotations

import functools
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Steady:
    """Seconds of a clock that nobody can set, counted from a start that `boot` names: of the computer where it can be
    named, else of this process."""

    boot: str
    seconds: float


def now() -> datetime:
    """The present moment: aware, UTC."""
    return datetime.now(UTC)


def steady() -> Steady:
    """What the steady clock shows. It goes on while the computer sleeps, where the system has such a clock."""
    since_start: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return Steady(_boot(), time.monotonic() if since_start is None else time.clock_gettime(since_start))


@functools.cache
def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return f"process {os.getpid()} {secrets.token_hex(8)}"
