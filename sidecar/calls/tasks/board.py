"""The board: the rows of one tab as a rep sees them. One statement each, by an index, never a count."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, select, union, union_all

from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.task import HELD_STATES, Call, CallTask, is_held, is_open
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.contacts.local_time import clock_time, day_and_time, span
from sidecar.db import RowId, session
from sidecar.money import words

BOARD_SIZE = 25
TABS = ("due", "callbacks", "mine", "later", "done")
_GROUPS = {0: "Asked for a call", 1: "Happening now", 2: "Best next"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the board. `end` stands at the right: the customer's time, or when it is due."""

    task_id: int
    cart_id: int
    name: str
    amount: str
    icon: str
    fact: str
    end: str
    group: str
    mine: bool = False
    held: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand in the queue for the same kind of reason."""

    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Board:
    """The rows of one tab, in order. `more` when there are others behind them."""

    tab: str
    rows: list[Row]
    more: bool

    @property
    def groups(self) -> list[Group]:
        """The rows under their headings, in order."""
        return [Group(name, list(rows)) for name, rows in groupby(self.rows, key=lambda row: row.group)]


def board(user: User, tab: str = "due", *, now: datetime, zone: str = "UTC") -> Board:
    """The rows of one tab as this rep sees them; `zone` is the shop's, for what is not the customer's time."""
    if tab == "done":
        return _done(user, now=now, zone=zone)
    found = list(session().execute(_of_tab(tab), {"rep": user.id}))
    rows = [_row(each, user, tab, now, zone) for each in found[:BOARD_SIZE]]
    return Board(tab, rows, len(found) > BOARD_SIZE)


def midnight(zone: str, *, now: datetime) -> datetime:
    """When today began there."""
    place = ZoneInfo(zone)
    return datetime.combine(now.astimezone(place).date(), time(0), place).astimezone(UTC)


AGREED = (CallTask.callback_at.is_not(None), is_open())
QUEUE_ORDER = (CallTask.rank_class, CallTask.rank_value.desc(), CallTask.due_at, CallTask.id)
_COLUMNS = (
    CallTask.id,
    CallTask.cart_id,
    CallTask.state,
    CallTask.rank_class,
    CallTask.icon,
    CallTask.chips,
    CallTask.zones,
    CallTask.due_at,
    CallTask.callback_at,
    CallTask.claimed_at,
    CallTask.claimed_by_id,
    CallTask.unpaid_look_at,
    CallTask.snoozed_until,
    CallTask.snooze_reason,
    Contact.first_name,
    Contact.last_name,
    Contact.company,
    Cart.total_minor,
    Cart.currency,
    User.name.label("rep_name"),
    User.email.label("rep_email"),
)


@functools.cache  # putting such a statement together costs more than running it
def _of_tab(tab: str) -> Select[*tuple[Any, ...]]:
    rep = bindparam("rep", type_=RowId)
    query = (
        select(*_COLUMNS)
        .select_from(CallTask)
        .join(Cart, Cart.id == CallTask.cart_id)
        .join(Contact, Contact.id == CallTask.contact_id)
        .outerjoin(User, User.id == CallTask.claimed_by_id)
        .limit(BOARD_SIZE + 1)
    )
    if tab == "callbacks":
        return query.where(*AGREED).order_by(CallTask.callback_at, CallTask.id)
    if tab == "later":
        return query.where(CallTask.state == "waiting").order_by(CallTask.due_at, CallTask.id)
    held = select(CallTask.id).where(is_held())
    if tab == "mine":
        promised = select(CallTask.id).where(CallTask.for_user_id == rep, is_open())
        ids = union(promised, held.where(CallTask.claimed_by_id == rep))
    else:
        # The best of the ready ones by the index, and beside them the few that are held.
        best = select(CallTask.id).where(CallTask.state == "ready").order_by(*QUEUE_ORDER).limit(BOARD_SIZE + 1)
        ids = union_all(select(best.subquery().c.id), held)
    return query.where(CallTask.id.in_(ids)).order_by(*QUEUE_ORDER)


def _row(found: Any, user: User, tab: str, now: datetime, zone: str) -> Row:
    held = found.state in HELD_STATES and found.claimed_by_id != user.id
    icon, fact = found.icon, found.chips[0] if found.chips else ""
    if held:
        who = (found.rep_name or found.rep_email.split("@")[0]).split(" ")[0]
        icon, fact = "lock", f"Held by {who}, {span(now - found.claimed_at)}"
    elif found.unpaid_look_at is not None:
        icon, fact = "clock", "Waiting for the payment"
    waits = found.state == "waiting"
    if waits and found.snoozed_until is not None and found.snoozed_until == found.due_at:
        icon, fact = "clock", f"Put off: {found.snooze_reason[:1].lower()}{found.snooze_reason[1:]}"
    there = found.zones[0] if found.zones else "UTC"
    return Row(
        task_id=found.id,
        cart_id=found.cart_id,
        name=f"{found.first_name} {found.last_name}".strip() or found.company or "Unnamed customer",
        amount=words(found.total_minor, found.currency, short=True),
        icon=icon,
        fact=fact,
        end=day_and_time(found.due_at, zone, now=now, short=True) if waits else clock_time(now, there),
        group="Coming up" if tab == "later" else "" if tab != "due" else _GROUPS.get(found.rank_class, "Best next"),
        mine=found.state in HELD_STATES and not held,
        held=held,
        waits=waits,
    )


def _done(user: User, *, now: datetime, zone: str) -> Board:
    """The rep's own calls of the shop's day, the last first."""
    query = (
        select(Call.task_id, Call.cart_id, Call.at, Call.disposition, Call.person, Cart.total_minor, Cart.currency)
        .join(Cart, Cart.id == Call.cart_id)
        .where(Call.user_id == user.id, Call.at >= midnight(zone, now=now), Call.undone_at.is_(None))
        .order_by(Call.at.desc(), Call.id.desc())
        .limit(BOARD_SIZE + 1)
    )
    found = list(session().execute(query))
    rows = [
        Row(
            task_id=each.task_id,
            cart_id=each.cart_id,
            name=each.person,
            amount=words(each.total_minor, each.currency, short=True),
            icon="check",
            fact=DISPOSITIONS[each.disposition].label,
            end=clock_time(each.at, zone),
            group="Today",
        )
        for each in found[:BOARD_SIZE]
    ]
    return Board("done", rows, len(found) > BOARD_SIZE)
