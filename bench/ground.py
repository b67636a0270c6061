"""Where a bench happens: a database of its own, migrated, with a store and as many carts as it needs."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, make_url, text

from sidecar import migrations
from sidecar.app import create_core
from sidecar.config import Config, load
from sidecar.db import db

KEY = "b" * 64


@dataclass(frozen=True)
class Ground:
    """A folder for this bench and the address of a server (or None for SQLite) on which to make databases."""

    folder: Path
    server: str | None

    @contextlib.contextmanager
    def application(self, **environ: str) -> Iterator[Flask]:
        """The application on a fresh, migrated database, with its context open; the database goes afterwards."""
        with self.database() as url:
            app = create_core(self.config(url, **environ))
            with app.app_context():
                migrations.upgrade(app)
                try:
                    yield app
                finally:
                    db.session.remove()
                    db.engine.dispose()

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database, which goes afterwards."""
        name = f"ringback_bench_{os.getpid()}_{secrets.token_hex(3)}"
        if self.server is None:
            path = self.folder / f"{name}.sqlite3"
            yield f"sqlite:///{path}"
            for left in self.folder.glob(f"{name}.sqlite3*"):
                left.unlink()
            return
        admin = create_engine(self.server, isolation_level="AUTOCOMMIT")
        try:
            with admin.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            yield make_url(self.server).set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            admin.dispose()

    def config(self, url: str, **environ: str) -> Config:
        """A configuration on that database, in a data folder of its own."""
        return load(self.environment(url, **environ))

    def environment(self, url: str, **environ: str) -> dict[str, str]:
        """The environment variables of that configuration, for processes."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        return {
            "SIDECAR_DATA_DIR": str(folder),
            "SIDECAR_DATABASE_URL": url,
            "SIDECAR_SECRET_KEY": KEY,
            "SIDECAR_ALLOW_LOCAL_STORES": "1",
            "SIDECAR_LOG_FORMAT": "text",
            **environ,
        }

    @property
    def database_name(self) -> str:
        """SQLite or PostgreSQL, for the figure."""
        return "SQLite" if self.server is None else "PostgreSQL"


@contextlib.contextmanager
def ground(server: str | None) -> Iterator[Ground]:
    """A ground in a temporary folder. `server` is a Postgres address; databases are made beside the one it names."""
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        yield Ground(Path(folder), server)
