"""One command, every process: starts broker, web, workers and clock, starts a dead one again, stops them in order."""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence

from setproctitle import setproctitle

from sidecar.config import Config

from . import broker, child, lock, roles, sample_store
from .kept import Kept
from .roles import Role
from .wake import Wake

log = logging.getLogger(__name__)

# Together below ten seconds: what works may finish, then the store, then the broker.
WORK_STOP_SECONDS = 7.0
LAST_STOP_SECONDS = 1.0
STORE_START_SECONDS = 10.0
BROKER_GIVEN_UP_AFTER = 4  # quick ends in a row


class CannotStart(Exception):
    """Why nothing was started: one line to show, if it has not been shown yet, and the exit code."""

    def __init__(self, reason: str, code: int = 1) -> None:
        super().__init__(reason)
        self.code = code


def run(config: Config, prepare: Callable[[], Sequence[str]], *, store: Role | None = None) -> None:
    """Runs everything until SIGTERM or SIGINT.

    `prepare` runs once, in a process of its own, before anything listens; the lines it returns are printed when the
    pages answer. `store` is the sample store, for the demo. Raises CannotStart or ConfigError.
    """
    setproctitle("ringback: demo" if store else "ringback: up")
    try:
        with lock.hold(config.data_dir):
            _check_port(config)
            Supervisor(config, prepare, store).run()
    except lock.Taken as error:
        raise CannotStart(str(error)) from error


def _check_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise CannotStart(
                f"{config.host} port {config.port} cannot be used: {error.strerror}. Give another one with --port."
            ) from error


class Supervisor:
    """Starts, keeps and stops the processes of one data folder."""

    def __init__(self, config: Config, prepare: Callable[[], Sequence[str]], store: Role | None) -> None:
        self._config = config
        self._prepare = prepare
        self._broker = Kept(roles.BROKER, config) if config.redis_url is None else None
        self._store = Kept(store, config) if store else None
        self._work = [Kept(role, config) for role in (roles.WEB, *roles.WORKERS, roles.CLOCK)]
        self._kept = [self._broker] if self._broker else []  # grows in the order of starting
        self._wake = Wake()

    def run(self) -> None:
        """Starts everything, keeps it alive, and stops it when asked to."""
        try:
            self._start_broker()
            if child.CAN_FORK:
                roles.preload()
            self._keep(at_most=0.0)
            lines = self._run_prepare()
            if self._store:  # only now: preparing the demo takes away what an earlier store remembered
                self._kept.append(self._store)
            self._wait_for_store()
            self._kept += self._work
            self._announce(lines)
            while not self._wake.is_stopping:
                self._keep()
        finally:
            self._stop()

    def _start_broker(self) -> None:
        if self._broker:
            broker.make_folders(self._config)
            broker.stop_leftover(self._config)
            self._broker.start()

    def _wait_for_store(self) -> None:
        """Waits a moment for the sample store, so that the first poll does not find it away."""
        deadline = time.monotonic() + STORE_START_SECONDS
        while self._store and not sample_store.answers(self._config):
            if self._wake.is_stopping or time.monotonic() > deadline:
                return
            self._keep(at_most=0.1)

    def _run_prepare(self) -> list[str]:
        if not child.CAN_FORK:
            return list(self._prepare())
        read, write = os.pipe()
        pid = child.start("ringback: set-up", lambda: _send_lines(write, self._prepare()), ())
        os.close(write)
        code = self._wait_for(pid)
        with os.fdopen(read, "rb") as answer:
            text = answer.read()
        if self._wake.is_stopping:
            return []
        if code:
            raise CannotStart("", abs(code))  # it has said why
        lines: list[str] = json.loads(text)
        return lines

    def _wait_for(self, pid: int) -> int:
        """The exit code of a process that ends by itself; asked to stop, it is ended."""
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if self._wake.is_stopping:
                os.kill(pid, signal.SIGKILL)
            self._wake.wait(0.1)

    def _announce(self, lines: Iterable[str]) -> None:
        """Prints where the pages are, as soon as they answer."""
        while not self._wake.is_stopping:
            if _pages_answer(self._config):
                for line in lines:
                    print(line, flush=True)  # noqa: T201
                return
            self._keep(at_most=0.1)

    def _keep(self, at_most: float = 10.0) -> None:
        for kept in self._kept:
            if kept.reap() and kept is self._broker and kept.quick_ends == BROKER_GIVEN_UP_AFTER:
                broker.set_aside(self._config)
        self._wake.wait(min([at_most, *(kept.start_if_due() for kept in self._kept)]))

    def _stop(self) -> None:
        self._end(self._work, WORK_STOP_SECONDS)
        self._end([self._store] if self._store else [], LAST_STOP_SECONDS)
        self._end([self._broker] if self._broker else [], LAST_STOP_SECONDS)

    def _end(self, group: Sequence[Kept], seconds: float) -> None:
        for kept in group:
            kept.ask_to_stop()
        deadline = time.monotonic() + seconds
        while not all(kept.has_stopped() for kept in group) and time.monotonic() < deadline:
            self._wake.wait(0.1)
        for kept in group:
            kept.kill()


def _send_lines(pipe: int, lines: Sequence[str]) -> None:
    os.write(pipe, json.dumps(list(lines)).encode())


def _pages_answer(config: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104
    connection = http.client.HTTPConnection(host, config.port, timeout=1)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
