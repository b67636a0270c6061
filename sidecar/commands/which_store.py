"""Which store a command is about: the one named, or the only one there is."""

from __future__ import annotations

import click

from sidecar.commands.opening import Failed, UsedWrongly
from sidecar.stores.connection import Store, connected_stores

store_option = click.option("--store", "store_id", type=int, metavar="ID", help="Which store; else the only one.")

NONE_CONNECTED = (
    "No store is connected. Connect one on the set-up page, or set SIDECAR_STORE_URL, SIDECAR_STORE_KEY and "
    "SIDECAR_STORE_SECRET."
)


def the_store(store_id: int | None) -> Store:
    """The store that is meant. Raises Failed when there is none, or several and none was named."""
    found = find_the_store(store_id)
    if found is None:
        raise Failed(NONE_CONNECTED)
    return found


def find_the_store(store_id: int | None) -> Store | None:
    """The store that is meant, or None when none is connected. Raises Failed for an unknown or an unsaid one."""
    stores = connected_stores()
    if store_id is not None:
        named = next((store for store in stores if store.id == store_id), None)
        if named is None:
            raise UsedWrongly(f"There is no store {store_id}. {_known(stores)}")
        return named
    if len(stores) > 1:
        raise UsedWrongly(f"Say which store, with --store. {_known(stores)}")
    return stores[0] if stores else None


def _known(stores: list[Store]) -> str:
    if not stores:
        return NONE_CONNECTED
    return f"Connected: {', '.join(f'{store.id} ({store.url})' for store in stores)}."
