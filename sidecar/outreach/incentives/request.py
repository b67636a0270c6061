"""What a rep asks the owner for: an offer beyond the rep's own limits, for one cart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime

OPEN = ("asked", "approved")
_OPEN = text("state IN ('asked', 'approved')")


class OfferRequest(Base):
    """One question to the owner; at most one open one per cart.

    `state`: asked, approved, declined, expired (too late, or the cart has ended), withdrawn (by the rep), given (the
    approved offer has become a coupon). What was approved is `kind` and `value_minor`, worth `worth_minor` at most.
    """

    __tablename__ = "offer_request"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'approved', 'declined', 'expired', 'withdrawn', 'given')", name="state"
        ),
        Index("uq_offer_request_open", "cart_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_offer_request_state", "state", "asked_at"),
        Index("ix_offer_request_cart", "cart_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    task_id: Mapped[int] = mapped_column(ForeignKey("call_task.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))  # who asks
    kind: Mapped[str] = mapped_column(Text)
    value_minor: Mapped[int] = mapped_column(default=0)  # as in Coupon
    worth_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(Text)
    beyond: Mapped[str] = mapped_column(Text)  # which limit it passes: a sentence
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)  # what the customer had said
    words: Mapped[str] = mapped_column(Text, default="")  # the rep's own
    state: Mapped[str] = mapped_column(Text, default="asked")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)  # neither the question nor its approval counts after that
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(Text, default="")  # the owner's own words
