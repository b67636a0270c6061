"""A cart's whole story: what happened to it, in words, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, select

from sidecar.bulk import insert_many
from sidecar.carts.cart import CartEvent
from sidecar.db import session

_EVENTS: Table = CartEvent.metadata.tables["cart_event"]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened to a cart."""

    cart_id: int
    kind: str
    text: str
    at: datetime


def tell(cart_id: int, kind: str, text: str, *, at: datetime) -> None:
    """Adds one thing that happened at `at`. `text` is a sentence for people; hostile parts are escaped where shown."""
    tell_all([Told(cart_id, kind, text, at)])


def tell_all(happened: Iterable[Told]) -> None:
    """Adds many things in one statement."""
    rows = [{"cart_id": one.cart_id, "kind": one.kind, "text": one.text, "at": one.at} for one in happened]
    insert_many(_EVENTS, rows)


def story(cart_id: int) -> list[Told]:
    """Everything that happened to a cart, newest first."""
    query = (
        select(CartEvent.cart_id, CartEvent.kind, CartEvent.text, CartEvent.at)
        .where(CartEvent.cart_id == cart_id)
        .order_by(CartEvent.at.desc(), CartEvent.id.desc())
    )
    return [Told(*row) for row in session().execute(query)]
