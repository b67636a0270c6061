"""The bare driver: what floors are made with. The same durability as Ringback's own: WAL and synchronous=FULL."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import make_url


def connect(url: str) -> Any:
    """A driver connection in autocommit: the floor says BEGIN and COMMIT itself."""
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        import psycopg

        plain = parts.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)
    connection = sqlite3.connect(parts.database or "", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def begin_writing(connection: Any) -> None:
    """Begins a write transaction."""
    connection.execute("BEGIN IMMEDIATE" if isinstance(connection, sqlite3.Connection) else "BEGIN")


def marks(url: str, count: int) -> str:
    """`count` placeholders, with commas, in the driver's own notation."""
    return ", ".join([mark(url)] * count)


def mark(url: str) -> str:
    """One placeholder in the driver's own notation."""
    return "?" if url.startswith("sqlite") else "%s"
