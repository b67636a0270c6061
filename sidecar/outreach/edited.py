"""Wording that the owner wrote: every version is kept, the newest is used, the files are used where there is none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime


class WordingVersion(Base):
    """One saved version of a message in one language. With `is_ours` it goes back to what comes with Ringback."""

    __tablename__ = "wording_version"
    __table_args__ = (UniqueConstraint("store_id", "kind", "language", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # the folder in templates/messages: "reminder-1", "personal", ...
    language: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column()  # counts up from 1
    subject: Mapped[str] = mapped_column(Text, default="")
    preheader: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    is_ours: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by: Mapped[str] = mapped_column(Text)
