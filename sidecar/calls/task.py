"""A cart that waits for a call, and the calls made about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Text,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import Base, RowId, UTCDateTime

OPEN_STATES = ("waiting", "ready", "claimed", "in_call", "wrap_up")
HELD_STATES = ("claimed", "in_call", "wrap_up")

_HELD = text("state IN ('claimed', 'in_call', 'wrap_up')")
_OPEN = text("state <> 'done'")
_AGREED = text("callback_at IS NOT NULL AND state <> 'done'")
_PROMISED = text("for_user_id IS NOT NULL")
_RUNG = text("rest_until IS NOT NULL")
_UNPAID = text("unpaid_look_at IS NOT NULL")
_CLICKED = text("clicked_at IS NOT NULL")
_REPLIED = text("replied_at IS NOT NULL")


class CallTask(Base):
    """A cart to be called about. One open task per cart; a claim is a lease that a rep holds.

    `state`: waiting (not due yet, or outside the hours), ready, claimed, in_call, wrap_up, done (with `done_reason`).
    A task whose cart was settled during the call stays in wrap_up with its `done_reason` until the rep has saved.
    `rank_class` and `rank_value` order the queue: class upward, value downward, then `due_at`.
    A rep holds at most one task, and a person is held by at most one rep: two partial unique indexes say so.
    """

    __tablename__ = "call_task"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'claimed', 'in_call', 'wrap_up', 'done')", name="state"),
        Index("uq_call_task_open_cart", "cart_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_call_task_held", "claimed_by_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
        Index("uq_call_task_person", "contact_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_call_task_queue", "state", "rank_class", text("rank_value DESC"), "due_at"),
        Index("ix_call_task_contact", "contact_id", "state"),
        Index("ix_call_task_due", "state", "due_at"),
        Index("ix_call_task_closing", "state", "open_until"),
        Index("ix_call_task_ranked", "state", "ranked_at"),
        Index("ix_call_task_changed", "changed_at"),
        Index("ix_call_task_callback", "callback_at", sqlite_where=_AGREED, postgresql_where=_AGREED),
        Index("ix_call_task_promised", "for_user_id", sqlite_where=_PROMISED, postgresql_where=_PROMISED),
        Index("ix_call_task_resting", "rest_until", sqlite_where=_RUNG, postgresql_where=_RUNG),
        Index("ix_call_task_unpaid", "unpaid_look_at", sqlite_where=_UNPAID, postgresql_where=_UNPAID),
        Index("ix_call_task_clicked", "clicked_at", sqlite_where=_CLICKED, postgresql_where=_CLICKED),
        Index("ix_call_task_replied", "replied_at", sqlite_where=_REPLIED, postgresql_where=_REPLIED),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    state: Mapped[str] = mapped_column(Text, default="waiting")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    open_until: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the customer's call hours end, if ready
    zones: Mapped[list[str]] = mapped_column(JSON, default=list)  # time zones the number may be in
    callback_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the time the customer agreed to
    for_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who promised to ring back
    handed_over: Mapped[str] = mapped_column(Text, default="", server_default="")  # by whom, with what word
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    callback_tries: Mapped[int] = mapped_column(default=0)  # unanswered tries at the agreed time
    ends_on_reply: Mapped[bool] = mapped_column(default=False, server_default="0")  # callback_at, if they write back
    language: Mapped[str] = mapped_column(Text, default="", server_default="")  # who calls must speak it; "": anybody
    # What a request on the page for calls said (calls.requests); "" when there was none
    asked_number: Mapped[str] = mapped_column(Text, default="", server_default="")  # E.164, rung instead of the order's
    asked_zone: Mapped[str] = mapped_column(Text, default="", server_default="")  # where they say they are
    rest_until: Mapped[datetime | None] = mapped_column(UTCDateTime)  # nobody rings this person before
    unpaid_look_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # "recovered" waits until then for the payment
    # Put off by a rep while `due_at` stands at `snoozed_until` (calls.tasks.snooze)
    snoozed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    snooze_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    # The order of the queue (calls.priority.ranking)
    rank_class: Mapped[int] = mapped_column(default=2)  # 0 asked for a call, 1 happening now, 2 best next
    rank_value: Mapped[float] = mapped_column(Float, default=0.0)
    why: Mapped[str] = mapped_column(Text, default="")  # one sentence, two facts or more
    chips: Mapped[list[str]] = mapped_column(JSON, default=list)  # at most four; the first stands in the queue
    icon: Mapped[str] = mapped_column(Text, default="high")  # beside the first chip
    threshold_minor: Mapped[int] = mapped_column(default=0)
    margin: Mapped[float] = mapped_column(Float, default=0.0)
    past_orders: Mapped[int] = mapped_column(default=0)
    ranked_at: Mapped[datetime] = mapped_column(UTCDateTime)

    attempts: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tried_parts: Mapped[list[str]] = mapped_column(JSON, default=list)  # parts of the day that were tried
    busy_before: Mapped[bool] = mapped_column(default=False)
    voicemail_left: Mapped[bool] = mapped_column(default=False)
    link_sent: Mapped[bool] = mapped_column(default=False)
    link_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the pay link was sent in this very call
    clicked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the customer last opened a pay link
    replied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the customer last wrote back

    # The claim. `claimed_by_id` and `claimed_at` stay after its end: a form from that claim still knows itself.
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)  # None in wrap_up: it waits for its rep
    dialled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # in this claim
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)  # the queue's readers look whether it moved
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_reason: Mapped[str | None] = mapped_column(Text)

    cart: Mapped[Cart] = relationship()
    contact: Mapped[Contact] = relationship()
    claimed_by: Mapped[User | None] = relationship(foreign_keys=[claimed_by_id])

    @property
    def is_held(self) -> bool:
        """Whether a rep has it now."""
        return self.state in HELD_STATES


def is_held(task: type[CallTask] = CallTask) -> ColumnElement[bool]:
    """Whether a rep has the task. Written out, not bound: only so do the partial indexes serve it."""
    return task.state.in_([literal_column(f"'{state}'") for state in HELD_STATES])


def is_open(task: type[CallTask] = CallTask) -> ColumnElement[bool]:
    """Whether the task is not done; written out for the same reason."""
    return task.state != literal_column("'done'")


class Call(Base):
    """One attempt to reach a person, or one skip, with the rep's verdict.

    `save_key` comes from the card: a form sent twice is one call. `counted` is false for what was saved after
    another had closed the task: it is told, and changes nothing.
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
    person: Mapped[str] = mapped_column(Text, default="")  # the customer's name, for the undo line
    says: Mapped[str] = mapped_column(Text, default="")  # what it led to, for the undo line
    counted: Mapped[bool] = mapped_column(default=True)
    before: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)  # the task as it was, for undo
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    task: Mapped[CallTask] = relationship()
