"""How fast mail may go to each mail provider, and where it has stopped, for all workers together.

A refusal because of policy or reputation is nobody's fault among the customers: going on would only burn one address
after another. So mail to that provider stops for a while, and when a second one refuses, all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, UTCDateTime, one_row, session

OURS = ""  # the name under which all of our mail is stopped
_MINUTE = timedelta(minutes=1)
_TRIES = 20
_BLOCKED_FOR, _BLOCKED_LONGEST = timedelta(minutes=30), timedelta(hours=6)
_SLOW_FOR, _SLOW_LONGEST = timedelta(minutes=1), timedelta(minutes=15)

# Domains that are one provider: what one of them refuses, the others refuse too.
_SAME = {
    "googlemail.com": "gmail.com",
    **dict.fromkeys(("hotmail.com", "hotmail.de", "hotmail.co.uk", "live.com", "live.de", "msn.com"), "outlook.com"),
    **dict.fromkeys(("outlook.de", "hotmail.fr", "live.co.uk"), "outlook.com"),
    **dict.fromkeys(("yahoo.de", "yahoo.co.uk", "ymail.com", "rocketmail.com", "aol.com"), "yahoo.com"),
    **dict.fromkeys(("gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de"), "gmx.de"),
    **dict.fromkeys(("me.com", "mac.com"), "icloud.com"),
}


class MailProvider(Base):
    """Whoever takes the mail of a domain; "" is our own mail server, whose stop is a stop of everything.

    `sent` counts the mails begun in the minute from `minute_at`, `before` those of the minute before it.
    """

    __tablename__ = "mail_provider"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    minute_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent: Mapped[int] = mapped_column(default=0)
    before: Mapped[int] = mapped_column(default=0)
    stops: Mapped[int] = mapped_column(default=0)  # in a row, without a mail that was taken
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_by: Mapped[str | None] = mapped_column(Text)  # "blocked" or "slow_down"
    stop_words: Mapped[str | None] = mapped_column(Text)  # the server's own


_TABLE: Table = MailProvider.metadata.tables["mail_provider"]
_COUNTED = select(_TABLE.c.minute_at, _TABLE.c.sent, _TABLE.c.before).where(_TABLE.c.name == bindparam("of"))
_COUNT = (
    update(_TABLE)
    .where(_TABLE.c.name == bindparam("of"))
    .where(_TABLE.c.minute_at == bindparam("was_at"), _TABLE.c.sent == bindparam("was_sent"))
    .values(minute_at=bindparam("minute_at"), sent=bindparam("sent"), before=bindparam("before"))
)
_STOPPED = select(_TABLE).where(_TABLE.c.stopped_until > bindparam("at")).order_by(_TABLE.c.name)
_OVER = {"stops": 0, "stopped_at": None, "stopped_until": None, "stopped_by": None, "stop_words": None}
_WENT_WELL = update(_TABLE).where(_TABLE.c.stops > 0, _TABLE.c.name.in_((OURS, bindparam("of")))).values(_OVER)


@dataclass(frozen=True, slots=True)
class Stop:
    """Mail to one provider, or all of it (`provider` is ""), waits until `until_at`; `words` are the server's own."""

    provider: str
    by: str
    since_at: datetime
    until_at: datetime
    words: str

    @property
    def says(self) -> str:
        """The sentence about it."""
        whose = f"Mail to {self.provider}" if self.provider else "All mail"
        why = "The server asked to slow down" if self.by == "slow_down" else "The server refuses mail from us"
        return f"{whose} waits. {why}: {self.words.rstrip('.')}."


def provider_of(address: str) -> str:
    """The provider that takes mail for the address, by its domain."""
    domain = address.rpartition("@")[2].lower()
    return _SAME.get(domain, domain)


