"""What pages and the command line ask about the queue. Reads only."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select

from sidecar.accounts import User
from sidecar.calls.task import Call, CallTask, is_open
from sidecar.calls.tasks.board import AGREED, BOARD_SIZE, QUEUE_ORDER, TABS, Board, Row, board, midnight
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.contacts.local_time import day_and_time
from sidecar.db import session

__all__ = ["BOARD_SIZE", "TABS", "Board", "Row", "board", "figures", "find_order", "listing", "next_up", "stamp"]

_LAST_CHANGE = select(func.max(CallTask.changed_at))  # built once: every open page asks it every 5 s
_COUNTED = 100  # figures stop counting there: "99+"


@dataclass(frozen=True, slots=True)
class Figures:
    """The day so far, for the bar. Counts stop at 100; `next_callback` in the shop's time, "" when there is none."""

    due: int
    callbacks: int
    next_callback: str
    done: int


def figures(user: User, *, now: datetime, zone: str) -> Figures:
    """How much is due, and what this rep has done today (the shop's day), in one statement."""
    terms = {"rep": user.id, "now": now, "since": midnight(zone, now=now)}
    counted = session().execute(_figures(), terms).one()
    waiting, callbacks, soonest, calls = counted
    return Figures(waiting, callbacks, day_and_time(soonest, zone, now=now, short=True) if soonest else "", calls)


@functools.cache  # putting such a statement together costs more than running it
def _figures() -> Select[*tuple[Any, ...]]:
    due = select(CallTask.id).where(CallTask.state == "ready", CallTask.open_until > bindparam("now")).limit(_COUNTED)
    back = select(CallTask.callback_at).where(*AGREED).order_by(CallTask.callback_at).limit(_COUNTED)
    done = select(Call.id).where(
        Call.user_id == bindparam("rep"),
        Call.at >= bindparam("since"),
        Call.undone_at.is_(None),
        Call.disposition != "skip",
    )
    return select(
        select(func.count()).select_from(due.subquery()).scalar_subquery(),
        select(func.count()).select_from(back.subquery()).scalar_subquery(),
        select(func.min(back.subquery().c.callback_at)).scalar_subquery(),
        select(func.count()).select_from(done.subquery()).scalar_subquery(),
    )


def stamp(*, now: datetime) -> str:
    """Changes whenever the queue may look different: with any change of a task, and each minute for its times."""
    changed = session().scalar(_LAST_CHANGE)
    moved = int(changed.timestamp() * 1_000_000) if changed else 0
    return f"{int(now.timestamp()) // 60:x}.{moved:x}"


def listing() -> Iterator[dict[str, object]]:
    """Every open task for `calls --json`, in queue order, those not yet due last: the keys of docs/running.md."""
    query = (
        select(CallTask, Cart.order_id, User.email)
        .join(Cart, Cart.id == CallTask.cart_id)
        .outerjoin(User, User.id == CallTask.claimed_by_id)
        .where(is_open(), CallTask.done_reason.is_(None))
        .order_by(
            case((CallTask.state == "waiting", 1), else_=0),
            case((CallTask.state == "waiting", CallTask.due_at)),
            *QUEUE_ORDER,
        )
    )
    for position, (task, order_id, email) in enumerate(session().execute(query), start=1):
        yield {
            "order_id": order_id,
            "position": position,
            "why": task.why,
            "due_at": task.due_at.isoformat(),
            "state": task.state,
            "claimed_by": email if task.is_held else None,
            "attempts": task.attempts,
        }


def next_up(*, now: datetime, zone: str) -> str:
    """Who is next when all is quiet, as a sentence: "Jo Kaya is next, at 16:20." Empty when nobody waits."""
    query = (
        select(Contact, CallTask.due_at)
        .join(CallTask, CallTask.contact_id == Contact.id)
        .where(CallTask.state == "waiting", CallTask.due_at > now)
        .order_by(CallTask.due_at)
        .limit(1)
    )
    found = session().execute(query).one_or_none()
    return f"{found[0].name} is next, {day_and_time(found[1], zone, now=now)}." if found else ""


def find_order(task_id: int) -> tuple[int, int] | None:
    """The store and the order that a task is about, or None when there is no such task."""
    query = select(Cart.store_id, Cart.order_id).join(CallTask, CallTask.cart_id == Cart.id)
    found = session().execute(query.where(CallTask.id == task_id)).one_or_none()
    return (found[0], found[1]) if found else None
