"""The clock: rings each job of the schedule when its time has come. It holds no work, so losing it loses nothing."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from redis.exceptions import RedisError

from sidecar.config import Config
from sidecar.gateways.bell import RedisBell

from .schedule import SCHEDULE, Entry

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class Clock:
    """Rings due entries; a ring that the broker does not take stays due."""

    def __init__(self, enqueue: Callable[[str, str], bool], schedule: Sequence[Entry] = SCHEDULE) -> None:
        self._enqueue = enqueue
        self._schedule = schedule
        self._due_at = dict.fromkeys(schedule, 0.0)
        self._is_away = False

    def tick(self, at: float) -> None:
        """Rings what is due at `at`, in seconds of any steady clock."""
        try:
            for entry in self._schedule:
                if self._due_at[entry] <= at:
                    self._enqueue(entry.queue, entry.job)
                    self._due_at[entry] = at + entry.every_seconds
        except RedisError as error:
            self._note_away(error)
        else:
            self._note_back()

    def _note_away(self, error: RedisError) -> None:
        if not self._is_away:
            log.warning("the broker is away; ringing again when it is back (%s)", error)
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            log.warning("the broker is back")
        self._is_away = False


def run(config: Config) -> None:
    """Ticks until SIGTERM or SIGINT."""
    stop = threading.Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    clock = Clock(RedisBell(config).enqueue)
    while not stop.is_set():
        clock.tick(time.monotonic())
        stop.wait(TICK_SECONDS)
