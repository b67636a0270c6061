"""What the domain expects of the outside: values that come in, and the protocols that gateways fulfil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sidecar.coupon_ports import CouponOpener
from sidecar.product_ports import ProductOpener
from sidecar.mailbox_ports import Mailbox

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


# --- e-mail ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail, composed. `message_id` is without angle brackets and decided before anything leaves."""

    message_id: str
    to: str
    to_name: str
    sender: str  # "Aurora Audio <hello@example.com>"
    reply_to: str  # one mailbox or more, with commas between
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class MailConnection(Protocol):
    """An open connection to a mail server; carries many mails."""

    def send(self, mail: Mail, look: Callable[[], None] | None = None) -> str:
        """Hands over one mail; returns the server's own words of acceptance.

        `look` is called when the server has agreed to sender and recipient, just before the data. What it raises ends
        this mail before any of it was sent, and is raised again; the connection stays.

        Raises GatewayError: `permanent` for a refusal that will not change, `outcome_unknown` when the server may
        have taken it (the connection broke after the end of the data).
        """

    def close(self) -> None:
        """Ends the connection."""


class MailGateway(Protocol):
    """The way e-mail leaves. There is none before the operator sets one."""

    @property
    def sender(self) -> str:
        """The From address, "Aurora Audio <hello@example.com>"."""

    def connect(self) -> MailConnection:
        """A connection. Raises GatewayError when the server cannot be reached or refuses the sign-in."""


# --- texts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """One text message. `token` stands in its body: by it and the number a provider's list finds it again."""

    attempt: str  # names the try, for a provider that knows such keys or calls back
    to: str  # E.164
    body: str
    token: str
    not_after: datetime  # the provider must give up then


@dataclass(frozen=True, slots=True)
class Taken:
    """What a provider said when it took a message: its own id and words."""

    provider_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whether a provider has a message that it may have taken. `taken` comes with "found"."""

    answer: Literal["found", "not_there", "cannot_tell"]
    taken: Taken | None = None
    words: str = ""


class TextGateway(Protocol):
    """The way texts leave, through a provider that can be asked what it took."""

    @property
    def settle(self) -> timedelta:
        """How long until a message that was taken shows in the provider's list: its delay and our time-out."""

    def send(self, text: Text) -> Taken:
        """Hands over one text. Raises GatewayError: `permanent` for a refusal that will not change, `outcome_unknown`
        when the provider may have taken it (a time-out, a 5xx). Never tries again by itself."""

    def find(self, text: Text) -> Whereabouts:
        """Whether the provider has this text, whichever try brought it. Raises GatewayError, like "cannot_tell"."""


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
