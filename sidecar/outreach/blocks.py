"""What the blocks of a message show: each from facts of this cart and this store, or nothing at all.

A block that would have to guess is None, and vanishes whole. Text of orders, products and reviews is hostile until it
has gone through outreach.plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from sidecar.carts.cart import Cart, CartLine
from sidecar.outreach import plain
from sidecar.outreach.language import Language
from sidecar.settings import Settings
from sidecar.stores.product import Product

MOST_ITEMS = 8
MOST_RELATED = 3
FEW = 5  # more pieces than this are no news


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as the page shows it. `tile` stands in for a missing picture."""

    name: str
    detail: str
    price: str
    image_url: str
    tile: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """The cart's first items, and how many more there are, in words ("" for none)."""

    shown: Sequence[Item]
    more: str


@dataclass(frozen=True, slots=True)
class Row:
    """A label with an amount or with words."""

    label: str
    amount: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Costs:
    """The rows between the items and the total."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Support:
    """Where help is: a page (`shown` is it without its beginning), a number; one of the two at least."""

    url: str
    shown: str
    phone: str


@dataclass(frozen=True, slots=True)
class Talk:
    """The way to ask for a call: an address that opens a reply."""

    url: str


@dataclass(frozen=True, slots=True)
class Related:
    """Things that go with the cart, and why they are shown: cross_sell, upsell or bought_before."""

    shown: Sequence[Item]
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


def items_of(cart: Cart, products: Mapping[int, Product], language: Language) -> Items | None:
    """The cart's lines, with the store's picture where the order had none."""
    lines = wanted(cart)
    shown = [_item(line, products.get(line.product_id), cart.currency, language) for line in lines[:MOST_ITEMS]]
    more = len(lines) - len(shown)
    words = language.words["more_one"] if more == 1 else language.words["more"].format(n=more) if more else ""
    return Items(shown, words) if shown else None


def wanted(cart: Cart) -> list[CartLine]:
    """The lines that still have something in them."""
    return [line for line in cart.lines if line.quantity > 0]


def top_line(cart: Cart) -> CartLine:
    """The dearest line. Raises ValueError for an empty cart."""
    return max(wanted(cart), key=lambda line: line.total_minor)


def name_of(line: CartLine, most: int = 80) -> str:
    """What to call the thing; never a link, whatever its name is."""
    return plain.unlinked(line.name, most) or plain.unlinked(line.sku, 40) or "–"


def costs_of(cart: Cart, language: Language) -> Costs:
    """What delivery and tax were, and what else, so that what is shown adds up to what is asked."""
    words = language.words
    town = plain.name(cart.city)
    other = cart.total_minor - sum(line.total_minor for line in wanted(cart)) - cart.shipping_minor - cart.tax_minor
    rows = [
        (words["delivery_to"].format(town=town) if town else words["delivery"], cart.shipping_minor),
        (words["tax"], cart.tax_minor),
        (words["other"], other),
    ]
    return Costs([Row(label, amount=language.money(minor, cart.currency)) for label, minor in rows if minor])


def guarantees_of(settings: Settings, language: Language, home: Language) -> list[Row] | None:
    """What the owner promises, in this language; what is not said in it is not shown."""
    labels = {"returns": "returns", "delivery": "delivery_promise", "payment": "payment"}
    found = []
    for name, label in labels.items():
        said: Mapping[str, str] = settings[f"content.{name}"]
        words = said.get(language.code) or (said.get("", "") if language.code == home.code else "")
        if words:
            found.append(Row(str(language.words[label]), words=words))
    return found or None


def support_of(settings: Settings) -> Support | None:
    """The help page and the number that the owner named."""
    url, phone = settings["content.help_url"], settings["calls.number"]
    shown = url.removeprefix("https://").rstrip("/")
    return Support(url, shown, phone) if url or phone else None


def talk_of(cart: Cart, settings: Settings, language: Language) -> Talk | None:
    """A reply that asks for a call, where somebody reads replies."""
    address = settings["sender.reply_to"]
    subject = quote(str(language.words["talk_subject"]).format(number=plain.one_line(cart.number, 40)))
    return Talk(f"mailto:{address}?subject={subject}") if address else None


def related_of(
    cart: Cart, products: Mapping[int, Product], bought: Iterable[int], store_url: str, language: Language
) -> Related | None:
    """Up to three things that can be bought now: what the shop sells with these, else instead, else bought before."""
    mine = [products[line.product_id] for line in wanted(cart) if line.product_id in products]
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


def reviews_of(line: CartLine, product: Product | None, language: Language) -> Reviews | None:
    """What the store's own reviews say of the thing, when there are any."""
    if product is None or product.review_count < 1 or product.rating_hundredths < 1:
        return None
    words = language.words
    summed = words["reviews_one"] if product.review_count == 1 else words["reviews"]
    text, by = plain.without_links(product.quote, 300), plain.name(product.quote_by)
    if by and product.quote_verified:
        by = words["quote_by"].format(name=by)
    return Reviews(
        words["quote"].format(text=text) if text else "",
        by if text else "",
        summed.format(rating=rating_of(product, language), n=product.review_count, item=name_of(line, 60)),
    )


def rating_of(product: Product, language: Language) -> str:
    """The average of all stars, with one decimal, as this language writes it."""
    return f"{product.rating_hundredths / 100:.1f}".replace(".", str(language.words.get("decimal", ".")))


def scarcest(cart: Cart, products: Mapping[int, Product]) -> tuple[CartLine, int] | None:
    """The line of which the fewest pieces are left, and how many, where the store counts them. Variations have counts
    of their own that nobody read, so they say nothing."""
    known = [
        (line, product.stock)
        for line in wanted(cart)
        if not line.variation_id and (product := products.get(line.product_id)) and product.stock is not None
    ]
    left = [(line, pieces) for line, pieces in known if line.quantity <= pieces <= FEW]
    return min(left, key=lambda pair: pair[1]) if left else None


def stock_of(found: tuple[CartLine, int] | None, language: Language) -> Stock | None:
    """How many there were."""
    if found is None:
        return None
    line, pieces = found
    return Stock(str(language.words["stock"]).format(n=pieces, item=name_of(line, 60)))


def _item(line: CartLine, product: Product | None, currency: str, language: Language) -> Item:
    name = name_of(line)
    options = plain.without_links(line.options, 100)
    pieces = language.pieces(line.quantity)
    return Item(
        name=name,
        detail=f"{options}, {pieces}" if options else pieces,
        price=language.money(line.total_minor, currency),
        image_url=plain.web_address(line.image_url or (product.image_url if product else "")),
        tile=_tile(plain.unlinked(line.sku, 40), name),
    )


def _offered(product: Product, currency: str, host: str | None, language: Language) -> Item | None:
    """The product as something to look at, with its price in the cart's currency where that is known; None when it
    cannot be bought now, or leads away from the store."""
    url = plain.web_address(product.url)
    name = plain.unlinked(product.name, 80)
    if not (product.is_sold and name and url and urlsplit(url).hostname == host):
        return None
    has_price = product.price_minor is not None and product.currency == currency
    price = language.money(product.price_minor or 0, currency) if has_price else ""
    return Item(name, "", price, plain.web_address(product.image_url), _tile("", name), url)


def _tile(sku: str, name: str) -> str:
    """Up to six characters that stand for a product without a picture: its number, its first word, or initials."""
    words = name.split(" ")
    short = [sku, words[0], "".join(word[0] for word in words[:3]).upper(), name[0]]
    return next(text for text in short if 0 < len(text) <= 6)
