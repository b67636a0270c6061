"""Throttling of sign-in, counted in the database: it holds for every web process and when Redis was wiped."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index, Text, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime, session
from sidecar.errors import Refused

WITHIN = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50  # an office shares one address
_SLOW_DOWN = "Too many tries. Wait 15 minutes, or use a one-time link."


class SignInAttempt(Base):
    """One try to sign in. Who and from where are fingerprints; `succeeded` tries do not count against anyone."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account", "account_fingerprint", "at"),
        Index("ix_sign_in_attempt_address", "address_fingerprint", "at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    account_fingerprint: Mapped[str] = mapped_column(Text)
    address_fingerprint: Mapped[str] = mapped_column(Text)
    succeeded: Mapped[bool] = mapped_column(default=False)


def note_attempt(account_fingerprint: str, address_fingerprint: str, *, now: datetime) -> int:
    """Counts a try before the password is looked at, so that many at once cannot slip through; its id.

    Raises Refused when there were too many within a quarter of an hour. Unknown accounts count alike.
    """
    session().execute(delete(SignInAttempt).where(SignInAttempt.at < now - timedelta(days=1)))
    for column, fingerprint, most in (
        (SignInAttempt.account_fingerprint, account_fingerprint, PER_ACCOUNT),
        (SignInAttempt.address_fingerprint, address_fingerprint, PER_ADDRESS),
    ):
        failed = select(func.count()).where(
            column == fingerprint, SignInAttempt.at > now - WITHIN, SignInAttempt.succeeded.is_(False)
        )
        if (session().scalar(failed) or 0) >= most:
            raise Refused(_SLOW_DOWN, code="too_many_tries")
    attempt = SignInAttempt(at=now, account_fingerprint=account_fingerprint, address_fingerprint=address_fingerprint)
    session().add(attempt)
    session().flush()
    return attempt.id


def note_success(attempt_id: int) -> None:
    """The try was right: it no longer counts against anyone."""
    attempt = session().get(SignInAttempt, attempt_id)
    if attempt:
        attempt.succeeded = True
