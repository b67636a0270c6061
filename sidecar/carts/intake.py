"""Carts as the store's orders say: found, made and changed many at a time, in statements that do not grow with them.

Rows are compared by contents, never by dates. What a change means for people and work is recovery.orders.intake's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select

from sidecar.bulk import Statement, given, insert_many, update_many
from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.rows import line_rows
from sidecar.db import session
from sidecar.ports import OrderLine

_CARTS: Table = Cart.metadata.tables["cart"]
_LINES: Table = CartLine.metadata.tables["cart_line"]
_COLUMNS = (
    "id",
    "order_id",
    "contact_id",
    "status",
    "currency",
    "total_minor",
    "email",
    "phone",
    "content_hash",
    "meta",
    "ordered_at",
    "modified_at",
    "active_at",
    "paid_at",
    "notes_at",
    "state",
    "closed_reason",
    "failed_payments",
    "failure_text",
)
_OF_STORE = _CARTS.c.store_id == given("store_id")
_KNOWN = Statement(select(*(_CARTS.c[name] for name in _COLUMNS)).where(_OF_STORE), among=_CARTS.c.order_id)
_MADE = Statement(select(_CARTS.c.order_id, _CARTS.c.id).where(_OF_STORE), among=_CARTS.c.order_id)
_EMPTY = Statement(delete(_LINES), among=_LINES.c.cart_id)
_UNDECIDED = {"state": "watching", "failed_payments": 0, "failure_text": ""}


@dataclass(frozen=True, slots=True)
class Known:
    """What we had about a cart before this reading."""

    id: int
    order_id: int
    contact_id: int | None
    status: str
    currency: str
    total_minor: int
    email: str
    phone: str
    content_hash: str
    meta: Mapping[str, str]
    ordered_at: datetime
    modified_at: datetime
    active_at: datetime
    paid_at: datetime | None
    notes_at: datetime | None
    state: str
    closed_reason: str | None
    failed_payments: int
    failure_text: str

    @property
    def is_open(self) -> bool:
        """Whether there is still something to follow."""
        return self.state not in ("recovered", "closed")


def known_carts(store_id: int, order_ids: Iterable[int]) -> dict[int, Known]:
    """Our carts of these orders, by order id."""
    wanted = list(order_ids)
    if not wanted:
        return {}
    known = (Known(*row) for row in _KNOWN.find(store_id=store_id, wanted=wanted))
    return {cart.order_id: cart for cart in known}


def insert_carts(store_id: int, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> list[int]:
    """The ids of new carts, in the order of their rows."""
    if not rows:
        return []
    more = _UNDECIDED | {"store_id": store_id, "first_seen_at": now, "changed_at": now}
    insert_many(_CARTS, [more | dict(row) for row in rows])
    # Not RETURNING: on SQLite that is a statement for each row.
    orders = [row["order_id"] for row in rows]
    made = dict(_MADE.find(store_id=store_id, wanted=orders))
    return [made[order_id] for order_id in orders]


def update_carts(changes: Sequence[tuple[int, Mapping[str, Any]]], *, now: datetime) -> None:
    """Writes the changed contents of carts by id. All changes name the same columns."""
    update_many(_CARTS, "id", [dict(change) | {"id": cart_id, "changed_at": now} for cart_id, change in changes])


def touch_carts(moments: Mapping[int, datetime]) -> None:
    """Remembers the store's modified dates of carts whose contents are the same."""
    update_many(_CARTS, "id", [{"id": cart_id, "modified_at": moment} for cart_id, moment in moments.items()])


def write_lines(lines: Mapping[int, Sequence[OrderLine]], *, replacing: Iterable[int]) -> None:
    """The lines of carts by id; those of `replacing` had some before."""
    old = list(replacing)
    if old:
        _EMPTY.run(wanted=old)
    insert_many(_LINES, [row for cart_id, found in lines.items() for row in line_rows(cart_id, found)])


def forget_loaded() -> None:
    """Carts that the session holds as objects are read anew when next looked at; the statements above pass them by."""
    for held in list(session().identity_map.values()):
        if isinstance(held, Cart):
            session().expire(held)
