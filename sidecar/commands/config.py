"""`config`: the effective values, where each came from, secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click

from sidecar.commands.listing import as_json
from sidecar.commands.opening import failing_in_one_line
from sidecar.commands.table import Column, show, show_json
from sidecar.config import Config, load

KEYS = ("name", "value", "source")
_WHOLE = 4096  # a path that is cut short helps nobody
_COLUMNS = (Column("name", "name", 34), Column("value", "value", _WHOLE), Column("source", "from", _WHOLE))
_SECRET = frozenset({"secret_key", "owner_password", "store_key", "store_secret", "twilio_auth_token"})
_MASKED = "(set)"


@click.command()
@as_json
def config(as_json: bool) -> None:
    """The effective configuration, and where it comes from; secrets are masked."""
    with failing_in_one_line():
        rows = list(effective(load()))
    if as_json:
        show_json(rows, KEYS)
    else:
        show(rows, _COLUMNS, width=_WHOLE)


def effective(loaded: Config) -> Iterator[dict[str, Any]]:
    """A row for every environment variable: name, value (None when there is none), source."""
    for name, source in loaded.sources.items():
        field = name.removeprefix("SIDECAR_").lower()
        value = loaded.secret_keys if field == "secret_key" else getattr(loaded, field)
        if field == "secret_key" and source == "default":
            source = f"file {loaded.data_dir / 'secret.key'}"
        yield {"name": name, "value": _masked(field, value), "source": source}


def _masked(field: str, value: Any) -> str | None:
    if value is None:
        return None
    if field in _SECRET:
        return _MASKED
    if isinstance(value, bool):
        return "1" if value else "0"
    # A password inside an address: smtp://user:password@host
    return re.sub(r"(://[^/@:]*:)[^/]*@", r"\1…@", str(value))
