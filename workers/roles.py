"""The processes of a running Ringback, by name. `python -m workers NAME` runs one alone, for other supervisors."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from sidecar.config import Config

from .schedule import QUEUES


@dataclass(frozen=True)
class Role:
    """One process: its name in the process list, and what it does until it is asked to stop."""

    name: str
    main: Callable[[Config], None]

    @property
    def title(self) -> str:
        """What the process list shows."""
        return f"ringback: {self.name}"

    @property
    def program(self) -> list[str]:
        """The command that runs this role in a process of its own."""
        return [sys.executable, "-m", "workers", *self.name.split()]


def _broker(config: Config) -> None:
    from . import broker

    command = broker.command(config)
    os.execv(command[0], command)


def _web(config: Config) -> None:
    from . import web

    web.serve(config)


def _worker(queue: str) -> Callable[[Config], None]:
    def main(config: Config) -> None:
        from . import runtime

        runtime.work(queue, config)

    return main


def _clock(config: Config) -> None:
    from . import clock

    clock.run(config)


BROKER = Role("broker", _broker)
WEB = Role("web", _web)
WORKERS = tuple(Role(f"worker {queue}", _worker(queue)) for queue in QUEUES)
CLOCK = Role("clock", _clock)

ALL = (BROKER, WEB, *WORKERS, CLOCK)


PRELOADED = ("sidecar.web", "sidecar.gateways", "workers.clock", "workers.jobs", "workers.runtime", "workers.web")


def preload() -> None:
    """Imports what the roles need, once, so that processes forked afterwards share it in memory.

    Nothing is built: applications and connections belong to the process that uses them.
    """
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
