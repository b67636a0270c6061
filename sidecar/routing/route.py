"""The decisions about carts, each kept with its reason and the rules that passed and failed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime


class Route(Base):
    """One decision about one cart. The latest one stands; earlier ones stay readable.

    `rules` is a list of {"rule": id, "passed": bool, "says": sentence}: the answer to "why?" and "why not?".
    """

    __tablename__ = "route"
    __table_args__ = (
        Index("ix_route_cart", "cart_id", "decided_at"),
        CheckConstraint("route IN ('call', 'sequence', 'personal', 'hold')", name="route"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    route: Mapped[str] = mapped_column(Text)
    reason_code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the call or the first message is due
    terms: Mapped[str] = mapped_column(Text, default="")  # what else it is carried out by; others carry it out anew


class LearnedThreshold(Base):
    """What the store's own orders say is a valuable cart, per currency; stands until the owner sets a threshold.

    Kept, so that all decisions of an hour compare with the same amount.
    """

    __tablename__ = "learned_threshold"

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    minor: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int]  # how many it was learned from
    learned_at: Mapped[datetime] = mapped_column(UTCDateTime)
