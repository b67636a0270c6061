"""`do-not-contact import FILE`: people who are never contacted, from a table."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sidecar import clock
from sidecar.commands.opening import config_of, opened
from sidecar.commands.table import harmless
from sidecar.commands.which_store import store_option, the_store
from sidecar.contacts.opt_outs import CHANNELS
from sidecar.recovery.answers.do_not_contact import Report, take_in
from sidecar.vault import Vault

_BY = "command line"
_WORDS = {
    "taken": "taken in",
    "known": "known already",
    "twice": "twice in the list",
    "refused": "not taken",
    "people": "people of yours",
    "stopped": "messages and calls stopped",
}


@click.group("do-not-contact")
def do_not_contact() -> None:
    """People who are never contacted."""


@do_not_contact.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@click.option("--channel", type=click.Choice(CHANNELS), default="all", help="What they do not want; else everything.")
@click.option("--country", metavar="CC", help="Of numbers without one, like US; else the store's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def import_list(file: Path, store_id: int | None, channel: str, country: str | None, as_json: bool) -> None:
    """Take in a CSV of email addresses and phone numbers. Rows that cannot be read are named on standard error."""
    with opened() as app:
        store = the_store(store_id)
        home = (store.country or "").split(":")[0]
        vault = Vault(config_of(app).secret_keys)
        with file.open("rb") as table:
            report = take_in(
                store.id,
                table,
                channel=channel,
                country=home if country is None else country.upper(),
                by=_BY,
                vault=vault,
                clock=clock.now,
            )
    _show(report, as_json)


def _show(report: Report, as_json: bool) -> None:
    for entry in report.refused:
        click.echo(f"row {entry.number}: {harmless(entry.text) or 'empty'}: {entry.why}", err=True)
    if as_json:
        click.echo(json.dumps(report.numbers))
        return
    click.echo(", ".join(f"{count} {_WORDS[name]}" for name, count in report.numbers.items()))
