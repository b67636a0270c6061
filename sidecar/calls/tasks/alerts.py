"""Callbacks that a rep is to be told of: ten minutes before, at the time, and, when nobody rang, the whole team.

Source: reference/ux.md A15. What is told names the customer by first name and initial only: it may stand on a locked
screen.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from sidecar.accounts import User
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask, is_held
from sidecar.calls.tasks.board import AGREED
from sidecar.calls.tasks.claims import BY_HAND_AFTER
from sidecar.contacts.contact import Contact
from sidecar.contacts.local_time import clock_time
from sidecar.db import UTCDateTime, session

LEVELS = ("none", "mine", "all")
TOLD_BEFORE = timedelta(minutes=10)
TEAM_TOLD_AFTER = BY_HAND_AFTER  # from when the others may take it, they hear of it
_TOLD_UNTIL = timedelta(minutes=30)  # after that it is late, no longer news; it still stands first in the queue
_MOST = 5
_OTHER = aliased(CallTask)
_SOONEST, _LATEST, _NOW = (bindparam(name, type_=UTCDateTime) for name in ("soonest", "latest", "now"))


@dataclass(frozen=True, slots=True)
class Alert:
    """A callback as it is told. `stage` is "soon", "now" or "unanswered"; `name` as in "Dana R."; `at` is the agreed
    time; `minutes` how long until then; `promised_by` the colleague who agreed on it, "" when it is the rep's own.
    `task_id` is None for a call asked for without a cart, which has a page of its own."""

    mark: str
    task_id: int | None
    stage: str
    name: str
    at: datetime
    minutes: int
    promised_by: str

    @property
    def key(self) -> str:
        """The same as long as there is nothing new to tell."""
        return f"{self.mark}.{int(self.at.timestamp())}.{self.stage}"

    @property
    def is_for_taking(self) -> bool:
        """Whether this rep may take it now: not before its time, nor while a colleague may still keep the promise."""
        is_theirs = self.stage == "unanswered" or (self.stage == "now" and not self.promised_by)
        return is_theirs and self.task_id is not None

    @property
    def url(self) -> str:
        """Where it is worked."""
        return "/asked" if self.task_id is None else f"/calls/{self.task_id}"

    @property
    def says(self) -> str:
        """The headline: "Callback now: Dana R."."""
        when = {"soon": f"in {self.minutes} min", "now": "now"}.get(self.stage, "waits")
        return f"Callback {when}: {self.name.removesuffix('.')}."

    def more(self, zone: str) -> str:
        """The sentence after it: "Agreed for 14:30. Nobody has rung yet." `zone` is whose clock that is."""
        agreed = f"Agreed for {clock_time(self.at, zone)}{f' by {self.promised_by}' if self.promised_by else ''}."
        return f"{agreed} Nobody has rung yet." if self.stage == "unanswered" else agreed


def alerts_for(user: User, *, now: datetime) -> list[Alert]:
    """What this rep is to be told at `now`, the earliest first, by their own level.

    "mine" is what they promised and what nobody did; unless they are on a break, also what others promised and did
    not keep for two minutes. "all" is everybody's. "none" is nothing.
    """
    if user.alerts == "none":
        return []
    terms = {"soonest": now - _TOLD_UNTIL, "latest": now + TOLD_BEFORE, "now": now}
    tasks = (each for each in session().execute(_tasks(), terms) if each.state == "ready" or each.callback_at > now)
    found = [_alert(each, user, now) for each in tasks if _concerns(user, each.for_user_id, each.callback_at, now)]
    if _concerns(user, None, now, now):
        found += [_asked(each, now) for each in session().execute(_requests(), terms)]
    return sorted(found, key=lambda alert: (alert.at, alert.mark))[:_MOST]


@functools.cache  # putting such a statement together costs more than running it
def _tasks() -> Select[*tuple[Any, ...]]:
    """Agreed calls of the time around now that nobody has begun, by the index of agreed times."""
    taken = exists().where(_OTHER.contact_id == CallTask.contact_id, is_held(_OTHER))
    return (
        select(
            CallTask.id, CallTask.state, CallTask.callback_at, CallTask.for_user_id, Contact.first_name,
            Contact.last_name, User.name.label("rep_name"), User.email.label("rep_email"),
        )
        .join(Contact, Contact.id == CallTask.contact_id)
        .outerjoin(User, User.id == CallTask.for_user_id)
        .where(*AGREED, CallTask.callback_at > _SOONEST, CallTask.callback_at <= _LATEST, ~taken)
        .order_by(CallTask.callback_at, CallTask.id)
        .limit(50)
    )  # fmt: skip


@functools.cache
def _requests() -> Select[*tuple[Any, ...]]:
    """Calls asked for about no cart at a time around now, that nobody has in hand."""
    at = func.coalesce(CallRequest.next_at, CallRequest.at)
    return (
        select(CallRequest.id, at.label("at"), Contact.first_name, Contact.last_name)
        .outerjoin(Contact, Contact.id == CallRequest.contact_id)
        .where(CallRequest.state == "open", CallRequest.task_id.is_(None), at > _SOONEST, at <= _LATEST)
        .where(or_(CallRequest.taken_until.is_(None), CallRequest.taken_until <= _NOW))
        .limit(_MOST)
    )


def _concerns(user: User, promised_by: int | None, at: datetime, now: datetime) -> bool:
    if user.alerts == "all" or promised_by == user.id:
        return True
    is_teams = promised_by is None or now >= at + TEAM_TOLD_AFTER
    return is_teams and user.paused_at is None


def _alert(found: Any, user: User, now: datetime) -> Alert:
    by = ""
    if found.for_user_id not in (None, user.id):
        by = (found.rep_name or found.rep_email.split("@")[0]).split(" ")[0]
    stage, minutes = _stage(found.callback_at, now)
    name = _short(found.first_name, found.last_name)
    return Alert(str(found.id), found.id, stage, name, found.callback_at, minutes, by)


def _asked(found: Any, now: datetime) -> Alert:
    stage, minutes = _stage(found.at, now)
    name = _short(found.first_name or "", found.last_name or "")
    return Alert(f"asked-{found.id}", None, stage, name, found.at, minutes, "")


def _stage(at: datetime, now: datetime) -> tuple[str, int]:
    """The stage of a callback at that time, and the minutes until then, rounded up."""
    ahead = at - now
    stage = "soon" if ahead > timedelta(0) else "now" if -ahead < TEAM_TOLD_AFTER else "unanswered"
    return stage, max(0, -(-ahead // timedelta(minutes=1)))


def _short(first: str, last: str) -> str:
    """First name and initial, on one line: "Dana R."."""
    name, initial = " ".join(first.split())[:40], last.strip()[:1]
    return f"{name} {initial}.".strip() if name and initial else name or "a customer"
