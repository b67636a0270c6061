"""What a customer wrote back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime

_UNREAD = text("seen_at IS NULL")


class Reply(Base):
    """One mail from the mailbox that replies go to, taken in once. `subject` and `text` are hostile.

    `meaning`: stop (said no), call_me (asked for a call), bounce (a mail server's report), away (an automatic answer)
    or other. `is_proven`: it names the Message-ID of one of ours, which only who got that message can know; the
    sender's address alone proves nothing. What an automatic answer says counts as seen.
    """

    __tablename__ = "reply"
    __table_args__ = (
        UniqueConstraint("store_id", "mail_id"),
        CheckConstraint("meaning IN ('stop', 'call_me', 'bounce', 'away', 'other')", name="meaning"),
        Index("ix_reply_cart", "cart_id", "at"),
        Index("ix_reply_contact", "contact_id"),
        Index("ix_reply_message", "message_id"),
        Index("ix_reply_unread", "store_id", "at", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
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
    is_proven: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when somebody here read it


class MailboxPlace(Base):
    """How far a mailbox has been read, and how reading it goes. IMAP numbers mails upward as long as `uid_validity`
    stays; when that changes, the last days are read again, and every mail is still taken in once."""

    __tablename__ = "mailbox_place"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)  # server, user and folder, without the password
    uid_validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last look that worked
    look_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # not looked at before, after trouble
    failures: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(Text)  # why it cannot be read now
    trouble_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
