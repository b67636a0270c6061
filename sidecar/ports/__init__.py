"""What the domain expects of the outside: values that come in, and the protocols that gateways fulfil."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from sidecar.ports.coupons import CouponOpener
from sidecar.ports.mailbox import Mailbox
from sidecar.ports.messages import Mail, MailConnection, MailGateway, Taken, Text, TextGateway, Whereabouts
from sidecar.ports.products import ProductOpener

__all__ = [
    "Bell",
    "Gateways",
    "Mail",
    "MailConnection",
    "MailGateway",
    "Order",
    "OrderLine",
    "OrderNote",
    "OrderPage",
    "OrderQuery",
    "Sealer",
    "SkippedOrder",
    "StoreFacts",
    "StoreLink",
    "StoreOpener",
    "StoreReader",
    "Taken",
    "Text",
    "TextGateway",
    "Whereabouts",
]

# --- the store ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order. `unit_minor` is the price of one; `total_minor` of all, after discounts, without tax."""

    product_id: int
    variation_id: int
    name: str
    options: str  # the chosen variation in words: "Walnut, 45 cm"; empty when there is none
    sku: str
    quantity: int
    unit_minor: int
    total_minor: int
    image_url: str


@dataclass(frozen=True, slots=True)
class Order:
    """What WooCommerce returned, as a value: amounts in minor units, moments aware UTC, text unchanged (hostile)."""

    order_id: int
    number: str
    order_key: str
    status: str
    currency: str
    total_minor: int
    shipping_minor: int
    tax_minor: int
    discount_minor: int
    customer_id: int  # 0 = guest
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    country: str  # ISO 3166 alpha-2, upper case, or empty
    state: str
    city: str
    postcode: str
    payment_method: str
    payment_method_title: str
    payment_url: str
    needs_payment: bool
    created_via: str
    customer_ip: str
    customer_note: str
    coupon_codes: tuple[str, ...]
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    lines: tuple[OrderLine, ...]
    meta: Mapping[str, str] = field(default_factory=dict)  # only scalar values; keys as in WooCommerce

    @property
    def goods_minor(self) -> int:
        """The value that thresholds compare: total without shipping and tax. Source: product.md P2."""
        return self.total_minor - self.shipping_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class SkippedOrder:
    """An order that cannot be used, with the reason in words. `order_id` is None when even that is missing."""

    order_id: int | None
    reason: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders. `total_pages` and `total` come from the X-WP headers; the page may be short (hidden rows).

    `store_clock` is what the store's own clock showed when it answered, if it says.
    """

    orders: tuple[Order, ...]
    skipped: tuple[SkippedOrder, ...]
    total: int
    total_pages: int
    store_clock: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """What to ask `/orders` for. All moments are aware UTC and exclusive, as WooCommerce treats them."""

    statuses: tuple[str, ...]
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    include: tuple[int, ...] = ()
    page: int = 1
    per_page: int = 100


@dataclass(frozen=True, slots=True)
class OrderNote:
    """A note on an order. `by_system` is true for WooCommerce's and gateways' own notes."""

    at: datetime
    author: str
    text: str
    by_system: bool


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a store says about itself. None where the key may not read it."""

    name: str
    url: str
    timezone: str  # IANA name, or "" when the store uses a manual offset
    gmt_offset_minutes: int
    currency: str | None
    country: str | None  # "US" or "US:CA" as WooCommerce gives it
    address: str | None  # one postal line made of the store's own address settings
    hold_stock_minutes: int | None
    wc_version: str | None
    statuses: tuple[str, ...]  # every order status the store knows, without "wc-"
    can_write: bool | None
    auth: Literal["basic", "query", "oauth"]


class StoreReader(Protocol):
    """A connected store. Every method raises GatewayError when the store gave no proper answer ("unreadable")."""

    @property
    def auth(self) -> str:
        """The way of signing in that worked, for the next StoreLink; "" before the first answer."""

    def probe(self, *, try_writing: bool = False) -> StoreFacts:
        """What the store says about itself; proves that the keys read orders.

        With `try_writing` it also finds out whether the keys may write, by a request that cannot change anything.
        """

    def orders(self, query: OrderQuery) -> OrderPage:
        """One page of orders, oldest change first."""

    def order(self, order_id: int) -> Order | None:
        """The order as it stands now, or None when it is gone for good (404). Trash comes back with status "trash"."""

    def notes(self, order_id: int) -> tuple[OrderNote, ...]:
        """The order's notes, oldest first."""

    def close(self) -> None:
        """Ends the connection."""


@dataclass(frozen=True, slots=True)
class StoreLink:
    """How to reach a store: address and keys in clear, only ever in memory."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    auth: str = ""  # "", "basic", "query" or "oauth"; "" lets the gateway find out


class StoreOpener(Protocol):
    """Opens stores. Refuses addresses that are not allowed (Refused) before any byte leaves."""

    def open(self, link: StoreLink) -> StoreReader:
        """A reader for the store."""


# --- the rest -------------------------------------------------------------------------------------------------


class Bell(Protocol):
    """Wakes a queue's worker early. Losing a ring loses nothing: the clock rings too."""

    def ring(self, queue: str) -> None:
        """Asks that the queue's work be looked at now."""


class Sealer(Protocol):
    """Secrets at rest; see sidecar.vault."""

    def seal(self, secret: str) -> str: ...
    def open(self, sealed: str) -> str: ...
    def fingerprint(self, *parts: str) -> str: ...


@dataclass(frozen=True)
class Gateways:
    """Everything outside, fitted together by sidecar.gateways.build(config)."""

    stores: StoreOpener
    mail: MailGateway | None
    bell: Bell
    vault: Sealer
    coupons: CouponOpener | None = None
    products: ProductOpener | None = None
    texts: TextGateway | None = None
    mailbox: Mailbox | None = None
    base_url: str = ""  # where customers reach us: links in messages begin with it
