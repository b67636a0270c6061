"""The database: session, base class, column types, and the one way to write: `transaction()`."""

from __future__ import annotations

import contextlib
import contextvars
import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Integer, MetaData, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

_writing: contextvars.ContextVar[bool] = contextvars.ContextVar("writing", default=False)


class Base(DeclarativeBase):
    """Every table's base class. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC moments on both databases. SQLite gives naive ones back, so the zone is put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """A moment in UTC for the driver. Raises ValueError for a naive one: its zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware UTC moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: commits at the end, rolls back when anything is raised.

    Only an edge (request, job, command) opens it, once, and never around a call to a vendor. On SQLite it begins
    IMMEDIATE, so that two writers wait for each other instead of failing; what was read before is read anew.
    """
    if _writing.get():
        raise RuntimeError("a transaction is already open; only the edge opens one")
    session: Session = db.session()
    session.commit()  # ends a reading transaction: a reader cannot become a writer on SQLite
    token = _writing.set(True)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)


def session() -> Session:
    """The session of this request, job or command. Reading needs nothing more; writing needs `transaction()`."""
    found: Session = db.session()
    return found


def rest() -> None:
    """Ends the reading transaction of a flow that is about to ask a vendor: none may be open meanwhile."""
    session().commit()


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's own idea of one
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=15000")
    _turn_on_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")  # the outbox must survive power loss
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _turn_on_wal(cursor: sqlite3.Cursor) -> None:
    """The file remembers it, so only the first connection changes it. That one needs the file for itself and, unlike
    a statement, does not wait for those who open it in the same moment."""
    for pause in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 0):
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if not pause:
                raise
            time.sleep(pause)


_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@event.listens_for(Engine, "engine_connect")
def _note_engine(connection: Connection) -> None:
    _engines.add(connection.engine)


def _leave_connections_to_the_parent() -> None:
    """Two processes on one socket, or on one SQLite connection, mix up what they write: a forked process opens its
    own. The parent's are left alone, not closed, which would disturb them. Source: reference/safety.md A4, A5."""
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_connections_to_the_parent)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


# Row ids: 64 bits on Postgres; on SQLite the only type that counts up by itself.
RowId = BigInteger().with_variant(Integer, "sqlite")


def one_row(result: Any) -> bool:
    """Whether a guarded UPDATE or DELETE changed exactly one row; if not, somebody else was first."""
    return bool(result.rowcount == 1)
