"""A call that a customer asked for on a page: when, about what, on which number, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import Base, RowId, UTCDateTime

ABOUT = ("checkout", "delivery", "product", "price", "other")
NOW, SLOT, WORDS = "now", "slot", "words"  # as soon as possible, one of the half-hours, a time in their own words
MOST_NOTE = 300
MOST_WORDS = 120

_OPEN = text("state = 'open'")


class CallRequest(Base):
    """One call that was asked for. Text is hostile.

    `state`: open; cancelled by the customer; done, when somebody has rung; paid, when an order came first; over, when
    it ended otherwise, with `ended_reason`. With a cart its work is `task`; without one it is worked by itself
    (docs/decisions). `at` is the promised moment, the begin of a half-hour unless it was "as soon as possible"; None
    until a rep has read the time that was wished for in words. A place in a half-hour is `place_at` with `seat`: no
    two requests can have the same, and who ends or moves gives it back.
    """

    __tablename__ = "call_request"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'cancelled', 'done', 'paid', 'over')", name="state"),
        CheckConstraint("wish IN ('now', 'slot', 'words')", name="wish"),
        UniqueConstraint("place_at", "seat"),
        UniqueConstraint("reference"),
        UniqueConstraint("token_hash"),
        UniqueConstraint("form_key"),
        Index("ix_call_request_open", "at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), index=True)
    reference: Mapped[str] = mapped_column(Text)  # said on the phone: "K7QM4"
    token_hash: Mapped[str] = mapped_column(Text)  # of the address of its own page
    form_key: Mapped[str] = mapped_column(Text)  # a form sent twice is one request
    state: Mapped[str] = mapped_column(Text, default="open")
    task_id: Mapped[int | None] = mapped_column(ForeignKey("call_task.id", ondelete="SET NULL"), index=True)
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    is_proven: Mapped[bool] = mapped_column(default=False)  # came by the link of a message, so by its reader

    number: Mapped[str] = mapped_column(Text)  # E.164
    zone: Mapped[str] = mapped_column(Text)  # IANA: where they say they are
    language: Mapped[str] = mapped_column(Text, default="")
    wish: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    place_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seat: Mapped[int | None] = mapped_column()
    wished: Mapped[str] = mapped_column(Text, default="")  # another time, in their own words
    about: Mapped[str] = mapped_column(Text, default="")  # one of ABOUT, or ""
    note: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")  # as typed, proves nothing
    order_number: Mapped[str] = mapped_column(Text, default="")  # as typed, proves nothing

    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    placed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when its time was given to the task
    before: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # the task's times before, for taking it back
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_reason: Mapped[str] = mapped_column(Text, default="")

    # Worked by itself, without a cart
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # not before, after a try that nobody answered
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    taken_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    task: Mapped[CallTask | None] = relationship()
    cart: Mapped[Cart | None] = relationship()
    contact: Mapped[Contact | None] = relationship()
    taken_by: Mapped[User | None] = relationship()


class CallRequestTry(Base):
    """One counted try to ask for a call, by a fingerprint of the link, the place it came from, or the number."""

    __tablename__ = "call_request_try"
    __table_args__ = (Index("ix_call_request_try_mark", "mark", "at"), Index("ix_call_request_try_at", "at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    mark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
