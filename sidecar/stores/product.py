"""What a store says about the things in carts, and when it said so: for messages, which never ask the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import JSON, BigInteger, ForeignKey, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, RowId, UTCDateTime, session

FRESH_FOR = timedelta(hours=6)  # then it is read again, while an open cart has it
STOCK_KNOWN_FOR = timedelta(hours=6)  # a number of pieces is only said while it was read that recently


class Product(Base):
    """A product as last read, or one that the store no longer has (`gone`). Text is as the store gave it (hostile).

    `price_minor` is in `currency`; None when it has no single price. `stock` is None unless the store counts pieces.
    `rating_hundredths` and `review_count` are 0 without reviews; the quote is one real review, whole.
    """

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("store_id", "product_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text, default="")
    image_url: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str] = mapped_column(Text, default="")
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    on_sale: Mapped[bool] = mapped_column(default=False)
    is_sold: Mapped[bool] = mapped_column(default=False)  # published, visible, can be bought, in stock
    stock: Mapped[int | None] = mapped_column()
    rating_hundredths: Mapped[int] = mapped_column(default=0)
    review_count: Mapped[int] = mapped_column(default=0)
    quote: Mapped[str] = mapped_column(Text, default="")
    quote_by: Mapped[str] = mapped_column(Text, default="")
    quote_verified: Mapped[bool] = mapped_column(default=False)  # the store says that this person bought it
    cross_sell_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    upsell_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    gone: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)


def products_of(store_id: int, product_ids: Collection[int]) -> Mapping[int, Product]:
    """What is known of these products, by the store's id; those never read are missing, gone ones too."""
    if not product_ids:
        return {}
    query = select(Product).where(
        Product.store_id == store_id, Product.product_id.in_(product_ids), Product.gone.is_(False)
    )
    return {product.product_id: product for product in session().scalars(query)}
