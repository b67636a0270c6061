"""What the domain expects of a store's catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sidecar.ports import StoreLink


@dataclass(frozen=True, slots=True)
class StoreProduct:
    """A product as the store has it; text unchanged (hostile).

    `price_minor` is what the shop shows its customers, None where that is no single amount or another one than the
    price on record (with or without tax). `stock` is None unless the store counts pieces and sells no more than those.
    """

    product_id: int
    name: str
    url: str
    image_url: str
    price_minor: int | None
    on_sale: bool
    is_sold: bool  # published, visible, can be bought, in stock
    stock: int | None
    rating_hundredths: int
    review_count: int
    cross_sell_ids: tuple[int, ...]
    upsell_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoreReview:
    """What somebody wrote about a product, without markup (hostile). `is_verified`: the store knows that they bought
    it."""

    product_id: int
    by: str
    text: str
    stars: int
    is_verified: bool


class ProductShelf(Protocol):
    """A store's catalogue. Every method raises GatewayError when the store gave no proper answer."""

    def products(self, product_ids: Sequence[int], *, currency: str) -> tuple[StoreProduct, ...]:
        """The products among these ids, at most 100, that the store still has; one that cannot be read is left out."""

    def reviews(self, product_ids: Sequence[int]) -> tuple[StoreReview, ...]:
        """The latest approved reviews of these products, newest first; none where the store has them switched off."""


class ProductOpener(Protocol):
    """Opens catalogues. Refuses addresses that are not allowed (Refused) before any byte leaves."""

    def open_products(self, link: StoreLink) -> ProductShelf:
        """The store's catalogue."""
