"""Mails to the shop's own support about a call, from plan to proof. They never go to a customer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime


class SupportMail(Base):
    """What a rep hands over to support after a call, with everything support needs to know; one for each call.

    `state`: due, sending (intent on disk), sent, failed, cancelled (taken back), unknown (support may have it).
    """

    __tablename__ = "support_mail"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'sending', 'sent', 'failed', 'cancelled', 'unknown')", name="state"),
        Index("ix_support_mail_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), unique=True)
    to: Mapped[str] = mapped_column("to_address", Text)
    reply_to: Mapped[str] = mapped_column(Text, default="")  # the rep who wrote it
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="due")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempt: Mapped[str | None] = mapped_column(Text, unique=True)  # its Message-ID follows from it
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")  # what the mail server said
