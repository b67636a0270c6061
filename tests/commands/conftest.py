"""The command line as it is called: arguments and environment in, two streams and an exit code out."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sidecar import logs
from sidecar.__main__ import main
from sidecar.demo.store import SampleStore, running_store
from tests.factories import TEST_KEY


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The array of a listing with --json."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found

    @property
    def line(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        return line


Ringback = Callable[..., Ran]


@pytest.fixture
def ringback(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Ringback]:
    """Runs `ringback ARGUMENTS` on this test's database; keywords are SIDECAR_ variables that stay set."""
    for name in [name for name in os.environ if name.startswith("SIDECAR_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "SIDECAR_DATA_DIR": str(tmp_path / "data"),
        "SIDECAR_DATABASE_URL": database_url,
        "SIDECAR_SECRET_KEY": TEST_KEY,
        "SIDECAR_ALLOW_LOCAL_STORES": "1",
    }.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(*arguments: str, **environ: str) -> Ran:
        for name, value in environ.items():
            monkeypatch.setenv(f"SIDECAR_{name}", value)
        monkeypatch.setattr(sys, "argv", ["ringback", *arguments])
        capsys.readouterr()
        code = main()
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    yield run
    root.handlers, root.level = handlers, level
    logs.unbind()


@pytest.fixture(scope="session")
def sample() -> Iterator[SampleStore]:
    """The sample store with its people and carts."""
    with running_store(seed=1) as store:
        yield store


@pytest.fixture
def connected(ringback: Ringback, sample: SampleStore) -> Ringback:
    """The command line of an installation whose environment names the sample store."""
    sample.heal()

    def run(*arguments: str, **environ: str) -> Ran:
        store = {"STORE_URL": sample.url, "STORE_KEY": sample.key, "STORE_SECRET": sample.secret}
        return ringback(*arguments, **store, **environ)

    return run
