"""A visit to the link in a message, by a person or by a program that reads mail before people do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime, session


class Click(Base):
    """One opening of /c/<token>. Neither address nor browser is kept, only who it was: `by` is person or scanner.

    `led_to` says where it led: "pay_page", "rebuilt_cart", "store", "thanks" (paid already), "waits" (for a transfer)
    or "nowhere" (the link had run out).
    """

    __tablename__ = "click"
    __table_args__ = (
        CheckConstraint("by IN ('person', 'scanner')", name="by"),
        Index("ix_click_cart", "cart_id", "at"),
        Index("ix_click_message", "message_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by: Mapped[str] = mapped_column(Text)
    led_to: Mapped[str] = mapped_column(Text)


def people_clicked(cart_ids: Iterable[int]) -> dict[int, datetime]:
    """When a person last opened the link in a message about each of these carts; carts without such a click are not
    in it."""
    query = (
        select(Click.cart_id, func.max(Click.at))
        .where(Click.cart_id.in_(list(cart_ids)), Click.by == "person")
        .group_by(Click.cart_id)
    )
    return {row[0]: row[1] for row in session().execute(query)}
