"""A process that is kept alive: started, watched, started again with a growing pause, stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time

from sidecar.config import Config

from . import child
from .roles import Role

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_AFTER_SECONDS = 30.0


class Kept:
    """One role's process."""

    def __init__(self, role: Role, config: Config) -> None:
        self.role = role
        self.quick_ends = 0  # in a row
        self._config = config
        self._pid: int | None = None
        self._started_at = 0.0
        self._start_at = 0.0

    @property
    def is_running(self) -> bool:
        """Whether its process exists."""
        return self._pid is not None

    def start(self) -> None:
        """Starts it."""
        self._started_at = time.monotonic()
        self._pid = child.start(self.role.title, lambda: self.role.main(self._config), self.role.program)

    def reap(self) -> bool:
        """Notices that it has ended; whether it just did."""
        if self._pid is None:
            return False
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            return False
        self._end_session()
        self._pid = None
        was_steady = time.monotonic() - self._started_at > STEADY_AFTER_SECONDS
        self.quick_ends = 1 if was_steady else self.quick_ends + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (self.quick_ends - 1), LONGEST_PAUSE_SECONDS)
        self._start_at = time.monotonic() + pause
        log.warning("%s ended (%s); starting it again in %.1f s", self.role.name, _why(status), pause)
        return True

    def start_if_due(self) -> float:
        """Starts it when it is not running and its pause is over; the seconds still to wait, if any."""
        if self.is_running:
            return LONGEST_PAUSE_SECONDS
        left = self._start_at - time.monotonic()
        if left <= 0:
            self.start()
        return max(left, 0.0)

    def ask_to_stop(self) -> None:
        """Asks it to finish what it is doing and end."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGTERM)

    def has_stopped(self) -> bool:
        """Whether it is gone, after it was asked."""
        if self._pid is not None and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._end_session()
            self._pid = None
        return self._pid is None

    def kill(self) -> None:
        """Ends it now, with all it started."""
        if self._pid is None:
            return
        log.warning("%s did not finish in time; ending it", self.role.name)
        self._end_session()
        os.waitpid(self._pid, 0)
        self._pid = None

    def _end_session(self) -> None:
        # Its session holds what it started itself, like gunicorn's own worker.
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)


def _why(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
