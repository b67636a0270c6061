"""One outbound e-mail or text, from plan to proof, and one cart's run through a sequence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.carts.cart import Cart
from sidecar.db import Base, RowId, UTCDateTime

STATES = ("planned", "due", "sending", "sent", "failed", "cancelled", "unknown", "review")


class Enrollment(Base):
    """One cart's run through a sequence ("reminder", "personal", "call": what follows calls); stopped with a reason."""

    __tablename__ = "enrollment"
    __table_args__ = (UniqueConstraint("cart_id", "sequence"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    sequence: Mapped[str] = mapped_column(Text)
    enrolled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_reason: Mapped[str | None] = mapped_column(Text)


class Message(Base):
    """A message; unique per cart, step and channel, so that no message exists twice.

    `state`: planned (waits for `due_at`), due (composed; `reason` says what it waits for, if anything), sending
    (intent on disk, `attempt` and `lease_until` set), sent, failed, cancelled, unknown (the provider may have it),
    review (a person decides). `not_after_at` is when it has become too late to send. `reason` is a code that can be
    counted, `reason_words` what to tell a person when the code alone (outreach.reasons) is not enough.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("cart_id", "step", "channel"),
        CheckConstraint(
            "state IN ('planned', 'due', 'sending', 'sent', 'failed', 'cancelled', 'unknown', 'review')", name="state"
        ),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_contact", "contact_id"),  # with the state, each change would move a row of it
        Index("ix_message_recent", "store_id", "created_at"),
        Index("ix_message_started", "data_started_at"),
        Index("ix_message_provider", "provider_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    channel: Mapped[str] = mapped_column(Text)  # email or sms
    step: Mapped[str] = mapped_column(Text)  # "reminder-1", "personal-1", ...
    to: Mapped[str] = mapped_column("to_address", Text)
    language: Mapped[str] = mapped_column(Text, default="en")
    subject: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="planned")
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))  # who replies go to
    preheader: Mapped[str] = mapped_column(Text, default="")
    sender_name: Mapped[str] = mapped_column(Text, default="")
    composed_of: Mapped[str] = mapped_column(Text, default="")  # the cart's content_hash when it was written
    reason: Mapped[str | None] = mapped_column(Text)
    reason_words: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempt: Mapped[str | None] = mapped_column(Text, unique=True)  # uuid of the attempt; its Message-ID follows
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    data_started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # after this an end unseen is unknown
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    token_hash: Mapped[str | None] = mapped_column(Text, unique=True)  # of the customer's "stop these emails" link
    provider_id: Mapped[str | None] = mapped_column(Text)
    provider_answer: Mapped[str | None] = mapped_column(Text)
    absent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the provider, asked then, did not have it
    allowed_by: Mapped[str] = mapped_column(Text, default="")  # the rules that let it leave, each with its version

    cart: Mapped[Cart] = relationship()
