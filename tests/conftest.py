"""What every test may ask for: an application on a real SQLite, and on a real Postgres where there is one."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, make_url, text

from sidecar import gateways, migrations
from sidecar.app import create_app, create_core
from sidecar.config import Config, load
from sidecar.db import Base, db
from tests.factories import TEST_KEY

POSTGRES = os.environ.get("SIDECAR_TEST_DATABASE_URL", "")


# Pages and commands say what the domain did, and the domain is tried on both databases.
ON_SQLITE_ALONE = ("web", "commands", "browser")


# What takes longest begins first, so that no process is left alone with it at the end.
LONGEST_FIRST = ("faults", "acceptance", "browser", "workers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of the longest folders first, otherwise in their order."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: min(place.get(part, len(place)) for part in item.path.parts))


def _databases() -> list[object]:
    return ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)] if POSTGRES else ["sqlite"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tries whatever uses the database on SQLite, and on Postgres where there is one."""
    if "database_url" in metafunc.fixturenames:
        alone = not set(ON_SQLITE_ALONE).isdisjoint(metafunc.definition.path.parts)
        wanted = ["sqlite"] if alone else _databases()
        if metafunc.definition.get_closest_marker("one_database"):
            wanted = wanted[-1:]
        metafunc.parametrize("database_url", wanted, indirect=True)


@contextlib.contextmanager
def logging_kept() -> Iterator[None]:
    """Commands tried inside the test process set up logging for all of it; whoever comes after finds it as it was."""
    every = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    before = [(each, list(each.handlers), each.level, each.propagate, each.disabled) for each in every]
    try:
        yield
    finally:
        for each, handlers, level, propagate, disabled in before:
            each.handlers, each.propagate, each.disabled = handlers, propagate, disabled
            each.setLevel(level)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    with logging_kept():
        yield


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
def applications() -> dict[str, Flask]:
    """One application for each kind of database: building it, and its statements, takes longer than most tests."""
    return {}


@pytest.fixture
def app(config: Config, applications: dict[str, Flask]) -> Iterator[Flask]:
    """The application, with its context open, so that the database session works; afterwards it is as it was."""
    kind = config.database_url.partition(":")[0]
    if kind not in applications:
        applications[kind] = create_app(config)
    app = applications[kind]
    settings, extensions, views = dict(app.config), dict(app.extensions), dict(app.view_functions)
    app.extensions |= {"ringback.config": config, "ringback.gateways": gateways.build(config)}
    with app.app_context():
        if kind == "sqlite":
            event.listen(db.engine, "do_connect", opens_the_file := _opener(config.database_url))
        yield app
        db.session.remove()
        db.engine.dispose()
        if kind == "sqlite":
            event.remove(db.engine, "do_connect", opens_the_file)
    app.config.clear()
    app.config.update(settings)
    app.extensions.clear()
    app.extensions.update(extensions)
    app.view_functions.update(views)


def _opener(url: str) -> Callable[..., None]:
    """Makes an engine open this test's file instead of the first test's."""
    path = make_url(url).database

    def open_it(_dialect: object, _record: object, arguments: list[object], _options: object) -> None:
        arguments[0] = path

    return open_it


if not os.environ.get("PYTEST_XDIST_WORKER"):

    @pytest.fixture(scope="session")
    def worker_id() -> str:
        """The name of the only test process, when there is no xdist."""
        return "main"
