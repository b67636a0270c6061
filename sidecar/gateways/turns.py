"""Turns: one request in flight per store, over all processes and machines of an installation.

A turn is taken for one request, not for a whole poll, so that a rep's live re-read waits for a page at most. Who
waits is served before whoever has just had a turn. The wait is bounded.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from sidecar.config import Config
from sidecar.errors import GatewayError

WAIT_SECONDS = 20.0
_GLANCE_SECONDS = 0.004


class Turns(Protocol):
    """Whose turn it is to ask a store."""

    def take(self, store: str) -> contextlib.AbstractContextManager[None]:
        """Holds the store's turn while the block runs. Raises GatewayError (code "busy") after a bounded wait."""


def turns_of(config: Config) -> Turns:
    """The turns of an installation: locks in the data folder, or in Postgres where several machines may share one."""
    if config.database_url.startswith("postgresql"):
        return PostgresTurns(config.database_url)
    return FileTurns(config.data_dir / "turns")


def _busy() -> GatewayError:
    return GatewayError("The store is still busy with an earlier question of ours. Try again in a moment.", code="busy")


class FileTurns:
    """Turns by file locks: the system takes them back from a process that dies."""

    def __init__(self, folder: Path, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._folder = folder
        self._wait_seconds = wait_seconds

    @contextlib.contextmanager
    def take(self, store: str) -> Iterator[None]:
        """See Turns. First the place at the head of the line, then the turn itself: so nobody is overtaken."""
        name = hashlib.blake2b(store.encode(), digest_size=12).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = time.monotonic() + self._wait_seconds
        with contextlib.ExitStack() as turn:
            with _locked(self._folder / f"{name}.next", until):
                turn.enter_context(_locked(self._folder / f"{name}.turn", until))
            yield


@contextlib.contextmanager
def _locked(path: Path, until: float) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise _busy() from None
                time.sleep(_GLANCE_SECONDS)
        yield
    finally:
        os.close(handle)  # gives the lock back


class PostgresTurns:
    """Turns by advisory locks: served in order of asking, given back when the connection ends."""

    _SPACE = 0x52696E67  # our own number space among advisory locks

    def __init__(self, database_url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._database_url = database_url
        self._wait_seconds = wait_seconds
        self._guard = threading.Lock()
        self._engine: Engine | None = None
        self._pid = 0

    @contextlib.contextmanager
    def take(self, store: str) -> Iterator[None]:
        """See Turns. The lock belongs to a connection of its own, outside of any transaction."""
        place = {"space": self._SPACE, "store": _number(store)}
        with self._connections().connect() as connection:
            try:
                connection.execute(text(f"SET lock_timeout = {int(self._wait_seconds * 1000)}"))
                connection.execute(text("SELECT pg_advisory_lock(:space, :store)"), place)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") == "55P03":  # lock_not_available
                    raise _busy() from None
                raise
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:space, :store)"), place)

    def _connections(self) -> Engine:
        with self._guard:
            if self._engine is None or self._pid != os.getpid():  # a connection must not cross a fork
                self._engine = create_engine(
                    self._database_url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=8, pool_pre_ping=True
                )
                self._pid = os.getpid()
            return self._engine


def _number(store: str) -> int:
    digest = hashlib.blake2b(store.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big", signed=True)
