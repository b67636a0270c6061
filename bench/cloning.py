"""Many rows quickly: one row made by the real code, copied by the database itself with a few columns differing."""

from __future__ import annotations

from sqlalchemy import Connection, Table, text

FIRST = 1_000_000  # the copies' ids follow it, far from what sequences will give


def clone(connection: Connection, table: Table, row_id: int, count: int, **differing: str) -> None:
    """Copies a row `count` times with ids FIRST + 1 … FIRST + count (of a cart's line: its first column).

    `differing` gives SQL for the columns that must differ; in it `i` counts from 1.
    """
    names = [column.name for column in table.columns]
    values = [{names[0]: f"{FIRST} + i", **differing}.get(name, f'o."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        text(
            f'INSERT INTO "{table.name}" ({quoted}) '
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
            f'SELECT {", ".join(values)} FROM n CROSS JOIN "{table.name}" AS o WHERE o."{names[0]}" = :row_id'
        ),
        {"count": count, "row_id": row_id},
    )


def refresh_statistics(connection: Connection) -> None:
    """Lets the planner know what there is now, as a server would after a while."""
    connection.execute(text("ANALYZE"))
