"""Each rep's calls of the shop's day, counted. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.task import Call
from sidecar.calls.tasks.board import midnight
from sidecar.db import session

_REACHED = [code for code, each in DISPOSITIONS.items() if each.reached]


@dataclass(frozen=True, slots=True)
class Tally:
    """A rep's calls of the shop's day."""

    user: User
    attempts: int
    reached: int
    recovered: int
    skipped: int


def tallies(users: Sequence[User], *, now: datetime, zone: str) -> list[Tally]:
    """Each rep's calls since midnight in the shop, who called most first."""
    counted = {row.user_id: row for row in session().execute(_tallied([user.id for user in users], zone, now))}
    found = [
        Tally(user, row.attempts, row.reached, row.recovered, row.skipped)
        if row is not None
        else Tally(user, 0, 0, 0, 0)
        for user in users
        for row in [counted.get(user.id)]
    ]
    return sorted(found, key=lambda tally: -tally.attempts)


def _tallied(user_ids: Sequence[int], zone: str, now: datetime) -> Select[*tuple[Any, ...]]:
    skipped = Call.disposition == "skip"
    return (
        select(
            Call.user_id,
            func.count(case((~skipped, 1))).label("attempts"),
            func.count(case((Call.disposition.in_(_REACHED), 1))).label("reached"),
            func.count(case((Call.disposition == "recovered_on_call", 1))).label("recovered"),
            func.count(case((skipped, 1))).label("skipped"),
        )
        .where(Call.user_id.in_(user_ids), Call.at >= midnight(zone, now=now), Call.undone_at.is_(None))
        .group_by(Call.user_id)
    )
