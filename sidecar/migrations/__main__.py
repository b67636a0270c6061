"""Writes the next migration from the difference between the tables in the code and the migrations so far.

`python -m sidecar.migrations "add returns"` makes versions/0002_add_returns.py. With `--first` the one and only
migration is written anew; that is for the time before the first release. Name an empty Postgres database by
SIDECAR_DATABASE_URL: alembic cannot compare indexes with DESC on SQLite and would leave them out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from alembic import command

from sidecar import migrations
from sidecar.app import create_core
from sidecar.config import load


@click.command()
@click.argument("message", default="start")
@click.option("--first", is_flag=True, help="Write the first migration anew.")
def main(message: str, first: bool) -> None:
    """Writes the next migration; read it before you keep it."""
    versions = migrations.FOLDER / "versions"
    for path in versions.glob("[0-9]*.py") if first else ():
        path.unlink()
    number = len(list(versions.glob("[0-9]*.py"))) + 1
    name = f"{number:04d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}"
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), name, message)
    _tidy(versions / f"{name}.py")
    click.echo(versions / f"{name}.py")


def _write(folder: Path, name: str, message: str) -> None:
    """Migrates an empty database and compares it with the tables. The data folder is a throw-away one."""
    app = create_core(load({**os.environ, "SIDECAR_DATA_DIR": str(folder)}))
    with app.app_context():
        if name[:4] != "0001":
            migrations.upgrade(app)
        command.revision(migrations.alembic_config(app), message.capitalize(), autogenerate=True, rev_id=name)


def _tidy(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)


if __name__ == "__main__":
    main()
