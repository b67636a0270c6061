"""`go-live`, `pause`, `resume`: whether a store's customers are contacted."""

from __future__ import annotations

import click

from sidecar import clock
from sidecar.commands.opening import Failed, UsedWrongly, config_of, opened
from sidecar.commands.which_store import find_the_store, store_option, the_store
from sidecar.db import transaction
from sidecar.recovery.delivery import going_live

_BY = "command line"


@click.command("go-live")
@store_option
@click.option("--preview", is_flag=True, help="Only say what would happen.")
def go_live(store_id: int | None, preview: bool) -> None:
    """Let customers be contacted; says how many messages leave now. Refused with what is missing."""
    with opened() as app:
        store = find_the_store(store_id)
        chosen = store.id if store else None
        if preview:
            found = going_live.preview(chosen, config=config_of(app), now=clock.now())
        else:
            with transaction():
                found = going_live.go_live(chosen, by=_BY, config=config_of(app), now=clock.now())
        for sentence in found.warnings:
            click.echo(sentence, err=True)
        click.echo(_words(found, store.url if store else "", preview))
        if not found.may:
            raise Failed(" ".join(found.refusals))


@click.command()
@store_option
@click.option("--all", "every", is_flag=True, help="Every connected store.")
def pause(store_id: int | None, every: bool) -> None:
    """Stop contacting customers, within a second."""
    if every and store_id is not None:
        raise UsedWrongly("Say either --store or --all.")
    with opened():
        now = clock.now()
        if every:
            with transaction():
                stopped = going_live.pause_all(by=_BY, now=now)
            click.echo(f"Paused {stopped} store{'' if stopped == 1 else 's'}. Nothing leaves until resume.")
            return
        store = the_store(store_id)
        with transaction():
            changed = going_live.pause(store.id, by=_BY, now=now)
        click.echo(f"{store.url} is paused{'' if changed else ' already'}. Nothing leaves until resume.")


@click.command()
@store_option
def resume(store_id: int | None) -> None:
    """Go on after a pause."""
    with opened():
        store = the_store(store_id)
        with transaction():
            changed = going_live.resume(store.id, by=_BY, now=clock.now())
        click.echo(f"{store.url} goes on." if changed else f"{store.url} was not paused.")


def _words(found: going_live.Preview, url: str, preview: bool) -> str:
    would = "would leave" if preview else "leave"
    counts = f"{found.leaving} messages {would} now, {found.later} later, {found.too_late} are too late and dropped."
    return f"{'Preview: ' if preview else f'{url} is live. '}{counts}"
