"""`poll --once`: one poll in the foreground."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

import click

from sidecar import clock
from sidecar.commands.opening import Failed, UsedWrongly, config_of, opened
from sidecar.commands.which_store import store_option, the_store
from sidecar.db import transaction
from sidecar.recovery.calls import calling
from sidecar.recovery.decisions import deciding
from sidecar.recovery.orders import polling

if TYPE_CHECKING:
    from sidecar.ports import Gateways

COUNTS = ("seen", "new", "changed", "skipped")
BUSY_SECONDS, BUSY_STEP_SECONDS = 20.0, 0.5


@click.command()
@click.option("--once", is_flag=True, help="The only way: going on by itself is what `up` does.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def poll(once: bool, store_id: int | None, as_json: bool) -> None:
    """One poll of the store; prints seen, new and changed. Exit code 1 and the reason when it is unreadable."""
    if not once:
        raise UsedWrongly("poll needs --once. Polling goes on by itself under: up")
    from sidecar import gateways

    with opened() as app:
        logging.getLogger("sidecar.stores.health").setLevel(logging.ERROR)  # what it would say, this command says
        store = the_store(store_id)
        outside = gateways.build(config_of(app))
        counts, unreadable = _read(store.id, outside)
        _show(counts, unreadable, as_json)
        if unreadable:
            raise Failed(f"The store is unreadable: {unreadable}")
        _decide(outside)


def _read(store_id: int, outside: Gateways) -> tuple[dict[str, int], str | None]:
    """What was read, all of it, and why no more could be. Waits while a worker reads the same store."""
    counts = dict.fromkeys(COUNTS, 0)
    waited = 0.0
    while True:
        result = polling.poll_store(store_id, gateways=outside, clock=clock.now)
        for name in COUNTS:
            counts[name] += getattr(result, name)
        if result.is_busy and waited < BUSY_SECONDS:
            time.sleep(BUSY_STEP_SECONDS)
            waited += BUSY_STEP_SECONDS
        elif result.is_busy:
            raise Failed("A worker is reading this store at the moment. Ask again in a minute.")
        elif result.unreadable or not result.has_more:
            return counts, result.unreadable


def _decide(outside: Gateways) -> None:
    """What the workers would do next, so that the listings are right without them."""
    for _ in range(1000):
        with transaction():
            if not deciding.decide_due(vault=outside.vault, now=clock.now()):
                break
    with transaction():
        calling.tick(now=clock.now())


def _show(counts: dict[str, int], unreadable: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**counts, "unreadable": unreadable}))
    elif not unreadable:
        click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))
