"""What acceptance tests share: a short data folder, and each module's own system."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.acceptance.mail import MailServer
from tests.acceptance.processes import on_a_wednesday
from tests.acceptance.shop import Shop
from tests.conftest import POSTGRES


@pytest.fixture(scope="module", autouse=True)
def _on_a_wednesday() -> Iterator[None]:
    with on_a_wednesday():
        yield


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short path, so that the broker's socket lies in it."""
    path = Path(tempfile.mkdtemp(prefix="ringback-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def database(worker_id: str) -> dict[str, str]:
    """What the environment says of the database: an empty Postgres where there is one. The other modules here, which
    do not ask for this, run on what a newcomer has: a SQLite file."""
    if not POSTGRES:
        return {}
    name = f"ringback_whole_{worker_id}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    admin.dispose()
    return {"SIDECAR_DATABASE_URL": admin.url.set(database=name).render_as_string(hide_password=False)}


@pytest.fixture(scope="module")
def shop(folder: Path, database: dict[str, str]) -> Iterator[Shop]:
    """The sample store with its people, in a process of its own."""
    it = Shop(folder)
    yield it
    it.stop()


@pytest.fixture(scope="module")
def mail(folder: Path, database: dict[str, str]) -> Iterator[MailServer]:
    """A mail server that takes everything."""
    it = MailServer(folder / "mail" / ("postgres" if database else "sqlite"))
    yield it
    it.kill()