def take_turn(provider: str, *, per_minute: int, now: datetime) -> bool:
    """Whether one more mail may go to the provider now; if so, it is counted, for all workers together.

    In no minute, wherever it begins, do more than `per_minute` mails start, as far as the minute before went evenly.
    """
    for _ in range(_TRIES):
        row = _connection().execute(_COUNTED, {"of": provider}).one_or_none()
        if row is None:
            _made(provider, now)
            continue
        counts = _counts(row.minute_at, row.sent, row.before, now)
        if counts["before"] * (1 - (now - counts["minute_at"]) / _MINUTE) + counts["sent"] >= per_minute:
            return False
        was = {"of": provider, "was_at": row.minute_at, "was_sent": row.sent}
        if one_row(_connection().execute(_COUNT, was | counts | {"sent": counts["sent"] + 1})):
            return True
    return False  # others were first, again and again: its turn comes a little later


def stop(provider: str, words: str, *, by: str = "blocked", now: datetime) -> Stop:
    """Stops mail to a provider, or all mail (OURS), for twice as long as the last time; what is in force.

    `by` is "blocked" (policy, reputation, sign-in) or "slow_down". A second provider that blocks stops everything.
    """
    row = _locked(provider, now)
    if row.stopped_until is None or row.stopped_until <= now:
        row.stops += 1
        first, longest = (_SLOW_FOR, _SLOW_LONGEST) if by == "slow_down" else (_BLOCKED_FOR, _BLOCKED_LONGEST)
        row.stopped_at = row.stopped_at or now
        row.stopped_until = now + min(first * 2 ** min(row.stops - 1, 10), longest)
    row.stopped_by, row.stop_words = by, words[:300]
    session().flush()
    if by == "blocked" and provider != OURS and _others_blocked(provider, now):
        return stop(OURS, words, now=now)
    return _stop_of(row)


def stopped(provider: str, *, now: datetime) -> Stop | None:
    """The stop that now stands against mail to the provider, the longer one of it and of everything; or None."""
    found = [one for one in stops(now=now) if one.provider in (OURS, provider)]
    return max(found, key=lambda one: one.until_at, default=None)


def stops(*, now: datetime) -> list[Stop]:
    """Every stop in force, that of everything first."""
    return [_stop_of(row) for row in _connection().execute(_STOPPED, {"at": now})]


def went_well(provider: str) -> None:
    """A mail was taken: stops of this provider, and of everything, are over and forgotten."""
    _connection().execute(_WENT_WELL, {"of": provider})


def try_again() -> None:
    """Ends every stop, because somebody has seen to what was wrong."""
    _connection().execute(update(_TABLE).where(_TABLE.c.stops > 0).values(_OVER))


def _others_blocked(provider: str, now: datetime) -> bool:
    return any(one.by == "blocked" and one.provider not in (OURS, provider) for one in stops(now=now))


def _locked(provider: str, now: datetime) -> MailProvider:
    """The provider's row, made if there is none, locked until the commit (Postgres; SQLite has one writer)."""
    _made(provider, now)
    query = select(MailProvider).where(MailProvider.name == provider).with_for_update()
    return session().scalars(query.execution_options(populate_existing=True)).one()


def _made(provider: str, now: datetime) -> None:
    insert = postgresql.insert if _connection().dialect.name == "postgresql" else sqlite.insert
    made = insert(_TABLE).values(name=provider, minute_at=now, sent=0, before=0, stops=0)
    _connection().execute(made.on_conflict_do_nothing())


def _counts(minute_at: datetime, sent: int, before: int, now: datetime) -> dict[str, Any]:
    """What was counted, moved on to the minute that `now` is in."""
    gone = now - minute_at
    if timedelta(0) <= gone < _MINUTE:
        return {"minute_at": minute_at, "sent": sent, "before": before}
    if _MINUTE <= gone < 2 * _MINUTE:
        return {"minute_at": minute_at + _MINUTE, "sent": 0, "before": sent}
    return {"minute_at": now, "sent": 0, "before": 0}  # long ago, or the clock went back


def _connection() -> Connection:
    # Not through the ORM: this runs for every mail, and costs a third so.
    return session().connection()


def _stop_of(row: Any) -> Stop:
    if row.stopped_until is None or row.stopped_at is None:
        raise ValueError(f"{row.name or 'everything'} is not stopped")
    return Stop(row.name, row.stopped_by or "blocked", row.stopped_at, row.stopped_until, row.stop_words or "")
