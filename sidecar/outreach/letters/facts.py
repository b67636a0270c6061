"""The facts a letter is filled with. Only what a wording uses is found out; what is not true or not known is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.purchases import bought_before
from sidecar.contacts.contact import Contact
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.offered import Offered, offered
from sidecar.outreach.letters import blocks, plain, shelf
from sidecar.outreach.letters.language import Language, choose
from sidecar.settings import Settings
from sidecar.stores.connection import Store
from sidecar.stores.product import STOCK_KNOWN_FOR, Product, products_of
from sidecar.stores.site_time import zone_of

# Stand in the stored bodies where the customer's own links will be; put in only when the message leaves, so that
# nobody who reads the Outbox can unsubscribe or pay for somebody else. ".invalid" never resolves (RFC 2606).
PAY_STAND_IN = "https://ringback.invalid/c/preview"
UNSUBSCRIBE_STAND_IN = "https://ringback.invalid/u/preview"
PREFERENCES_STAND_IN = "https://ringback.invalid/p/preview"


@dataclass(frozen=True)
class Facts:
    """Everything a wording may say about one cart. Properties are named after the tokens they fill.

    Without `now` nothing is said that is true for a time only: no stock.
    """

    cart: Cart
    contact: Contact
    store: Store
    settings: Settings
    language: Language
    writer: str
    coupon: Coupon | None
    offer_words: str
    now: datetime | None

    def of(self, names: frozenset[str]) -> dict[str, Any]:
        """The facts that every letter needs, and the named ones."""
        always = {
            "words": self.language.words,
            "language": self.language.code,
            "why": self.why,
            "store_name": self.store_name,
            "imprint": self.imprint,
            "pay_url": PAY_STAND_IN,
            "unsubscribe_url": UNSUBSCRIBE_STAND_IN,
            "preferences_url": PREFERENCES_STAND_IN,
            "total": self.total,
        }
        return always | {name: getattr(self, name) for name in names if name not in always}

    # --- who and what ---------------------------------------------------------------------------------------

    @cached_property
    def store_name(self) -> str:
        """What customers call the shop."""
        return store_name_of(self.store)

    @property
    def store_url(self) -> str:
        """The shop's own address."""
        return plain.web_address(self.store.url)

    @property
    def why(self) -> str:
        """Why somebody gets this."""
        return str(self.language.words["why"]).format(store=self.store_name, day=self.started_on)

    @property
    def imprint(self) -> str:
        """Who writes and from where. An address may begin with the shop's name already."""
        address = postal_address_of(self.store, self.settings)
        if not address or address.casefold().startswith(self.store_name.casefold()):
            return address or self.store_name
        return f"{self.store_name}, {address}"

    @property
    def first_name(self) -> str:
        """As the person writes it; "" when it does not look like a name."""
        return plain.name(self.contact.first_name)

    @property
    def full_name(self) -> str:
        """First and family name, or "": half a name is no way to address somebody."""
        first, last = plain.name(self.contact.first_name), plain.name(self.contact.last_name)
        return f"{first} {last}" if first and last else ""

    @property
    def rep_first_name(self) -> str:
        """Who signs, "" when nobody does."""
        return plain.name(self.writer)

    @property
    def top_item(self) -> str:
        """What to call the dearest thing in the cart."""
        return blocks.short_name(blocks.top_line(self.cart))

    @property
    def total(self) -> str:
        """What the customer would pay."""
        return self.language.money(self.cart.total_minor, self.cart.currency)

    @property
    def delivery_cost(self) -> str:
        """What delivery cost, "" when nothing."""
        minor = self.cart.shipping_minor
        return self.language.money(minor, self.cart.currency) if minor else ""

    @property
    def order_number(self) -> str:
        """The order's number, as the shop counts."""
        return plain.one_line(self.cart.number, 40)

    @property
    def started_on(self) -> str:
        """The day of the order, where the store is."""
        return self.language.day(self.cart.ordered_at.astimezone(zone_of(self.store)).date())

    @property
    def phone(self) -> str:
        """The number customers can ring, "" when the owner named none."""
        return str(self.settings["calls.number"])

    # --- the offer ------------------------------------------------------------------------------------------

    @property
    def coupon_code(self) -> str:
        """The offer's code, "" without an offer."""
        return self.offer.code if self.offer else ""

    @property
    def coupon_value(self) -> str:
        """What the offer takes off, "" without an offer."""
        return self.offer.title if self.offer else ""

    @property
    def coupon_expires_at(self) -> str:
        """The last moment of the offer, in the customer's own time where that is known; "" without an offer."""
        return self.offer.ends if self.offer else ""

    @cached_property
    def offer(self) -> Offered | None:
        """The coupon as it was really made, else what the shop offers in its own words."""
        if self.coupon is None:
            return Offered(self.offer_words, "", "", "") if self.offer_words else None
        return offered(self.coupon, self.cart, self.contact, self.store, self.language, now=self.now)

    # --- the store's products -------------------------------------------------------------------------------

    @cached_property
    def _products(self) -> Mapping[int, Product]:
        return products_of(self.store.id, {line.product_id for line in self.cart.lines if line.product_id})

    @property
    def stock_left(self) -> str:
        """Pieces left of the scarcest item, "" unless the store counts them, has few, and said so lately."""
        return str(self._scarcest[1]) if self._scarcest else ""

    @property
    def rating(self) -> str:
        """Average stars of the dearest item with reviews, "" without any."""
        return shelf.rating_of(self._reviewed[1], self.language) if self._reviewed else ""

    @property
    def review_count(self) -> str:
        """How many reviews that item has, "" for none."""
        return str(self._reviewed[1].review_count) if self._reviewed else ""

    @cached_property
    def _reviewed(self) -> tuple[CartLine, Product] | None:
        return shelf.reviewed(self.cart, self._products)

    @cached_property
    def _scarcest(self) -> tuple[CartLine, int] | None:
        since = self.now - STOCK_KNOWN_FOR if self.now else None
        lately = {key: product for key, product in self._products.items() if since and product.read_at > since}
        return shelf.scarcest(self.cart, lately)

    # --- blocks ---------------------------------------------------------------------------------------------

    @property
    def button(self) -> bool:
        """The way back is always there: the link finds out what can still be paid when it is clicked."""
        return True

    @property
    def items(self) -> blocks.Items | None:
        """The cart's lines."""
        known = self._products if any(not line.image_url for line in self.cart.lines) else {}
        return blocks.items_of(self.cart, known, self.language)

    @property
    def costs(self) -> blocks.Costs:
        """Delivery, tax, the rest."""
        return blocks.costs_of(self.cart, self.language)

    @property
    def guarantees(self) -> list[blocks.Row] | None:
        """What the owner promises."""
        return blocks.guarantees_of(self.settings, self.language, choose("", self.store.country))

    @property
    def support(self) -> blocks.Support | None:
        """Where help is."""
        return blocks.support_of(self.settings)

    @property
    def talk(self) -> blocks.Talk | None:
        """The way to ask for a call."""
        return blocks.talk_of(self.cart, self.settings, self.language)

    @property
    def related(self) -> shelf.Related | None:
        """What goes with the cart."""
        before = bought_before(self.contact.id, self.store.id)
        mine = self._products.values()
        others = {each for product in mine for each in (*product.cross_sell_ids, *product.upsell_ids)}
        known = {**products_of(self.store.id, others | set(before)), **self._products}
        return shelf.related_of(self.cart, known, before, self.store.url, self.language)

    @property
    def reviews(self) -> shelf.Reviews | None:
        """What buyers wrote about the dearest item that has reviews."""
        return shelf.reviews_of(self._reviewed, self.language)

    @property
    def stock(self) -> shelf.Stock | None:
        """How many pieces there are."""
        return shelf.stock_of(self._scarcest, self.language)


def store_name_of(store: Store) -> str:
    """What customers call the shop: its own title, else its host name."""
    return plain.one_line(store.name, 60) or str(urlsplit(store.url).hostname or "the shop")


def postal_address_of(store: Store, settings: Settings) -> str:
    """The address at the foot of every e-mail, or "" when neither the owner nor the store has given one."""
    return plain.one_line(settings["sender.postal_address"] or store.address or "", 300)
