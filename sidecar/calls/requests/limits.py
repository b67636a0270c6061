"""How often one may ask for a call: by the link, by where it comes from, and by the number that would be rung.

Counted in the database by fingerprints alone, so that it holds for every process. Whoever comes too often gets the
same answer whatever the reason was: nobody learns by it who is known here. Source: reference/safety.md C13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from sidecar.calls.requests.request import CallRequest, CallRequestTry
from sidecar.db import session
from sidecar.errors import Refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_HOUR = 3  # by one link, and from one place
PER_DAY = 3  # for one number
UNTIMED = 50  # requests with a time in words that wait at once: each is read by a person


@dataclass(frozen=True, slots=True)
class Limit:
    """One count: a fingerprint that must not come up more than `most` times within a span."""

    mark: str
    most: int
    within: timedelta


def count(limits: Sequence[Limit], *, now: datetime) -> None:
    """Counts a try against every limit. Raises Refused ("too_many") when one is used up."""
    session().execute(delete(CallRequestTry).where(CallRequestTry.at < now - DAY))
    for limit in limits:
        query = select(func.count()).where(CallRequestTry.mark == limit.mark, CallRequestTry.at > now - limit.within)
        if (session().scalar(query) or 0) >= limit.most:
            raise Refused("That was too often. Try again later.", code="too_many")
    session().add_all(CallRequestTry(mark=limit.mark, at=now) for limit in limits)
    session().flush()


def check_untimed() -> None:
    """Raises Refused ("too_many") while so many wait for a person to read their time that no more can be promised."""
    query = select(func.count()).where(CallRequest.state == "open", CallRequest.at.is_(None))
    if (session().scalar(query) or 0) >= UNTIMED:
        raise Refused("That was too often. Try again later.", code="too_many")
