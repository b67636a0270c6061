"""What the store's catalogue adds to a message: what goes with the cart, what buyers wrote, how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sidecar.carts.cart import Cart, CartLine
from sidecar.outreach.letters import blocks, plain
from sidecar.outreach.letters.language import Language
from sidecar.stores.product import Product

MOST_RELATED = 3
FEW = 5  # more pieces than this are no news


@dataclass(frozen=True, slots=True)
class Related:
    """Things that go with the cart, and why they are shown: cross_sell, upsell or bought_before."""

    shown: Sequence[blocks.Item]
    why: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """What buyers wrote about one thing: one of them word for word (or ""), who, and all of them in sum."""

    quote: str
    by: str
    sum: str


@dataclass(frozen=True, slots=True)
class Stock:
    """How many pieces there were, in words."""

    words: str


def related_of(
    cart: Cart, products: Mapping[int, Product], bought: Iterable[int], store_url: str, language: Language
) -> Related | None:
    """Up to three things that can be bought now: what the shop sells with these, else instead, else bought before."""
    mine = [products[line.product_id] for line in blocks.wanted(cart) if line.product_id in products]
    has = {line.product_id for line in cart.lines}
    reasons = {
        "cross_sell": [each for product in mine for each in product.cross_sell_ids],
        "upsell": [each for product in mine for each in product.upsell_ids],
        "bought_before": list(bought),
    }
    host = urlsplit(store_url).hostname
    for why, ids in reasons.items():
        found = [products[each] for each in dict.fromkeys(ids) if each in products and each not in has]
        shown = [item for product in found if (item := _offered(product, cart.currency, host, language))]
        if shown:
            return Related(shown[:MOST_RELATED], why)
    return None


def reviewed(cart: Cart, products: Mapping[int, Product]) -> tuple[CartLine, Product] | None:
    """The dearest thing in the cart that buyers have written about."""
    known = [(line, products[line.product_id]) for line in blocks.wanted(cart) if line.product_id in products]
    found = [(line, product) for line, product in known if product.review_count and product.rating_hundredths]
    return max(found, key=lambda pair: pair[0].total_minor) if found else None


def reviews_of(found: tuple[CartLine, Product] | None, language: Language) -> Reviews | None:
    """What the store's own reviews say, when there are any."""
    if found is None:
        return None
    (line, product), words = found, language.words
    summed = words["reviews_one"] if product.review_count == 1 else words["reviews"]
    text, by = plain.without_links(product.quote, 300), plain.name(product.quote_by)
    if by and product.quote_verified:
        by = words["quote_by"].format(name=by)
    return Reviews(
        words["quote"].format(text=text) if text else "",
        by if text else "",
        summed.format(rating=rating_of(product, language), n=product.review_count, item=blocks.short_name(line)),
    )


def rating_of(product: Product, language: Language) -> str:
    """The average of all stars, with one decimal, as this language writes it."""
    return f"{product.rating_hundredths / 100:.1f}".replace(".", str(language.words.get("decimal", ".")))


def scarcest(cart: Cart, products: Mapping[int, Product]) -> tuple[CartLine, int] | None:
    """The line of which the fewest pieces are left, and how many, where the store counts them. Variations have counts
    of their own that nobody read, so they say nothing."""
    known = [
        (line, product.stock)
        for line in blocks.wanted(cart)
        if not line.variation_id and (product := products.get(line.product_id)) and product.stock is not None
    ]
    left = [(line, pieces) for line, pieces in known if line.quantity <= pieces <= FEW]
    return min(left, key=lambda pair: pair[1]) if left else None


def stock_of(found: tuple[CartLine, int] | None, language: Language) -> Stock | None:
    """How many there were."""
    if found is None:
        return None
    line, pieces = found
    return Stock(str(language.words["stock"]).format(n=pieces, item=blocks.short_name(line)))


def _offered(product: Product, currency: str, host: str | None, language: Language) -> blocks.Item | None:
    """The product as something to look at, with its price in the cart's currency where that is known; None when it
    cannot be bought now, or leads away from the store."""
    url = plain.web_address(product.url)
    name = plain.unlinked(product.name, 80)
    if not (product.is_sold and name and url and urlsplit(url).hostname == host):
        return None
    has_price = product.price_minor is not None and product.currency == currency
    price = language.money(product.price_minor or 0, currency) if has_price else ""
    return blocks.Item(name, "", price, plain.web_address(product.image_url), blocks.tile_of("", name), url)
