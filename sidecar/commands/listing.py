"""`carts`, `calls`, `messages`: what there is, for people as a table, for programs as JSON with stable keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from sidecar.commands.opening import opened
from sidecar.commands.table import Column, show, show_json
from sidecar.money import words

CART_KEYS = (
    "order_id",
    "store",
    "status",
    "total_minor",
    "currency",
    "customer",
    "email",
    "phone",
    "abandoned_at",
    "state",
    "route",
    "reason",
)
_CART_COLUMNS = (
    Column("order_id", "order", 10, right=True),
    Column("customer", "customer", 20),
    Column("total", "total", 14, right=True),
    Column("abandoned_at", "abandoned", 11),
    Column("state", "state", 9),
    Column("route", "route", 8),
    Column("reason", "reason", 60),
)
CALL_KEYS = ("order_id", "position", "why", "due_at", "state", "claimed_by", "attempts")
_CALL_COLUMNS = (
    Column("position", "", 6, right=True),
    Column("order_id", "order", 10, right=True),
    Column("state", "state", 7),
    Column("due_at", "due", 11),
    Column("claimed_by", "claimed by", 20),
    Column("attempts", "tries", 5, right=True),
    Column("why", "why", 80),
)
MESSAGE_KEYS = (
    "order_id",
    "channel",
    "step",
    "to",
    "subject",
    "state",
    "reason",
    "due_at",
    "sent_at",
    "provider_id",
)
_MESSAGE_COLUMNS = (
    Column("order_id", "order", 10, right=True),
    Column("step", "step", 12),
    Column("to", "to", 26),
    Column("subject", "subject", 40),
    Column("state", "state", 9),
    Column("reason", "waits for", 20),
    Column("due_at", "due", 11),
    Column("sent_at", "sent", 11),
)


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON array with stable keys.")


@click.command()
@as_json
def carts(as_json: bool) -> None:
    """Every cart, with its route and the reason."""
    from sidecar.carts import queries

    _list(queries.listing, CART_KEYS, _CART_COLUMNS, as_json, none="No carts yet. They come with the next poll.")


@click.command()
@as_json
def calls(as_json: bool) -> None:
    """Every open call from the moment of routing, in queue order; those not yet due last."""
    from sidecar.calls.tasks import queries

    _list(queries.listing, CALL_KEYS, _CALL_COLUMNS, as_json, none="No calls are waiting.")


@click.command()
@as_json
def messages(as_json: bool) -> None:
    """Every message, newest first."""
    from sidecar.outreach.delivery import queries

    _list(queries.listing, MESSAGE_KEYS, _MESSAGE_COLUMNS, as_json, none="No messages yet.")


def _list(
    read: Callable[[], Iterable[Mapping[str, Any]]],
    keys: Sequence[str],
    columns: Sequence[Column],
    as_json: bool,
    *,
    none: str,
) -> None:
    with opened():
        rows = (_with_moments(row) for row in read())
        if as_json:
            show_json(rows, keys)
        else:
            show([_for_people(row) for row in rows], columns, none=none)


def _with_moments(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with moments as such, however its owner wrote them: all listings show them alike."""
    return {
        key: datetime.fromisoformat(value) if key.endswith("_at") and isinstance(value, str) else value
        for key, value in row.items()
    }


def _for_people(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    if "total_minor" in row:
        shown["total"] = words(row["total_minor"], row["currency"])
    return shown
