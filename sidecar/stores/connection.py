"""One linked WooCommerce store: where it is, its sealed keys, what it says about itself, how it is doing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.db import Base, RowId, UTCDateTime, session


class Store(Base):
    """A connected store. `health` is "new" before the first answer, then "ok" or "unreadable" with the reason."""

    __tablename__ = "store"
    __table_args__ = (CheckConstraint("health IN ('new', 'ok', 'unreadable')", name="health"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    url: Mapped[str] = mapped_column(Text, unique=True)
    key_sealed: Mapped[str] = mapped_column(Text)
    secret_sealed: Mapped[str] = mapped_column(Text)
    key_ending: Mapped[str] = mapped_column(Text)  # the last characters, to tell keys apart on screen
    auth: Mapped[str] = mapped_column(Text, default="")  # "basic", "query", "oauth"; "" = find out
    connected_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disconnected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # What it says about itself (sidecar.ports.StoreFacts)
    name: Mapped[str] = mapped_column(Text, default="")
    timezone: Mapped[str] = mapped_column(Text, default="")
    gmt_offset_minutes: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    hold_stock_minutes: Mapped[int | None]
    wc_version: Mapped[str | None] = mapped_column(Text)
    can_write: Mapped[bool | None]
    statuses: Mapped[list[str]] = mapped_column(JSON, default=list)
    probed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # How it is doing
    health: Mapped[str] = mapped_column(Text, default="new")
    unreadable_reason: Mapped[str | None] = mapped_column(Text)
    unreadable_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    polled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last proper answer
    poll_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    lease_by: Mapped[str | None] = mapped_column(Text)  # one reader at a time
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # Whether its customers may be contacted
    live_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    cursors: Mapped[list[Cursor]] = relationship(back_populates="store", cascade="all, delete-orphan")

    @property
    def is_live(self) -> bool:
        """Whether the owner has pressed Go live and not Pause."""
        return self.live_at is not None and self.paused_at is None

    @property
    def is_readable(self) -> bool:
        """Whether the store's last answer was a proper one; if not, nothing is routed or sent."""
        return self.health == "ok" and self.disconnected_at is None


class Cursor(Base):
    """How far one reading of a store has come: "delta" (changes), "import" (the last 90 days), "sweep" (all open).

    `after_at` is where the next page begins; `before_at` bounds a pass so that pages do not drift; `page` counts
    inside it. A finished pass has `finished_at`; a pass that stopped resumes where it stands.
    """

    __tablename__ = "cursor"
    __table_args__ = (CheckConstraint("kind IN ('delta', 'import', 'sweep')", name="kind"),)

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    after_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    before_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    page: Mapped[int] = mapped_column(default=1)
    done: Mapped[int] = mapped_column(default=0)  # orders read in this pass
    total: Mapped[int | None]  # orders the store said there are
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    store: Mapped[Store] = relationship(back_populates="cursors")


def find_store(store_id: int) -> Store | None:
    """The store, or None."""
    return session().get(Store, store_id)


def connected_stores() -> list[Store]:
    """Every store that is linked now, oldest first."""
    query = select(Store).where(Store.disconnected_at.is_(None)).order_by(Store.id)
    return list(session().scalars(query))


IMPORT_REACH = timedelta(days=90)  # product.md P1
