"""The database's numbered migrations, the same on SQLite and Postgres, and the one way to run them.

A new one: change the tables, then `.venv/bin/python -m sidecar.migrations "what changes"` and read what it wrote.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, inspect, text

from sidecar.config import Config
from sidecar.db import db

FOLDER = Path(__file__).resolve().parent
_ADVISORY_LOCK = 7_464_225  # any number that nothing else locks


def newest() -> str:
    """The revision this version of Ringback expects: the last of the numbered files."""
    return max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


def stands_at(connection: Connection) -> str | None:
    """The revision the database has, or None when it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(app: Flask) -> bool:
    """Brings the database to `newest()`; True when there was something to do. Two at once wait for each other.

    Looks before it leaps: the libraries that migrate are not even loaded when the database is current.
    """
    if _is_current():
        return False
    with alone(app.extensions["ringback.config"]):
        if _is_current():
            return False
        move(app, "head")
    return True


def move(app: Flask, revision: str) -> None:
    """Moves the database to a revision, up or (for one below where it stands) down. Needs the application context."""
    from alembic import command

    downward = revision == "base" or revision.startswith("-")
    run = command.downgrade if downward else command.upgrade
    run(alembic_config(app), revision)


def alembic_config(app: Flask) -> Any:
    """Alembic's own configuration for this application, by way of Flask-Migrate."""
    from flask_migrate import Migrate

    migrate = Migrate(app, db, directory=str(FOLDER), render_as_batch=True)
    return migrate.get_config()


@contextlib.contextmanager
def alone(config: Config) -> Iterator[None]:
    """Holds a file lock in the data folder and, on Postgres, a lock in the server too (several machines)."""
    with (config.data_dir / "migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if db.engine.dialect.name != "postgresql":
            yield
            return
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            connection.commit()  # the lock is the session's, not the transaction's
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _ADVISORY_LOCK})


def _is_current() -> bool:
    with db.engine.connect() as connection:
        return stands_at(connection) == newest()
