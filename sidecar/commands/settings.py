"""`settings get`, `settings set`, `settings list`: the CATALOG of one store."""

from __future__ import annotations

from typing import Any

import click

from sidecar import clock
from sidecar.commands.listing import as_json
from sidecar.commands.opening import opened
from sidecar.commands.table import Column, show, show_json
from sidecar.commands.which_store import find_the_store, store_option, the_store
from sidecar.db import transaction
from sidecar.settings import check, find_entry, written
from sidecar.settings.catalog import CATALOG, Entry

KEYS = ("name", "value", "default", "bounds", "label", "help")
_COLUMNS = (
    Column("name", "name", 32),
    Column("value", "value", 34),
    Column("default", "default", 20),
    Column("bounds", "bounds", 22),
)


@click.group()
def settings() -> None:
    """Read and change the settings of the business."""


@settings.command("list")
@store_option
@as_json
@click.option("--markdown", is_flag=True, help="The page docs/settings.md, which shows defaults only.")
def list_settings(store_id: int | None, as_json: bool, markdown: bool) -> None:
    """Every setting with its value, default and bounds."""
    if markdown:
        click.echo(page())
        return
    with opened():
        differing = _differing(store_id)
        rows = [_row(entry, differing) for entry in CATALOG.values()]
        if as_json:
            show_json(rows, KEYS)
        else:
            show(rows, _COLUMNS)


@settings.command("get")
@click.argument("name")
@store_option
def get_setting(name: str, store_id: int | None) -> None:
    """Print the value of one setting."""
    with opened():
        entry = find_entry(name)
        click.echo(_row(entry, _differing(store_id))["value"])


# A value such as -5 is for the CATALOG to refuse, with the bounds; it is no option.
@settings.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("value")
@store_option
def set_setting(name: str, value: str, store_id: int | None) -> None:
    """Change one setting; a value out of bounds is refused with the bounds."""
    from sidecar.recovery.decisions import changing

    with opened():
        check(name, value)
        store = the_store(store_id)
        with transaction():
            changed = changing.change_setting(store.id, name, value, by="command line", now=clock.now())
        now_is = _row(find_entry(name), _differing(store_id))["value"]
        click.echo(f"{name} = {now_is}" if changed else f"{name} = {now_is} (as before)")


def page() -> str:
    """docs/settings.md as it should be."""
    lines = [
        "# Settings of the business",
        "",
        "Per store. Made from the CATALOG by `bin/run settings list --markdown`; change `sidecar/settings/catalog.py`,",
        "not this page. They stand on the settings pages, and on the command line under the names given here:",
        "`settings list`, `settings get NAME`, `settings set NAME VALUE`.",
        "",
        "Durations are written `45s`, `45m`, `24h`, `3d`. Changing a setting marked ↻ decides every cart anew that",
        "nobody has contacted yet.",
        "",
        "| name | what | default | bounds |",
        "| --- | --- | --- | --- |",
    ]
    for entry in CATALOG.values():
        what = f"{entry.label}{' ↻' if entry.redecides else ''}<br>{entry.help}".replace("|", "\\|")
        default = f"`{entry.default}`" if entry.default else "empty"
        lines.append(f"| `{entry.name}` | {what} | {default} | {entry.bounds} |")
    return "\n".join(lines)


def _differing(store_id: int | None) -> dict[str, str]:
    """What the store's settings say, or nothing but the defaults when none is connected yet."""
    store = find_the_store(store_id)
    return written(store.id) if store else {}


def _row(entry: Entry, differing: dict[str, str]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "value": differing.get(entry.name, entry.default),
        "default": entry.default,
        "bounds": entry.bounds,
        "label": entry.label,
        "help": entry.help,
    }
