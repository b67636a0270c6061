"""Counting what a request asks the database: statements, and transactions that write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from sidecar.db import db

_CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA", "ROLLBACK TO")
_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Asked:
    """The statements of a block, and how many of its transactions wrote."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    writing: int = 0


@contextlib.contextmanager
def counted() -> Iterator[Asked]:
    """What the database is asked inside the block."""
    asked, wrote = Asked(), [False]

    def executed(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        text = statement.lstrip().upper()
        if not text.startswith(_CONTROL):
            asked.statements.append((statement, parameters))
            wrote[0] = wrote[0] or text.startswith(_WRITES)

    def committed(_connection: Any) -> None:
        asked.writing += wrote[0]
        wrote[0] = False

    event.listen(db.engine, "before_cursor_execute", executed)
    event.listen(db.engine, "commit", committed)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", executed)
        event.remove(db.engine, "commit", committed)
