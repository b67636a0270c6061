"""Jobs that tests put into real queues."""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import current_app


def write_after(seconds: float, path: str) -> None:
    """Takes its time, then says so in a file."""
    Path(f"{path}.started").touch()
    time.sleep(seconds)
    Path(path).write_text(f"{os.getpid()} {current_app.name}", encoding="utf-8")


def fail() -> None:
    """Goes wrong."""
    raise RuntimeError("meant to fail")
