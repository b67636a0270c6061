"""Many rows quickly: one row made by the real code, copied by the database itself with a few columns differing."""

from __future__ import annotations

from sqlalchemy import Connection, Table, text


def clone(connection: Connection, table: Table, row_id: int, count: int, **differing: str) -> None:
    """Copies the row `count` times with ids 1_000_001 … 1_000_000 + count.

    `differing` gives SQL for columns that must differ; in it `i` counts from 1. Statistics are brought up to date.
    """
    differing = {"id": "1000000 + i", **differing}
    names = [column.name for column in table.columns]
    values = [differing.get(name, f'o."{name}"') for name in names]
    connection.execute(
        text(
            f'INSERT INTO "{table.name}" ({", ".join(_quoted(names))}) '
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
            f'SELECT {", ".join(values)} FROM n CROSS JOIN "{table.name}" AS o WHERE o.id = :row_id'
        ),
        {"count": count, "row_id": row_id},
    )


def refresh_statistics(connection: Connection) -> None:
    """Lets the planner know what there is now, as a server would after a while."""
    connection.execute(text("ANALYZE"))


def _quoted(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in names]
