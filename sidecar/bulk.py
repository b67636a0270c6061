"""Many rows at once: statements compiled once and handed to the driver with all their rows.

SQLAlchemy's own way costs more than the database does: on a page of a hundred orders three times as much. Types are
still SQLAlchemy's (moments, JSON), so the rows are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Dialect,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.types import TypeEngine

from sidecar.db import UTCDateTime, session

_KEY = "key_of_the_row"
_WANTED = "wanted"
_WITHOUT_ZONE = len("2026-11-22 10:00:00.000000")

_Changes = Sequence[tuple[int, Callable[[Any], Any]]]
_Runs = Select[Any] | Update | Delete


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement in the driver's words: which names it takes in which order, and which values change on the way."""

    text: str
    names: tuple[str, ...]
    by_place: bool
    constants: dict[str, Any]
    changes: _Changes

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        """The rows as the driver takes them."""
        take = itemgetter(*self.names) if len(self.names) > 1 else lambda row: (row[self.names[0]],)
        found = _changed([take({**self.constants, **row} if self.constants else row) for row in rows], self.changes)
        return found if self.by_place else [dict(zip(self.names, values, strict=True)) for values in found]


_prepared: dict[tuple[str, str, str, tuple[str, ...]], _Prepared] = {}


def insert_many(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows in one statement. All of them name the same columns; the others get their defaults."""
    if rows:
        _send("insert", table, rows, lambda columns: insert(table))


def update_many(table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Updates rows found by their column `key`, in one statement. All of them name the same columns."""
    if not rows:
        return
    renamed = [{_KEY if name == key else name: value for name, value in row.items()} for row in rows]
    _send("update", table, renamed, lambda columns: update(table).where(table.c[key] == bindparam(_KEY)))


def given(name: str) -> BindParameter[Any]:
    """The place in a Statement of a value that it gets when it runs."""
    return bindparam(name, required=False)


class Statement:
    """A statement that is compiled once for each database; it gets the values of its `given` places when it runs.

    With `among`, it is about rows whose column is one of those given as `wanted`.
    """

    def __init__(self, statement: _Runs, *, among: ColumnElement[Any] | None = None) -> None:
        self._statement, self._among = statement, among
        self._asked: dict[str, _Asked] = {}

    def find(self, **values: Any) -> Sequence[tuple[Any, ...]]:
        """The rows of a SELECT as tuples, with SQLAlchemy's types."""
        connection = session().connection()
        asked = self._for(connection.dialect)
        found: Sequence[Any] = connection.exec_driver_sql(asked.text, asked.arguments(values)).all()
        return _changed(found, asked.changes)

    def run(self, **values: Any) -> None:
        """Runs an UPDATE or DELETE. Objects that the session holds stay as they are."""
        connection = session().connection()
        asked = self._for(connection.dialect)
        connection.exec_driver_sql(asked.text, asked.arguments(values))

    def _for(self, dialect: Dialect) -> _Asked:
        if dialect.name not in self._asked:
            self._asked[dialect.name] = _ask(self._statement, self._among, dialect)
        return self._asked[dialect.name]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement in the driver's words: its own values, how the given ones change, and how what it finds does."""

    text: str
    names: tuple[str, ...] | None
    constants: dict[str, Any]
    write: Mapping[str, Callable[[Any], Any]]
    changes: _Changes

    def arguments(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        found = self.constants | {
            name: self.write[name](value) if name in self.write else value for name, value in values.items()
        }
        return found if self.names is None else tuple(found[name] for name in self.names)


def _ask(statement: _Runs, among: ColumnElement[Any] | None, dialect: Dialect) -> _Asked:
    sqlite = dialect.name == "sqlite"
    if among is not None:
        listed = bindparam(_WANTED, required=False, type_=Text() if sqlite else ARRAY(among.type))
        statement = statement.where(_is_one_of(among, listed, dialect))
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    write = {name: change for name, bind in compiled.binds.items() if (change := _writer(bind.type, dialect))}
    constants = {name: write.get(name, _same)(value) for name, value in compiled.params.items()}
    write[_WANTED] = _json_text if sqlite else list
    reads = enumerate(_reader(column.type, dialect) for column in getattr(statement, "selected_columns", ()))
    changes = tuple((place, change) for place, change in reads if change)
    names = tuple(compiled.positiontup or ()) if compiled.positional else None
    return _Asked(compiled.string, names, constants, write, changes)


def _is_one_of(column: ColumnElement[Any], listed: ColumnElement[Any], dialect: Dialect) -> ColumnElement[bool]:
    if dialect.name == "sqlite":
        return column.in_(select(func.json_each(listed).table_valued("value", name="listed").c.value))
    return column == any_(listed)


def _changed(rows: Sequence[Any], changes: _Changes) -> Sequence[Any]:
    """The rows with some places changed: column by column, which is quicker than row by row."""
    if not rows or not changes:
        return rows
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, change in changes:
        columns[place] = map(change, columns[place])
    return list(zip(*columns, strict=True))


def _send(
    kind: str,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    build: Callable[[tuple[str, ...]], Insert | Update],
) -> None:
    connection = session().connection()
    columns = tuple(rows[0])
    place = (connection.dialect.name, kind, table.name, columns)
    if place not in _prepared:
        _prepared[place] = _prepare(build(columns), table, columns, connection.dialect)
    ready = _prepared[place]
    connection.exec_driver_sql(ready.text, ready.rows(rows))


def _prepare(statement: Insert | Update, table: Table, columns: tuple[str, ...], dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=[name for name in columns if name != _KEY])
    names = tuple(compiled.positiontup or compiled.binds)
    writers = enumerate(_writer(table.c[name].type, dialect) if name in table.c else None for name in names)
    changes = tuple((place, change) for place, change in writers if change)
    constants = {name: _default(table, name) for name in names if name not in columns}
    return _Prepared(compiled.string, names, bool(compiled.positional), constants, changes)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of this type is written, if not as it is."""
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_text
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of this type is read, if not as it is."""
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_of
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _json_text(values: Iterable[Any]) -> str:
    return json.dumps(list(values))


def _same(value: Any) -> Any:
    return value


def _moment_text(moment: datetime | None) -> str | None:
    """A moment as SQLAlchemy writes it into SQLite, five times as fast: a cart has seven of them."""
    if moment is None:
        return None
    ours = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return ours.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


def _default(table: Table, name: str) -> Any:
    """What a column gets when no row names it: the default of its model."""
    default: Any = table.c[name].default
    return default.arg(None) if default.is_callable else default.arg
