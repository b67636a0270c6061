"""Somebody who signs in, and how they are found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime, session

ROLES = ("owner", "manager", "rep", "viewer")
CALLERS = ("owner", "manager", "rep")  # who may call
ALERTS = ("none", "mine", "all")
DAILY_GOAL = 25


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

    # How they work (accounts.hours)
    time_zone: Mapped[str] = mapped_column(Text, default="", server_default="")  # IANA; "" = the store's
    hours: Mapped[dict[str, list[list[str]]]] = mapped_column(JSON, default=dict, server_default="{}")
    languages: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # codes: en, de
    phone: Mapped[str] = mapped_column(Text, default="", server_default="")  # E.164, the number customers see
    daily_goal: Mapped[int] = mapped_column(default=DAILY_GOAL, server_default=str(DAILY_GOAL))  # calls
    practised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # last finished a practice call

    # What the browser tells them of
    alerts: Mapped[str] = mapped_column(Text, default="mine", server_default="mine")  # none, mine, all
    alert_volume: Mapped[int] = mapped_column(default=50, server_default="50")  # 0 to 100

    @property
    def first_name(self) -> str:
        """How colleagues and scripts call them."""
        return (self.name or self.email.split("@")[0]).split(" ")[0]


def find_user(user_id: int) -> User | None:
    """The user, disabled or not, or None."""
    return session().get(User, user_id)


def find_user_by_email(email: str) -> User | None:
    """The user with that address in any case, disabled or not, or None."""
    return session().scalar(select(User).where(User.email == email.strip().lower()))


def every_user() -> list[User]:
    """Everybody, those who may sign in first, then by name."""
    order = (User.disabled_at.isnot(None), func.lower(User.name), User.email)
    return list(session().scalars(select(User).order_by(*order)))


def reps() -> list[User]:
    """Everybody who may call, by name: reps, managers and owners who are not disabled, paused or not."""
    query = select(User).where(User.role.in_(CALLERS), User.disabled_at.is_(None))
    return list(session().scalars(query.order_by(func.lower(User.name), User.email)))


def has_owner() -> bool:
    """Whether somebody owns this installation; if not, the set-up page is open to the holder of its token."""
    query = select(User.id).where(User.role == "owner", User.disabled_at.is_(None)).limit(1)
    return session().scalar(query) is not None
