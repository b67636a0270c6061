"""What every test may ask for: an application on a real SQLite, and on a real Postgres where there is one."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, text

from sidecar import migrations
from sidecar.app import create_app, create_core
from sidecar.config import Config, load
from sidecar.db import Base, db
from tests.factories import TEST_KEY

POSTGRES = os.environ.get("SIDECAR_TEST_DATABASE_URL", "")


# Pages and commands say what the domain did, and the domain is tried on both databases.
ON_SQLITE_ALONE = ("web", "commands", "browser")


def _databases() -> list[object]:
    return ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)] if POSTGRES else ["sqlite"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tries whatever uses the database on SQLite, and on Postgres where there is one."""
    if "database_url" in metafunc.fixturenames:
        alone = not set(ON_SQLITE_ALONE).isdisjoint(metafunc.definition.path.parts)
        metafunc.parametrize("database_url", ["sqlite"] if alone else _databases(), indirect=True)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands tried inside the test process set up logging for all of it; the next test finds it as it was."""
    every = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    before = [(each, list(each.handlers), each.level, each.propagate, each.disabled) for each in every]
    yield
    for each, handlers, level, propagate, disabled in before:
        each.handlers, each.propagate, each.disabled = handlers, propagate, disabled
        each.setLevel(level)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with every table: a fresh SQLite file, or this process's Postgres database, emptied."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return f"sqlite:///{shutil.copy(template, tmp_path / 'ringback.sqlite3')}"
    url: str = request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "ringback.sqlite3"
    _make_tables(f"sqlite:///{path}", tmp_path_factory.mktemp("data"))
    return path


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A Postgres database of this test process's own."""
    name = f"ringback_test_{worker_id}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    url = admin.url.set(database=name).render_as_string(hide_password=False)
    _make_tables(url, tmp_path_factory.mktemp("data"))
    return url


def _make_tables(url: str, data_dir: Path) -> None:
    app = create_core(a_config(data_dir, url))
    with app.app_context():
        migrations.upgrade(app)
        db.engine.dispose()


def a_config(data_dir: Path, database_url: str, **more: str) -> Config:
    """A configuration for tests: a known key, local stores allowed, nothing that could send."""
    environ = {
        "SIDECAR_DATA_DIR": str(data_dir),
        "SIDECAR_DATABASE_URL": database_url,
        "SIDECAR_SECRET_KEY": TEST_KEY,
        "SIDECAR_ALLOW_LOCAL_STORES": "1",
    }
    return load(environ | more)


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    """The configuration of this test's application."""
    return a_config(tmp_path, database_url)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Every application of the tests reads the same templates; each is compiled once."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(config: Config, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application, with its context open, so that the database session works."""
    app = create_app(config)
    app.jinja_env.bytecode_cache = compiled_templates
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


if not os.environ.get("PYTEST_XDIST_WORKER"):

    @pytest.fixture(scope="session")
    def worker_id() -> str:
        """The name of the only test process, when there is no xdist."""
        return "main"
