"""Our record of an unpaid order, its lines, its story, and what the same person bought otherwise."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.contacts.contact import Contact
from sidecar.db import Base, RowId, UTCDateTime
from sidecar.money import Money

STATES = ("watching", "abandoned", "contacted", "recovered", "closed")


class Cart(Base):
    """An order that was started and not paid. Amounts in minor units of `currency`.

    `state`: watching (too young to judge), abandoned (untouched for abandoned_after), contacted (called or written
    to), recovered (then paid), closed (no longer ours to follow, with `closed_reason`).
    """

    __tablename__ = "cart"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id"),
        CheckConstraint("state IN ('watching', 'abandoned', 'contacted', 'recovered', 'closed')", name="state"),
        Index("ix_cart_decide", "store_id", "decide_at"),
        Index("ix_cart_recent", "active_at", "id"),
        Index("ix_cart_route", "route", "active_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)

    # The order as last read
    status: Mapped[str] = mapped_column(Text)  # WooCommerce's word
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    goods_minor: Mapped[int] = mapped_column(BigInteger)  # without shipping and tax: what thresholds compare
    shipping_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    phone_e164: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(Text, default="")
    region: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text, default="")
    postcode: Mapped[str] = mapped_column(Text, default="")
    customer_id: Mapped[int] = mapped_column(default=0)
    created_via: Mapped[str] = mapped_column(Text, default="")
    payment_method: Mapped[str] = mapped_column(Text, default="")
    payment_method_title: Mapped[str] = mapped_column(Text, default="")
    payment_url: Mapped[str] = mapped_column(Text, default="")
    needs_payment: Mapped[bool] = mapped_column(default=False)
    customer_note: Mapped[str] = mapped_column(Text, default="")
    coupon_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    meta: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # only the keys consent.meta_keys names
    ip_fingerprint: Mapped[str] = mapped_column(Text, default="", index=True)  # to tell bots; never the address
    content_hash: Mapped[str] = mapped_column(Text)

    # When
    ordered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    modified_at: Mapped[datetime] = mapped_column(UTCDateTime)
    active_at: Mapped[datetime] = mapped_column(UTCDateTime)  # the customer's last activity we know of
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when its contents last differed
    abandoned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    notes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the order's notes were last read

    # What became of it
    state: Mapped[str] = mapped_column(Text, default="watching")
    failed_payments: Mapped[int] = mapped_column(default=0)
    failure_text: Mapped[str] = mapped_column(Text, default="")  # the gateway's words (hostile)
    closed_reason: Mapped[str | None] = mapped_column(Text)
    route: Mapped[str | None] = mapped_column(Text)  # call, sequence, personal, hold
    reason_code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)  # one sentence a person can read
    decide_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when to decide (again); None = nothing to decide

    contact: Mapped[Contact | None] = relationship()
    lines: Mapped[list[CartLine]] = relationship(
        back_populates="cart", order_by="CartLine.position", cascade="all, delete-orphan"
    )

    @property
    def total(self) -> Money:
        """What the customer would pay."""
        return Money(self.total_minor, self.currency)

    @property
    def goods(self) -> Money:
        """The value that thresholds compare."""
        return Money(self.goods_minor, self.currency)


class CartLine(Base):
    """One line of the order: what, how many, for how much (all of it, after discounts, without tax)."""

    __tablename__ = "cart_line"

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, default=0)
    variation_id: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(Text, default="")
    options: Mapped[str] = mapped_column(Text, default="")
    sku: Mapped[str] = mapped_column(Text, default="")
    quantity: Mapped[int] = mapped_column(default=1)
    unit_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    image_url: Mapped[str] = mapped_column(Text, default="")

    cart: Mapped[Cart] = relationship(back_populates="lines")


class CartEvent(Base):
    """One thing that happened to a cart, in words. Together they are its whole story."""

    __tablename__ = "cart_event"
    __table_args__ = (Index("ix_cart_event_story", "cart_id", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(Text)  # "seen", "changed", "abandoned", "routed", "called", "mailed", "paid", ...
    text: Mapped[str] = mapped_column(Text)


class Purchase(Base):
    """A paid order of a known or unknown person: history on the card, and "came back in another order"."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id"),
        Index("ix_purchase_person", "contact_id", "paid_at"),
        Index("ix_purchase_recent", "store_id", "paid_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(Text, default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    status: Mapped[str] = mapped_column(Text)  # "refunded" and "trash" stay in the history, but count for nothing
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    goods_minor: Mapped[int] = mapped_column(BigInteger)
    ordered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    paid_at: Mapped[datetime] = mapped_column(UTCDateTime)
    product_ids: Mapped[list[int]] = mapped_column(JSON, default=list)


class Quarantine(Base):
    """A cart held back because it looks like a bot's or a card tester's; the owner may release it, for good."""

    __tablename__ = "quarantine"

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_by: Mapped[str | None] = mapped_column(Text)
