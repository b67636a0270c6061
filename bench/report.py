"""`python -m bench.report FILE…`: the table of docs/performance.md from lines that `bench --json` printed.

A later line about the same thing takes the place of an earlier one.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from bench import NAMES

_HEAD = (
    "| what | database | figure | floor | ratio, growth or amount | goal | |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def table(lines: list[str]) -> str:
    """The figures as Markdown, in the order of NAMES, SQLite before Postgres."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        figure = json.loads(line)
        found[(figure["name"], _database(figure["unit"]))] = figure
    order = list(NAMES)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1] != "SQLite"))
    return "\n".join([*_HEAD, *(_row(key[1], found[key]) for key in keys)])


def _row(database: str, figure: dict[str, Any]) -> str:
    kind = next(name for name in ("ratio", "growth", "value") if name in figure)
    sign = "≥" if kind == "ratio" else "≤"
    floor = "–" if figure["floor"] is None else _short(figure["floor"])
    spread = f"{_short(figure[kind])} ({_short(figure['min'])}–{_short(figure['max'])})"
    unit = re.sub(r",? ?(SQLite|PostgreSQL)", "", figure["unit"])
    verdict = "met" if figure["met"] else "**missed**"
    what = f"{figure['name']}: {unit}"
    cells = (what, database, _short(figure["figure"]), floor, spread, f"{sign} {figure['goal']:g}", verdict)
    return f"| {' | '.join(cells)} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.3g}"


def _database(unit: str) -> str:
    return next((name for name in ("SQLite", "PostgreSQL") if name in unit), "SQLite")


if __name__ == "__main__":
    print(table([line for name in sys.argv[1:] for line in Path(name).read_text(encoding="utf-8").splitlines()]))
