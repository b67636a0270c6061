"""The day as a manager sees it: who is on what, what waits, what was promised, and each rep's figures. Reads only."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, case, func, literal, select, union_all

from sidecar.accounts import User, reps
from sidecar.accounts.hours import OpenHours, next_start, works_at
from sidecar.calls.task import CallTask, is_held, is_open
from sidecar.calls.tasks.board import AGREED
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import UTCDateTime, session
from sidecar.money import words

LATE = timedelta(minutes=5)  # after the agreed time. Source: reference/ux.md B8, "Callbacks on time"
COUNTED = 1000  # what waits is counted up to there
SHOWN = 50  # promised calls


@dataclass(frozen=True, slots=True)
class OnIt:
    """What a rep has in hand. `doing` is "claimed", "in_call" or "wrap_up"; `since` when that began."""

    task_id: int
    person: str
    amount: str
    doing: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """One rep now. `away`: "paused" since `away_since`, "off" by their hours until `back_at`, "disabled", or ""."""

    user: User
    on: OnIt | None
    away: str
    away_since: datetime | None = None
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of one class may be called now, up to COUNTED, and since when the oldest of them is due."""

    name: str
    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A call that is kept for a time or for a rep. `at` is the agreed time, None when it was only handed over."""

    task_id: int
    person: str
    amount: str
    at: datetime | None
    whose: str  # first name, "" when it is anybody's
    held_by: str  # first name of who has it now, "" when nobody has
    begun: bool  # its call has begun: it stays where it is
    late: bool
    note: str


def seats(*, now: datetime, zone: str, shop: OpenHours) -> list[Seat]:
    """Everybody who may call: first those on a call, then the others who are there, then those who are away."""
    held = {each.rep_id: _on_it(each) for each in session().execute(_HELD)}
    users = reps()
    gone = session().scalars(select(User).where(User.id.in_(held.keys() - {user.id for user in users})))
    found = [_seat(user, held.get(user.id), now, zone, shop) for user in [*users, *gone]]
    return sorted(found, key=lambda seat: (seat.on is None, seat.away == "off", seat.away == "paused"))


def waiting(*, now: datetime) -> list[Waiting]:
    """What may be called now, by class: asked for a call, happening now, best next."""
    found = {row.rank_class: row for row in session().execute(_waiting(), {"now": now})}
    names = ("Asked for a call", "Happening now", "Best next")
    return [
        Waiting(name, found[at].found if at in found else 0, found[at].since if at in found else None)
        for at, name in enumerate(names)
    ]


def promised(*, now: datetime) -> list[Kept]:
    """What was agreed with customers and what was handed to a colleague, the earliest first, SHOWN at most."""
    agreed, handed = (session().execute(statement) for statement in _promised())
    rows = [*agreed, *handed]
    return [_kept_row(row, now) for row in rows[:SHOWN]]


def stamp(users: Iterable[User]) -> str:
    """Changes with who is paused, disabled or at work: beside queries.stamp: whether the page looks different."""
    moved = [user.paused_at.timestamp() if user.paused_at else 0 for user in users]
    return f"{len(moved):x}.{int(sum(moved)):x}"


_HELD: Select[*tuple[Any, ...]] = (
    select(
        CallTask.id,
        CallTask.claimed_by_id.label("rep_id"),
        CallTask.state,
        CallTask.claimed_at,
        CallTask.dialled_at,
        CallTask.ended_at,
        Contact.first_name,
        Contact.last_name,
        Contact.company,
        Cart.total_minor,
        Cart.currency,
    )
    .join(Cart, Cart.id == CallTask.cart_id)
    .join(Contact, Contact.id == CallTask.contact_id)
    .where(is_held())
)


def _on_it(row: Any) -> OnIt:
    since = {"in_call": row.dialled_at, "wrap_up": row.ended_at or row.dialled_at}.get(row.state) or row.claimed_at
    return OnIt(row.id, _person(row), words(row.total_minor, row.currency, short=True), row.state, since)


def _seat(user: User, on: OnIt | None, now: datetime, zone: str, shop: OpenHours) -> Seat:
    if user.disabled_at is not None:
        return Seat(user, on, "disabled")
    if user.paused_at is not None:
        return Seat(user, on, "paused", away_since=user.paused_at)
    if not works_at(user, now, zone, shop=shop):
        return Seat(user, on, "off", back_at=next_start(user, now, zone, shop=shop))
    return Seat(user, on, "")


@functools.cache  # putting such a statement together costs more than running it
def _waiting() -> Select[*tuple[Any, ...]]:
    """Each class up to COUNTED by the index of the queue, so that a long queue costs no more than a short one."""
    now = bindparam("now", type_=UTCDateTime)
    # Wrapped, so that no planner takes the index by hours: the queue's has these rows in order.
    still_open = func.coalesce(CallTask.open_until, now) > now
    parts = [
        select(literal(rank_class).label("rank_class"), CallTask.due_at)
        .where(CallTask.state == "ready", CallTask.rank_class == rank_class, still_open)
        .limit(COUNTED)
        .subquery()
        for rank_class in (0, 1, 2)
    ]
    rows = union_all(*(select(part.c.rank_class, part.c.due_at) for part in parts)).subquery()
    columns = (rows.c.rank_class, func.count().label("found"), func.min(rows.c.due_at).label("since"))
    return select(*columns).group_by(rows.c.rank_class)


@functools.cache
def _promised() -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """What was agreed with customers, and what was only handed over."""
    agreed = _kept().where(*AGREED).order_by(CallTask.callback_at, CallTask.id)
    handed = _kept().where(CallTask.for_user_id.is_not(None), CallTask.callback_at.is_(None), is_open())
    return agreed.limit(SHOWN), handed.order_by(CallTask.handed_at, CallTask.id).limit(SHOWN)


def _kept() -> Select[*tuple[Any, ...]]:
    holder, keeper = User.__table__.alias("holder"), User.__table__.alias("keeper")
    return (
        select(
            CallTask.id,
            CallTask.state,
            CallTask.callback_at,
            CallTask.handed_over,
            keeper.c.name.label("keeper_name"),
            keeper.c.email.label("keeper_email"),
            case((is_held(), holder.c.name)).label("holder_name"),
            case((is_held(), holder.c.email)).label("holder_email"),
            Contact.first_name,
            Contact.last_name,
            Contact.company,
            Cart.total_minor,
            Cart.currency,
        )
        .join(Cart, Cart.id == CallTask.cart_id)
        .join(Contact, Contact.id == CallTask.contact_id)
        .outerjoin(keeper, keeper.c.id == CallTask.for_user_id)
        .outerjoin(holder, holder.c.id == CallTask.claimed_by_id)
    )


def _kept_row(row: Any, now: datetime) -> Kept:
    free = row.state in ("waiting", "ready")
    return Kept(
        task_id=row.id,
        person=_person(row),
        amount=words(row.total_minor, row.currency, short=True),
        at=row.callback_at,
        whose=_first(row.keeper_name, row.keeper_email),
        held_by=_first(row.holder_name, row.holder_email),
        begun=row.state in ("in_call", "wrap_up"),
        late=free and row.callback_at is not None and row.callback_at + LATE < now,
        note=row.handed_over,
    )


def _person(row: Any) -> str:
    return f"{row.first_name} {row.last_name}".strip() or row.company or "Unnamed customer"


def _first(name: str | None, email: str | None) -> str:
    return (name or (email or "").split("@")[0]).split(" ")[0]
