"""A person behind carts: how they are called and reached, who has them, and what they said no to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime


class Contact(Base):
    """One person at one store. Text is as the order gave it (hostile); the keys to match by are ContactPoints."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), index=True)
    first_name: Mapped[str] = mapped_column(Text, default="")
    last_name: Mapped[str] = mapped_column(Text, default="")
    company: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")  # the latest one that can be written to
    phone: Mapped[str] = mapped_column(Text, default="")  # as typed
    phone_e164: Mapped[str] = mapped_column(Text, default="")  # "" when it cannot be dialled
    country: Mapped[str] = mapped_column(Text, default="")
    region: Mapped[str] = mapped_column(Text, default="")  # state or province
    language: Mapped[str] = mapped_column(Text, default="")
    customer_id: Mapped[int] = mapped_column(default=0)  # WooCommerce's, 0 = guest
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the change of the order that told us the above
    last_contacted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def name(self) -> str:
        """The full name, or the company, or what to say when there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.company or "Unnamed customer"


class ContactPoint(Base):
    """An address by which a person is recognised: a lower-case e-mail or an E.164 number, once per store.

    `dead_at`: since then it is known that nothing arrives there, and `dead_words` says how (the server's own words).
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("store_id", "kind", "address"),
        CheckConstraint("kind IN ('email', 'phone')", name="kind"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    dead_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dead_words: Mapped[str | None] = mapped_column(Text)


class OptOut(Base):
    """A withdrawal, for good: channel "email", "sms", "calls" or "all". Kept as a fingerprint, survives erasure."""

    __tablename__ = "opt_out"
    __table_args__ = (
        UniqueConstraint("store_id", "channel", "address_fingerprint"),
        CheckConstraint("channel IN ('email', 'sms', 'calls', 'all')", name="channel"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    address_fingerprint: Mapped[str] = mapped_column(Text)  # Vault.fingerprint("address", e-mail or E.164)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(Text)  # "call", "unsubscribe link", "reply", "import", ...


class Silence(Base):
    """Somebody has this person: until then machines wait. Written by calls, read by the outbox's reserve."""

    __tablename__ = "silence"
    __table_args__ = (UniqueConstraint("contact_id", "source"), Index("ix_silence_until", "contact_id", "until_at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(Text)  # "task:17", so that its end takes away just its own
    why: Mapped[str] = mapped_column(Text)
    until_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ConsentProof(Base):
    """Where and how a person said yes or no to a channel: what was written where, kept as it was read (hostile text).

    Kept longer than the cart: five years where the law asks for it (UWG §7a; reference/safety.md D1).
    """

    __tablename__ = "consent_proof"
    __table_args__ = (
        UniqueConstraint("store_id", "channel", "address_fingerprint", "source"),
        CheckConstraint("channel IN ('email', 'sms', 'calls')", name="channel"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    channel: Mapped[str] = mapped_column(Text)
    address_fingerprint: Mapped[str] = mapped_column(Text)
    said_yes: Mapped[bool] = mapped_column()
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(Text)  # "order 619", "preferences page", "import", ...
    words: Mapped[str] = mapped_column(Text, default="")  # the field and its value, or the sentence agreed to
