"""Who did what, when: append-only, each entry chained to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import JSON, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime, session


class AuditEntry(Base):
    """One act: actor ("system", "command line" or a user's e-mail), action, subject, and what changed."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, object]] = mapped_column(JSON)
    chain: Mapped[str] = mapped_column(Text)


def record(
    actor: str, action: str, subject: str = "", detail: Mapping[str, object] | None = None, *, now: datetime
) -> AuditEntry:
    """The stored entry. Its `chain` is a hash over itself and the entry before, so that a gap shows."""
    before = session().scalar(select(AuditEntry.chain).order_by(AuditEntry.id.desc()).limit(1)) or ""
    plain = json.dumps([before, now.isoformat(), actor, action, subject, dict(detail or {})], sort_keys=True)
    entry = AuditEntry(
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
        chain=hashlib.sha256(plain.encode()).hexdigest(),
    )
    session().add(entry)
    session().flush()
    return entry
