"""Signed-in browsers, kept here so that each can be ended at once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Text, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sidecar.accounts.links import SignInLink, token_hash
from sidecar.accounts.user import User
from sidecar.db import Base, UTCDateTime, session

SESSION_IDLE = timedelta(hours=12)  # a working day with a long lunch
SESSION_LASTS = timedelta(days=7)


class UserSession(Base):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()


def start_session(user: User, *, now: datetime) -> str:
    """The token of a new session, for the browser's cookie."""
    token = secrets.token_urlsafe(32)
    session().execute(delete(UserSession).where(UserSession.started_at < now - 2 * SESSION_LASTS))
    session().add(UserSession(token_hash=token_hash(token), user_id=user.id, started_at=now, seen_at=now))
    session().flush()
    return token


def find_session(token: str, *, now: datetime) -> UserSession | None:
    """The session of that token with its user, or None when it is ended, idle or old, or the user is disabled."""
    terms = {"hash": token_hash(token), "seen_after": now - SESSION_IDLE, "started_after": now - SESSION_LASTS}
    found: UserSession | None = session().scalar(_FOUND, terms)
    return found


# Built once: every request asks it, and putting it together costs more than running it.
_FOUND = (
    select(UserSession)
    .join(UserSession.user)
    .options(joinedload(UserSession.user))
    .where(
        UserSession.token_hash == bindparam("hash"),
        UserSession.ended_at.is_(None),
        UserSession.seen_at > bindparam("seen_after"),
        UserSession.started_at > bindparam("started_after"),
        User.disabled_at.is_(None),
    )
)


def touch_session(token: str, *, now: datetime) -> None:
    """Notes that it is in use."""
    kept = UserSession.token_hash == token_hash(token), UserSession.ended_at.is_(None)
    session().execute(update(UserSession).where(*kept).values(seen_at=now))


def end_session(token: str, *, now: datetime) -> None:
    """Ends it; no harm if there is none."""
    kept = UserSession.token_hash == token_hash(token), UserSession.ended_at.is_(None)
    session().execute(update(UserSession).where(*kept).values(ended_at=now))


def end_every_session(user: User, *, now: datetime, but: str = "") -> None:
    """Ends all of theirs, and their unused links; `but` is the token of a session to keep."""
    kept = UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.token_hash != token_hash(but)
    session().execute(update(UserSession).where(*kept).values(ended_at=now))
    unused = SignInLink.user_id == user.id, SignInLink.used_at.is_(None)
    session().execute(update(SignInLink).where(*unused).values(used_at=now))
