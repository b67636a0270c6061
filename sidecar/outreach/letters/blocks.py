"""What the blocks of a message show: each from facts of this cart and this store, or nothing at all.

A block that would have to guess is None, and vanishes whole. Text of orders, products and reviews is hostile until it
has gone through outreach.letters.plain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sidecar.carts.cart import Cart, CartLine
from sidecar.outreach.letters import plain
from sidecar.outreach.letters.language import Language
from sidecar.settings import Settings
from sidecar.stores.product import Product

MOST_ITEMS = 8
IN_A_SENTENCE = 60
ASK_STAND_IN = "https://ringback.invalid/b/preview"  # for the customer's own link, see outreach.visits.links


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
    """The way to ask for a call: what to do, and the address for it. `page` is that address where it can be read."""

    says: str
    url: str
    page: str = ""


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


def short_name(line: CartLine) -> str:
    """The thing inside a sentence: its name as far as whole words go."""
    name = name_of(line, 200)
    if len(name) <= IN_A_SENTENCE:
        return name
    words = name[: IN_A_SENTENCE + 1].rpartition(" ")[0] or name[:IN_A_SENTENCE]
    return words.rstrip(" ,.;:–-(")


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
    """The page on which a customer chooses a time; else a reply that asks for a call, where somebody reads replies."""
    if settings["calls.asked"]:
        return Talk(str(language.words["ask"]["talk_link"]), ASK_STAND_IN, ASK_STAND_IN)
    address = settings["sender.reply_to"]
    subject = quote(str(language.words["talk_subject"]).format(number=plain.one_line(cart.number, 40)))
    return Talk(str(language.words["talk_link"]), f"mailto:{address}?subject={subject}") if address else None


def _item(line: CartLine, product: Product | None, currency: str, language: Language) -> Item:
    name = name_of(line)
    options = plain.without_links(line.options, 100)
    pieces = language.pieces(line.quantity)
    return Item(
        name=name,
        detail=f"{options}, {pieces}" if options else pieces,
        price=language.money(line.total_minor, currency),
        image_url=plain.web_address(line.image_url or (product.image_url if product else "")),
        tile=tile_of(plain.unlinked(line.sku, 40), name),
    )


def tile_of(sku: str, name: str) -> str:
    """Up to six characters that stand for a product without a picture: its number, its first word, or initials."""
    words = name.split(" ")
    short = [sku, words[0], "".join(word[0] for word in words[:3]).upper(), name[0]]
    return next(text for text in short if 0 < len(text) <= 6)
