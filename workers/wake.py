"""Waiting that a signal ends: asked to stop, or a process of ours has ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import FrameType


class Wake:
    """Takes over SIGTERM, SIGINT and SIGCHLD of this process."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGINT, self._request_stop)
        signal.signal(signal.SIGCHLD, self._note)

    def wait(self, seconds: float) -> None:
        """Waits, at most `seconds`, for any of the signals."""
        select.select([self._read], [], [], max(seconds, 0.0))
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, 512):
                pass

    def _request_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        """The wake-up alone is enough."""
