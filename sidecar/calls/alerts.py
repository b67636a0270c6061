"""Callbacks that a rep is to be told of: ten minutes before, at the time, and, when nobody rang, the whole team.

Source: reference/ux.md A15. What is told names the customer by first name and initial only: it may stand on a locked
screen.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import aliased

from sidecar.accounts import User
from sidecar.calls.board import AGREED
from sidecar.calls.claims import BY_HAND_AFTER
from sidecar.calls.task import CallTask, is_held
from sidecar.contacts.contact import Contact
from sidecar.contacts.local_time import clock_time
from sidecar.db import UTCDateTime, session

LEVELS = ("none", "mine", "all")
TOLD_BEFORE = timedelta(minutes=10)
TEAM_TOLD_AFTER = BY_HAND_AFTER  # from when the others may take it, they hear of it
_TOLD_UNTIL = timedelta(minutes=30)  # after that it is late, no longer news; it still stands first in the queue
_MOST = 5
_OTHER = aliased(CallTask)


@dataclass(frozen=True, slots=True)
class Alert:
    """A callback as it is told. `stage` is "soon", "now" or "unanswered"; `name` as in "Dana R."; `at` is the agreed
    time; `minutes` how long until then; `promised_by` the colleague who agreed on it, "" when it is the rep's own."""

    task_id: int
    stage: str
    name: str
    at: datetime
    minutes: int
    promised_by: str

    @property
    def key(self) -> str:
        """The same as long as there is nothing new to tell."""
        return f"{self.task_id}.{int(self.at.timestamp())}.{self.stage}"

    @property
    def is_for_taking(self) -> bool:
        """Whether this rep may take it now: not before its time, nor while a colleague may still keep the promise."""
        return self.stage == "unanswered" or (self.stage == "now" and not self.promised_by)

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
    terms = {"soonest": now - _TOLD_UNTIL, "latest": now + TOLD_BEFORE}
    return [
        _alert(found, user, now)
        for found in session().execute(_query(), terms)
        if _concerns(user, found, now) and (found.state == "ready" or found.callback_at > now)
    ][:_MOST]


@functools.cache  # putting such a statement together costs more than running it
def _query() -> Select[*tuple[Any, ...]]:
    """Agreed calls of the time around now that nobody has begun, by the index of agreed times."""
    at = {name: bindparam(name, type_=UTCDateTime) for name in ("soonest", "latest")}
    taken = exists().where(_OTHER.contact_id == CallTask.contact_id, is_held(_OTHER))
    return (
        select(
            CallTask.id, CallTask.state, CallTask.callback_at, CallTask.for_user_id, Contact.first_name,
            Contact.last_name, User.name.label("rep_name"), User.email.label("rep_email"),
        )
        .join(Contact, Contact.id == CallTask.contact_id)
        .outerjoin(User, User.id == CallTask.for_user_id)
        .where(*AGREED, CallTask.callback_at > at["soonest"], CallTask.callback_at <= at["latest"], ~taken)
        .order_by(CallTask.callback_at, CallTask.id)
        .limit(50)
    )  # fmt: skip


def _concerns(user: User, found: Any, now: datetime) -> bool:
    if user.alerts == "all" or found.for_user_id == user.id:
        return True
    is_teams = found.for_user_id is None or now >= found.callback_at + TEAM_TOLD_AFTER
    return is_teams and user.paused_at is None


def _alert(found: Any, user: User, now: datetime) -> Alert:
    ahead = found.callback_at - now
    stage = "soon" if ahead > timedelta(0) else "now" if -ahead < TEAM_TOLD_AFTER else "unanswered"
    by = ""
    if found.for_user_id not in (None, user.id):
        by = (found.rep_name or found.rep_email.split("@")[0]).split(" ")[0]
    minutes = -(-ahead // timedelta(minutes=1))
    return Alert(found.id, stage, _short(found.first_name, found.last_name), found.callback_at, max(0, minutes), by)


def _short(first: str, last: str) -> str:
    """First name and initial, on one line: "Dana R."."""
    name, initial = " ".join(first.split())[:40], last.strip()[:1]
    return f"{name} {initial}.".strip() if name and initial else name or "a customer"
