"""How alembic runs our migrations: through the application's own engine, all or nothing on both databases."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from sidecar.db import Base, db


def run() -> None:
    with db.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            # Rebuilding a table drops it, which would take its children along. No effect inside a transaction.
            _pragma(connection, "foreign_keys=OFF")
        try:
            _migrate(connection)
        finally:
            if on_sqlite:
                connection.rollback()
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, text: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA {text}")


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,  # SQLite can, since db.py begins transactions itself
        render_item=_render_item,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the migration would leave rows without their parents; nothing was changed")


def _render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our own column types are written as the plain types they are, so that old migrations outlive the code."""
    module = type(item).__module__
    if kind == "type" and module.startswith("sidecar."):
        return "sa.DateTime(timezone=True)"
    return False


run()
