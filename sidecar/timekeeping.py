"""Whether this computer's clock can be trusted: what it shows is compared with how much time has really passed.

A steady clock counts seconds since the computer started and cannot be set. Where the two part by more than five
minutes, somebody or something has set the clock, or a copy of this computer was started from a saved state. Nothing
is sent until the clock is right again, or a person says that it is. Source: reference/safety.md A6, E1 29.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar import audit
from sidecar.clock import Steady
from sidecar.db import Base, RowId, UTCDateTime, session

MOST = timedelta(minutes=5)  # by which a clock may be put right without a question: small steps are everyday
KEEP_EVERY = timedelta(seconds=20)


class ClockMark(Base):
    """The one row that says what the clock showed when it was last trusted, beside the steady clock of that start."""

    __tablename__ = "clock_mark"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    shown_at: Mapped[datetime] = mapped_column(UTCDateTime)
    boot: Mapped[str] = mapped_column(Text)  # which start of which computer the seconds are counted from
    seconds: Mapped[float] = mapped_column()
    doubted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # what it showed when it was first doubted
    doubt: Mapped[str | None] = mapped_column(Text)


log = logging.getLogger(__name__)


def doubt() -> str | None:
    """Why the clock is not trusted now, in a sentence; None when it is. Reads what `check` has found."""
    mark = session().get(ClockMark, 1)
    return mark.doubt if mark else None


def check(steady: Steady, *, now: datetime) -> str | None:
    """Why the clock is not to be trusted, in a sentence, or None. Inside a transaction; keeps what it found."""
    mark = session().get(ClockMark, 1, with_for_update=True, populate_existing=True)
    if mark is None:
        session().add(ClockMark(id=1, shown_at=now, boot=steady.boot, seconds=steady.seconds))
        session().flush()
        return None
    found = judge(mark.shown_at, Steady(mark.boot, mark.seconds), steady, now=now)
    if found is None:
        _trust(mark, steady, now)
        return None
    if mark.doubt is None:
        log.error("%s", found)
    if mark.doubt != found:
        mark.doubted_at, mark.doubt = mark.doubted_at or now, found
        session().flush()
    return found


def confirm(steady: Steady, *, by: str, now: datetime) -> bool:
    """A person says that the clock is right as it is. False when nobody doubted it."""
    mark = session().get(ClockMark, 1, with_for_update=True, populate_existing=True)
    if mark is None or mark.doubt is None:
        return False
    audit.record(by, "confirm clock", mark.doubt, {"before": mark.shown_at.isoformat()}, now=now)
    _trust(mark, steady, now)
    return True


def judge(shown_at: datetime, then: Steady, steady: Steady, *, now: datetime) -> str | None:
    """What is wrong with a clock that shows `now`, having shown `shown_at` at the steady clock's `then`. Pure."""
    if steady.boot and steady.boot == then.boot:
        jumped = (now - shown_at) - timedelta(seconds=steady.seconds - then.seconds)
    else:  # another start: how long the computer was off is not known, only that time does not run backwards
        jumped = min(now - shown_at, timedelta(0))
    if abs(jumped) <= MOST:
        return None
    way = "forward" if jumped > timedelta(0) else "back"
    return f"The clock of this computer was set {way} by {_length(abs(jumped))}. Nothing is sent until it is right."


def _trust(mark: ClockMark, steady: Steady, now: datetime) -> None:
    """Moves the mark along; not on every look, because each time is a write."""
    if mark.doubt is None and mark.boot == steady.boot and abs(now - mark.shown_at) < KEEP_EVERY:
        return
    mark.shown_at, mark.boot, mark.seconds = now, steady.boot, steady.seconds
    mark.doubted_at, mark.doubt = None, None
    session().flush()


def _length(by: timedelta) -> str:
    minutes = round(by.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"
