"""Finding a cart from the queue's page: by name, number, address or order, in the queue and beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, select

from sidecar.accounts import User
from sidecar.calls.task import CallTask, is_open
from sidecar.carts.cart import Cart
from sidecar.carts.searching import CartFilter, filtered
from sidecar.contacts.local_time import day_and_time
from sidecar.db import session
from sidecar.money import words

FOUND_AT_MOST = 8
_SHORTEST = 2  # letters: one alone finds everybody


@dataclass(frozen=True, slots=True)
class Found:
    """A cart that was found. `task_id` is its open call task, if any; `where` says what stands about it."""

    cart_id: int
    task_id: int | None
    name: str
    number: str
    amount: str
    where: str


def find(text: str, user: User, *, now: datetime, zone: str) -> list[Found]:
    """The carts that match, those in the queue first; [] for less than two letters. `zone` is the shop's."""
    if len(text.strip()) < _SHORTEST:
        return []
    query = (
        select(
            Cart.id,
            Cart.name,
            Cart.number,
            Cart.total_minor,
            Cart.currency,
            Cart.state,
            Cart.reason,
            CallTask.id.label("task_id"),
            CallTask.state.label("task_state"),
            CallTask.due_at,
            CallTask.claimed_by_id,
            User.name.label("rep_name"),
            User.email.label("rep_email"),
        )
        .select_from(Cart)
        .outerjoin(CallTask, and_(CallTask.cart_id == Cart.id, is_open()))
        .outerjoin(User, User.id == CallTask.claimed_by_id)
        .order_by(case((CallTask.id.is_(None), 1), else_=0), Cart.active_at.desc(), Cart.id.desc())
        .limit(FOUND_AT_MOST)
    )
    rows = session().execute(filtered(query, CartFilter(search=text)))
    return [
        Found(
            cart_id=row.id,
            task_id=row.task_id,
            name=row.name or "Unnamed customer",
            number=row.number,
            amount=words(row.total_minor, row.currency, short=True),
            where=_where(row, user, now, zone),
        )
        for row in rows
    ]


def _where(row: Any, user: User, now: datetime, zone: str) -> str:
    if row.task_state == "waiting":
        return f"In the queue {day_and_time(row.due_at, zone, now=now, short=True)}"
    if row.task_state == "ready":
        return "In the queue, due now"
    if row.task_id is not None:
        rep = (row.rep_name or row.rep_email.split("@")[0]).split(" ")[0]
        return "With you" if row.claimed_by_id == user.id else f"Held by {rep}"
    if row.state == "recovered":
        return "Paid"
    return f"Not in the queue. {row.reason or 'It has not been decided yet.'}"
