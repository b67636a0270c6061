"""Lists for people: columns that fit a terminal, and text from orders that cannot steer it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

WIDTH = 100
_GAP = "  "


@dataclass(frozen=True)
class Column:
    """One column: the row's key, its heading, and the most cells it may take. `right` for numbers."""

    key: str
    heading: str
    most: int
    right: bool = False


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, none: str = "", width: int = WIDTH) -> None:
    """Prints the rows as a table of at most `width` cells, or the sentence `none` when there are none."""
    if not rows:
        click.echo(none)
        return
    texts = [[_text(row[column.key]) for column in columns] for row in rows]
    widths = _widths(columns, texts, width)
    click.echo(_line([column.heading for column in columns], columns, widths))
    for cells in texts:
        click.echo(_line(cells, columns, widths))


def show_json(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """Prints one JSON array, a row a line, with exactly these keys. Everything that is not ASCII is escaped, so that
    hostile text reaches neither the terminal nor a pipe with another encoding."""
    for line in _json_lines(rows, keys):
        click.echo(line)


def harmless(text: str) -> str:
    """The text in one line; what could steer or confuse a terminal is shown as a middle dot."""
    return "".join(" " if char in "\t\n\r" else char if _shows(char) else "·" for char in text)


def plain(value: Any) -> Any:
    """What JSON holds for a value: moments as ISO 8601 in UTC, everything else as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value


def _json_lines(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield before + json.dumps({key: plain(row[key]) for key in keys})
        before = ","
    yield "]" if before == "," else "[]"


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%m-%d %H:%M")
    return harmless(str(value))


def _shows(char: str) -> bool:
    # Cc and Cf are controls and direction marks, Cs half characters, Zl and Zp other line ends.
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _widths(columns: Sequence[Column], texts: Sequence[Sequence[str]], most: int) -> list[int]:
    """What each column needs, at most what it may take; the widest gives until the line fits."""
    widths = [
        min(column.most, max(_cells(text) for text in (column.heading, *(row[at] for row in texts))))
        for at, column in enumerate(columns)
    ]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > most:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    fitted = [_fit(cell, width, column.right) for cell, column, width in zip(cells, columns, widths, strict=True)]
    return _GAP.join(fitted).rstrip()


def _fit(text: str, width: int, right: bool) -> str:
    if _cells(text) > width:
        while text and _cells(text) > width - 1:
            text = text[:-1]
        text += "…"
    pad = " " * (width - _cells(text))
    return pad + text if right else text + pad


def _cells(text: str) -> int:
    """How many cells of a terminal the text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
