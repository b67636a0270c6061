"""`poll --once`: one poll in the foreground."""

from __future__ import annotations

import json
from typing import Any

import click

from sidecar import clock
from sidecar.commands.opening import Failed, UsedWrongly, config_of, opened
from sidecar.commands.which_store import store_option, the_store


@click.command()
@click.option("--once", is_flag=True, help="The only way: going on by itself is what `up` does.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def poll(once: bool, store_id: int | None, as_json: bool) -> None:
    """One poll of the store; prints seen, new and changed. Exit code 1 and the reason when it is unreadable."""
    if not once:
        raise UsedWrongly("poll needs --once. Polling goes on by itself under: up")
    from sidecar import gateways
    from sidecar.recovery import polling

    with opened() as app:
        store = the_store(store_id)
        result = polling.poll_store(store.id, gateways=gateways.build(config_of(app)), clock=clock.now)
        _show(result, as_json)
        if result.unreadable:
            raise Failed(f"The store is unreadable: {result.unreadable}")


def _show(result: Any, as_json: bool) -> None:
    counts = {name: getattr(result, name) for name in ("seen", "new", "changed", "skipped")}
    if as_json:
        click.echo(json.dumps({**counts, "unreadable": result.unreadable}))
    elif not result.unreadable:
        click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))
