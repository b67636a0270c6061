"""What a shop sells: products, their variations, and what buyers wrote about them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Product:
    """A product. Prices are in USD. `options` are the variations: option, variation id, price, stock."""

    id: int
    name: str
    sku: str
    price: int
    category: str
    image: str
    description: str
    stock: int | None = None
    virtual: bool = False
    option_name: str = ""
    options: list[Variation] = field(default_factory=list)
    cross_sells: list[int] = field(default_factory=list)
    upsells: list[int] = field(default_factory=list)
    sold: int = 0
    on_sale: bool = False

    @property
    def slug(self) -> str:
        """The name as it stands in addresses."""
        kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in self.name.lower())
        return "-".join(part for part in kept.split("-") if part)

    @property
    def image_id(self) -> int:
        """The id of its picture in the media library."""
        return self.id + 500


@dataclass(slots=True)
class Variation:
    """One choice of a variable product."""

    id: int
    option: str
    price: int
    stock: int | None


@dataclass(slots=True)
class Review:
    """What a buyer wrote about a product."""

    id: int
    product_id: int
    at: int
    reviewer: str
    email: str
    text: str
    rating: int
