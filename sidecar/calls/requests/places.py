"""Places in a half-hour: what is taken, and taking one so that no two requests can have the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from sidecar.accounts import User
from sidecar.accounts.hours import OpenHours, spans
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.requests.times import HALF, Span, half_of
from sidecar.calls.task import CallTask, is_open
from sidecar.db import session
from sidecar.errors import Refused

_DAYS_AHEAD = 12
TAKEN = "That time has just been taken. Choose another."


def working(reps: Sequence[User], zone: str, shop: OpenHours, *, now: datetime) -> list[list[Span]]:
    """When each rep works in the days to come (UTC), without what a break has taken already. `zone` is the store's."""
    days = [(now + timedelta(days=ahead)).date() for ahead in range(-1, _DAYS_AHEAD)]
    found = [[span for day in days for span in spans(rep, day, zone, shop=shop)] for rep in reps]
    until = half_of(now) + HALF  # whoever pauses now may be back in the next half-hour
    return [
        [(max(start, until), end) if rep.paused_at else (start, end) for start, end in one]
        for rep, one in zip(reps, found, strict=True)
    ]


def agreed(*, now: datetime) -> Counter[datetime]:
    """How many calls reps have agreed with customers, by the begin of the half-hour."""
    here = select(CallRequest.task_id).where(CallRequest.state == "open", CallRequest.task_id.is_not(None))
    query = select(CallTask.callback_at).where(
        CallTask.callback_at >= half_of(now), is_open(), CallTask.id.not_in(here)
    )
    return Counter(half_of(at) for at in session().scalars(query) if at is not None)


def asked(*, but: int | None = None, now: datetime) -> Counter[datetime]:
    """How many were asked for here, by the begin of the half-hour. `but` leaves out one request, which may stay within
    its own half-hour."""
    query = select(CallRequest.place_at).where(CallRequest.place_at >= half_of(now), CallRequest.id != (but or 0))
    return Counter(at for at in session().scalars(query) if at is not None)


def take(request_id: int, begin: datetime, capacity: int) -> None:
    """Gives a stored request a place in the half-hour that begins then, of the `capacity` that the reps' hours have and
    what they agreed themselves leaves.

    Raises Refused ("taken") when there is none: another request had the last one, perhaps in this very moment.
    """
    for _ in range(capacity):
        used = _seats(begin, request_id)
        if len(used) >= capacity:
            break
        seat = next(number for number in range(capacity) if number not in used)
        try:
            with session().begin_nested():
                session().execute(
                    update(CallRequest).where(CallRequest.id == request_id).values(place_at=begin, seat=seat)
                )
            return
        except IntegrityError:  # the unique key: somebody was first
            continue
    raise Refused(TAKEN, code="taken", field="when")


def give_back(request: CallRequest) -> None:
    """Frees the request's place, if it has one."""
    request.place_at = request.seat = None
    session().flush()


def end_of_person(contact_id: int, reason: str, *, now: datetime) -> int:
    """Ends a person's open requests that no task stands behind, and frees their places; how many there were."""
    ended = session().execute(
        update(CallRequest)
        .where(CallRequest.contact_id == contact_id, CallRequest.state == "open", CallRequest.task_id.is_(None))
        .values(state="over", ended_at=now, ended_reason=reason, changed_at=now, place_at=None, seat=None)
        .execution_options(synchronize_session="fetch")
    )
    return int(getattr(ended, "rowcount", 0))


def _seats(begin: datetime, request_id: int) -> set[int]:
    query = select(CallRequest.seat).where(CallRequest.place_at == begin, CallRequest.id != request_id)
    return {seat for seat in session().scalars(query) if seat is not None}
