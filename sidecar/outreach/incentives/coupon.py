"""A coupon made in the store for one person, from plan to its removal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime

BY_REP = "by-rep"  # the offer that a rep gives on the phone
TAKEN_BACK = "taken_back"  # the reason of what that rep took back
CART_CLOSED = "cart_closed"  # the reason of what ended with its cart, before it was of use
GIVEN_BACK = (TAKEN_BACK, CART_CLOSED)  # after these the cart may have another
_BY_A_REP = text("user_id IS NOT NULL")


class Coupon(Base):
    """One offer to one cart; unique, so that no cart gets two for the same offer, whatever is killed when.

    `state`: planned (the code is on disk, the store does not know it yet), active, used, removed, failed. The code is
    decided before the store is asked, so that after a crash the store can be asked whether it has it.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("cart_id", "offer"),
        UniqueConstraint("store_id", "code"),
        CheckConstraint("state IN ('planned', 'active', 'used', 'removed', 'failed')", name="state"),
        Index("ix_coupon_expiry", "state", "expires_at"),
        Index("ix_coupon_day", "store_id", "created_at"),
        Index("ix_coupon_rep", "user_id", "created_at", sqlite_where=_BY_A_REP, postgresql_where=_BY_A_REP),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    offer: Mapped[str] = mapped_column(Text)  # the key of the offer, a Step.offer: "reminder-3", ...; or BY_REP
    kind: Mapped[str] = mapped_column(Text)  # percent, fixed, free_shipping, ...
    value_minor: Mapped[int] = mapped_column(default=0)  # of the cart's currency; hundredths of a per cent for percent
    code: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)  # the only address that may use it
    state: Mapped[str] = mapped_column(Text, default="planned")
    reason: Mapped[str | None] = mapped_column(Text)  # why it waits, failed or was removed: a code to count by
    reason_words: Mapped[str | None] = mapped_column(Text)  # the same in words
    woo_id: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the store was asked to make it
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    # Who gave it on the phone, in which claim (the save key of the call that follows), and what the customer had said.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claim_key: Mapped[str] = mapped_column(Text, default="", server_default="")
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
