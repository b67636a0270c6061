"""A cart that waits for a call, and the calls made about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import Base, RowId, UTCDateTime

OPEN_STATES = ("waiting", "ready", "claimed", "in_call", "wrap_up")
HELD_STATES = ("claimed", "in_call", "wrap_up")


class CallTask(Base):
    """A cart to be called about. One open task per cart; a claim is a lease that a rep holds.

    `state`: waiting (not due yet), ready, claimed, in_call, wrap_up, done (with `done_reason`).
    `rank_class` and `rank_value` order the queue: class upward, value downward, then `due_at`.
    """

    __tablename__ = "call_task"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'claimed', 'in_call', 'wrap_up', 'done')", name="state"),
        Index(
            "uq_call_task_open_cart",
            "cart_id",
            unique=True,
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
        Index(
            "uq_call_task_held",
            "claimed_by_id",
            unique=True,
            sqlite_where=text("state IN ('claimed', 'in_call', 'wrap_up')"),
            postgresql_where=text("state IN ('claimed', 'in_call', 'wrap_up')"),
        ),
        Index("ix_call_task_queue", "state", "rank_class", "rank_value", "due_at"),
        Index("ix_call_task_contact", "contact_id", "state"),
        Index("ix_call_task_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    state: Mapped[str] = mapped_column(Text, default="waiting")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    rank_class: Mapped[int] = mapped_column(default=2)  # 0 asked for a call, 1 happening now, 2 best next
    rank_value: Mapped[float] = mapped_column(Float, default=0.0)
    why: Mapped[str] = mapped_column(Text, default="")  # one sentence, two facts or more
    chips: Mapped[list[str]] = mapped_column(JSON, default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    callback_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_reason: Mapped[str | None] = mapped_column(Text)

    cart: Mapped[Cart] = relationship()
    contact: Mapped[Contact] = relationship()
    claimed_by: Mapped[User | None] = relationship()


class Call(Base):
    """One attempt to reach a person, or one skip, with the rep's verdict.

    `save_key` comes from the card: a form sent twice is one call.
    """

    __tablename__ = "call"
    __table_args__ = (Index("ix_call_task", "task_id", "at"), Index("ix_call_rep", "user_id", "at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("call_task.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    save_key: Mapped[str] = mapped_column(Text, unique=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    dialled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disposition: Mapped[str] = mapped_column(Text)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)  # first = main
    note: Mapped[str] = mapped_column(Text, default="")
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    before: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)  # the task as it was, for undo
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
