"""Many rows at once: statements compiled once and handed to the driver with all their rows.

SQLAlchemy's own way costs more than the database does: on a page of a hundred orders three times as much. Types are
still SQLAlchemy's (moments, JSON), so the rows are the same.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    JSON,
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
    """A statement in the driver's words: what it takes in which order, what stands for all rows, what changes."""

    text: str
    names: tuple[str, ...]
    by_place: bool
    taken: tuple[str, ...]  # of each row, in the order of `names`
    constants: Mapping[str, Any]
    changes: _Changes

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        """The rows as the driver takes them."""
        take = itemgetter(*self.taken) if len(self.taken) > 1 else lambda row: (row[self.taken[0]],)
        columns = iter(_columns([take(row) for row in rows], self.changes))
        fixed = {name: itertools.repeat(value, len(rows)) for name, value in self.constants.items()}
        found = zip(*(fixed[name] if name in fixed else next(columns) for name in self.names), strict=True)
        return list(found) if self.by_place else [dict(zip(self.names, values, strict=True)) for values in found]


_prepared: dict[tuple[str, str, str, tuple[str, ...]], _Prepared] = {}


def insert_many(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows in one statement. All of them name the same columns; the others get their defaults."""
    if rows:
        _send(table, rows, "", lambda: insert(table))


def update_many(table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Updates rows found by their column `key`, in one statement. All of them name the same columns."""
    if rows:
        _send(table, rows, key, lambda: update(table).where(table.c[key] == bindparam(_KEY)))


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
    return list(zip(*_columns(rows, changes), strict=True)) if rows and changes else rows


def _columns(rows: Sequence[Any], changes: _Changes) -> list[Iterable[Any]]:
    """The columns of rows, some of them changed: column by column, which is quicker than row by row."""
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, change in changes:
        columns[place] = map(change, columns[place])
    return columns


def _send(table: Table, rows: Sequence[Mapping[str, Any]], key: str, build: Callable[[], Insert | Update]) -> None:
    connection = session().connection()
    place = (connection.dialect.name, table.name, key, tuple(rows[0]))
    if place not in _prepared:
        _prepared[place] = _prepare(build(), table, key, tuple(rows[0]), connection.dialect)
    ready = _prepared[place]
    connection.exec_driver_sql(ready.text, ready.rows(rows))


def _prepare(
    statement: Insert | Update, table: Table, key: str, columns: tuple[str, ...], dialect: Dialect
) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=[name for name in columns if name != key])
    names = tuple(compiled.positiontup or compiled.binds)
    sources = [key if name == _KEY else name for name in names]
    taken = tuple(name for name in sources if name in columns)
    writers = {name: _writer(table.c[name].type, dialect) or _same for name in sources}
    constants = {name: writers[name](_default(table, name)) for name in sources if name not in columns}
    changes = tuple((place, writers[name]) for place, name in enumerate(taken) if writers[name] is not _same)
    return _Prepared(compiled.string, names, bool(compiled.positional), taken, constants, changes)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of this type is written, if not as it is."""
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_text
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return _quick_when_empty(found) if isinstance(kind, JSON) and found else found


def _quick_when_empty(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same for JSON, most of which is empty: no coupons, no consent."""
    nothing: dict[type, Any] = {list: write([]), dict: write({})}
    return lambda value: write(value) if value or type(value) not in nothing else nothing[type(value)]


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


@functools.lru_cache(maxsize=4096)  # most moments of a page stand in several places
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
