"""One-time links: a way in without a password, made by the owner or on the command line."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Text, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from sidecar import audit
from sidecar.accounts.user import User, find_user
from sidecar.db import Base, UTCDateTime, one_row, session
from sidecar.errors import Refused

LINK_LASTS = timedelta(minutes=15)
_USED_UP = "This link has been used or is too old. Ask for a new one."


class SignInLink(Base):
    """A one-time link; only its hash is kept."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def make_link(user: User, *, now: datetime, lasts: timedelta = LINK_LASTS, by: str = "command line") -> str:
    """The token of a new link (/link/<token>), known to nobody but the caller. Raises Refused when disabled."""
    if user.disabled_at:
        raise Refused(f"{user.email} is disabled. Enable the account first.", code="user_disabled")
    token = secrets.token_urlsafe(32)
    session().execute(delete(SignInLink).where(SignInLink.expires_at < now - timedelta(days=7)))
    session().add(SignInLink(token_hash=token_hash(token), user_id=user.id, made_at=now, expires_at=now + lasts))
    session().flush()
    audit.record(by, "link.make", user.email, now=now)
    return token


def find_link(token: str, *, now: datetime) -> User | None:
    """Whom the link would sign in, without using it; None when it is used, too old or unknown."""
    link = session().get(SignInLink, token_hash(token))
    if link is None or link.used_at or link.expires_at <= now:
        return None
    user = find_user(link.user_id)
    return user if user and user.disabled_at is None else None


def use_link(token: str, *, now: datetime) -> User:
    """Whom it signs in; it never works again. Raises Refused when it is used, too old or unknown."""
    user = find_link(token, now=now)
    taken = session().execute(
        update(SignInLink)
        .where(SignInLink.token_hash == token_hash(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
    )
    if user is None or not one_row(taken):
        raise Refused(_USED_UP, code="link_used_up")
    return user


def token_hash(token: str) -> str:
    """What is kept of a token: it is random and long, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()
