"""A real broker for tests that need only that."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from sidecar.config import Config, load
from tests.workers.running import environment, until
from workers import broker


class RealBroker:
    """The bundled broker in a process of its own."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        broker.make_folders(self.config)
        self.process = subprocess.Popen(broker.command(self.config))
        until(lambda: broker.answers(self.config), "the broker answers")

    def kill(self) -> None:
        """Ends it as a power failure would."""
        self.process.kill()
        self.process.wait()

    @property
    def connection(self) -> Redis:
        """A connection to it."""
        connection: Redis = Redis.from_url(self.config.broker_url)
        return connection


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder with a short path, so that the broker's socket lies in it."""
    path = Path(tempfile.mkdtemp(prefix="ringback-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def real_broker(data_dir: Path) -> Iterator[RealBroker]:
    """A running broker with nothing in it."""
    it = RealBroker(load(environment(data_dir)))
    yield it
    with contextlib.suppress(ProcessLookupError):
        it.kill()
