"""How fast mail may go to each mail provider, and where it has stopped, for all workers together.

A refusal because of policy or reputation is nobody's fault among the customers: going on would only burn one address
after another. So mail to that provider stops for a while, and when a second one refuses, all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, UTCDateTime, session

OURS = ""  # the name under which all of our mail is stopped
_MINUTE = timedelta(minutes=1)
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
    """Whether one more mail may go to the provider now; if so, it is counted.

    The row stays locked until the caller's transaction ends, so that all workers count one by one. In no minute,
    wherever it begins, do more than `per_minute` mails start, as far as the minute before went evenly.
    """
    row = _locked(provider, now)
    gone = now - row.minute_at
    if gone >= _MINUTE or gone < timedelta(0):
        row.before = row.sent if timedelta(0) <= gone < 2 * _MINUTE else 0
        row.minute_at = row.minute_at + _MINUTE if timedelta(0) <= gone < 2 * _MINUTE else now
        row.sent = 0
        gone = now - row.minute_at
    if row.before * (1 - gone / _MINUTE) + row.sent >= per_minute:
        session().flush()
        return False
    row.sent += 1
    session().flush()
    return True


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
    query = select(MailProvider).where(MailProvider.stopped_until > now).order_by(MailProvider.name)
    return [_stop_of(row) for row in session().scalars(query.execution_options(populate_existing=True))]


def went_well(provider: str) -> None:
    """A mail was taken: stops of this provider, and of everything, are over and forgotten."""
    _forget(MailProvider.name.in_((OURS, provider)))


def try_again() -> int:
    """Ends every stop, because somebody has seen to what was wrong; how many there were."""
    return _forget(MailProvider.stops > 0)


def _forget(which: ColumnElement[bool]) -> int:
    over = {"stops": 0, "stopped_at": None, "stopped_until": None, "stopped_by": None, "stop_words": None}
    ended = session().execute(
        update(MailProvider)
        .where(which, MailProvider.stops > 0)
        .values(over)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(ended, "rowcount", 0))


def _others_blocked(provider: str, now: datetime) -> bool:
    return any(one.by == "blocked" and one.provider not in (OURS, provider) for one in stops(now=now))


def _locked(provider: str, now: datetime) -> MailProvider:
    """The provider's row, made if there is none, locked until the commit (Postgres; SQLite has one writer)."""
    insert = postgresql.insert if session().get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(MailProvider).values(name=provider, minute_at=now, sent=0, before=0, stops=0)
    query = select(MailProvider).where(MailProvider.name == provider).with_for_update()
    found = session().scalar(query.execution_options(populate_existing=True))
    if found is None:
        session().execute(made.on_conflict_do_nothing())
        found = session().scalars(query.execution_options(populate_existing=True)).one()
    return found


def _stop_of(row: MailProvider) -> Stop:
    if row.stopped_until is None or row.stopped_at is None:
        raise ValueError(f"{row.name or 'everything'} is not stopped")
    return Stop(row.name, row.stopped_by or "blocked", row.stopped_at, row.stopped_until, row.stop_words or "")
