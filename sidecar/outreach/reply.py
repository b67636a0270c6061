"""What a customer wrote back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime


class Reply(Base):
    """One mail from the mailbox that replies go to, taken in once. `subject` and `text` are hostile.

    `meaning`: stop (said no), call_me (asked for a call), bounce (a mail server's report), away (an automatic answer)
    or other. `cart_id` and `contact_id` are None when nobody could be recognised.
    """

    __tablename__ = "reply"
    __table_args__ = (
        UniqueConstraint("store_id", "mail_id"),
        CheckConstraint("meaning IN ('stop', 'call_me', 'bounce', 'away', 'other')", name="meaning"),
        Index("ix_reply_cart", "cart_id", "at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))  # answers this one
    mail_id: Mapped[str] = mapped_column(Text)  # its own Message-ID, or a digest of it where it has none
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    sender: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    meaning: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when somebody here read it
