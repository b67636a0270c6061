"""The people who use Ringback: roles, sign-in links, sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.db import Base, RowId, UTCDateTime

ROLES = ("owner", "manager", "rep", "viewer")


class User(Base):
    """Somebody who signs in. `email` is lower case. A disabled user's sessions and links stop at once."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("role IN ('owner', 'manager', 'rep', 'viewer')", name="role"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    look: Mapped[str] = mapped_column(Text, default="system")  # system, light, dark
    shortcuts: Mapped[bool] = mapped_column(default=True)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # takes no new calls
    softphone: Mapped[bool] = mapped_column(default=False)  # tel: links on a desktop

    @property
    def first_name(self) -> str:
        """How colleagues and scripts call them."""
        return (self.name or self.email.split("@")[0]).split(" ")[0]


class SignInLink(Base):
    """A one-time link; only its hash is kept."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class UserSession(Base):
    """A signed-in browser; kept here so that it can be ended at once. Only the hash of its token is kept."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()
