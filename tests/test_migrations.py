"""The migrations make exactly the tables of the code, on both databases, and can be taken back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, inspect, text

from sidecar import migrations
from sidecar.app import create_core
from sidecar.config import ROOT
from sidecar.db import Base, db
from tests.conftest import POSTGRES, a_config

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)] if POSTGRES else ["sqlite"]


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """An empty database: a file that is not there yet, or a Postgres database of this test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"ringback_migrations_{worker_id}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def empty_app(empty_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on the empty database."""
    app = create_core(a_config(tmp_path, empty_url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def shape(connection: Connection) -> dict[str, str]:
    """Every table, constraint and index as the database itself describes it."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
        )
        found = {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}
        return {name: _in_order(sql) for name, sql in found.items() if "alembic_version" not in name}
    rows = connection.execute(
        text("""
        SELECT 'column ' || table_name || '.' || column_name,
               concat_ws(' ', data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        """)
    )
    return {name: sql for name, sql in rows if "alembic_version" not in name}


def _in_order(sql: str) -> str:
    """A table's columns and constraints in a fixed order: the order they were written in does not matter."""
    head, _, body = sql.partition("(")
    return head + " | ".join(sorted(part.strip() for part in body.rstrip(")").split(", ")))


def test_the_migrations_make_exactly_the_tables_of_the_code(empty_app: Flask) -> None:
    migrations.upgrade(empty_app)
    with db.engine.begin() as connection:
        migrated = shape(connection)
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        Base.metadata.create_all(connection)
        assert migrated == shape(connection)


def test_upgrading_twice_does_nothing_the_second_time(empty_app: Flask) -> None:
    assert migrations.upgrade(empty_app)
    assert not migrations.upgrade(empty_app)
    with db.engine.connect() as connection:
        assert migrations.stands_at(connection) == migrations.newest()


def test_migrations_can_be_taken_back_and_made_again(empty_app: Flask) -> None:
    migrations.upgrade(empty_app)
    with db.engine.connect() as connection:
        before = shape(connection)
    migrations.move(empty_app, "base")
    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    assert migrations.upgrade(empty_app)
    with db.engine.connect() as connection:
        assert shape(connection) == before


def test_starts_at_the_same_time_migrate_once(empty_url: str, tmp_path: Path) -> None:
    program = """
from sidecar import migrations
from sidecar.app import create_core
from sidecar.config import load
app = create_core(load())
with app.app_context():
    print(migrations.upgrade(app))
"""
    environ = {"SIDECAR_DATA_DIR": str(tmp_path), "SIDECAR_DATABASE_URL": empty_url, "PYTHONPATH": str(ROOT)}
    starts = [
        subprocess.Popen([sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = sorted(start.communicate(timeout=60)[0].strip() for start in starts)
    assert answers == ["False", "False", "True"]


def test_the_files_are_numbered_and_each_names_the_one_before() -> None:
    stems = sorted(path.stem for path in (migrations.FOLDER / "versions").glob("[0-9]*.py"))
    assert [stem[:5] for stem in stems] == [f"{number:04d}_" for number in range(1, len(stems) + 1)]
    for before, stem in zip([None, *stems], stems, strict=False):
        source = (migrations.FOLDER / "versions" / f"{stem}.py").read_text(encoding="utf-8")
        assert f'revision = "{stem}"' in source
        assert f"down_revision = {before!r}".replace("'", '"') in source
