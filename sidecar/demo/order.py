"""What the sample store keeps about buying: orders, their lines and notes, customers, coupons.

Amounts are in hundredths of the order's currency, whatever the currency: WooCommerce writes two decimals even for JPY.
Moments are whole seconds since 1970 (UTC), because WooCommerce knows no finer grain.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNPAID = ("pending", "failed", "checkout-draft")
STATUS_NAMES = {
    "pending": "Pending payment", "processing": "Processing", "on-hold": "On hold", "completed": "Completed",
    "cancelled": "Cancelled", "refunded": "Refunded", "failed": "Failed", "checkout-draft": "Draft",
}


@dataclass(slots=True, frozen=True)
class Tax:
    """A tax rate of the shop, as it shows in the tax lines of an order."""

    rate_id: int
    rate_code: str
    label: str
    percent: float
    on_shipping: bool

    def of(self, amount: int) -> int:
        """The tax on `amount`, rounded half up."""
        return int(amount * self.percent / 100 + 0.5)


@dataclass(slots=True)
class Line:
    """One line of an order. `price` is for one, before discounts and tax."""

    id: int
    product_id: int
    name: str
    sku: str
    quantity: int
    price: int
    variation_id: int = 0
    option_name: str = ""
    option: str = ""
    image: str = ""
    image_id: int = 0
    discount: int = 0
    pinned_subtotal: int | None = None  # a PUT that changes the quantity alone leaves the amounts as they were

    @property
    def subtotal(self) -> int:
        """The line before discounts, without tax."""
        return self.price * self.quantity if self.pinned_subtotal is None else self.pinned_subtotal

    @property
    def total(self) -> int:
        """The line after discounts, without tax."""
        return self.subtotal - self.discount


@dataclass(slots=True)
class Meta:
    """A key and value kept with an order."""

    id: int
    key: str
    value: str


@dataclass(slots=True)
class CouponUse:
    """A coupon in an order."""

    id: int
    coupon_id: int
    code: str
    discount_type: str
    amount: int
    discount: int
    discount_tax: int
    free_shipping: bool = False


@dataclass(slots=True)
class Refund:
    """Money given back."""

    id: int
    at: int
    amount: int
    reason: str


@dataclass(slots=True)
class Note:
    """A note on an order. The author of WooCommerce's own notes is "WooCommerce"."""

    id: int
    at: int
    author: str
    text: str
    to_customer: bool = False


@dataclass(slots=True)
class Order:
    """An order as the store keeps it. `status` "trash" hides it from lists; `parked_status` remembers what it was."""

    id: int
    status: str
    currency: str
    created_via: str
    created: int
    modified: int
    key: str
    billing: dict[str, str]
    shipping: dict[str, str] | None = None  # None: the same place as billing
    customer_id: int = 0
    lines: list[Line] = field(default_factory=list)
    tax: Tax | None = None
    tax_line_id: int = 0
    shipping_total: int = 0
    shipping_line_id: int = 0
    shipping_instance: str = ""
    coupons: list[CouponUse] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    meta: list[Meta] = field(default_factory=list)
    payment_method: str = ""
    payment_title: str = ""
    transaction_id: str = ""
    ip: str = ""
    agent: str = ""
    customer_note: str = ""
    cart_hash: str = ""
    paid: int | None = None
    completed: int | None = None
    parked_status: str = ""

    @property
    def goods(self) -> int:
        """All lines after discounts, without tax."""
        return sum(line.total for line in self.lines)

    @property
    def cart_tax(self) -> int:
        """Tax on the lines."""
        return sum(self.tax.of(line.total) for line in self.lines) if self.tax else 0

    @property
    def shipping_tax(self) -> int:
        """Tax on shipping."""
        return self.tax.of(self.shipping_total) if self.tax and self.tax.on_shipping else 0

    @property
    def total(self) -> int:
        """What the customer pays."""
        return self.goods + self.cart_tax + self.shipping_total + self.shipping_tax

    @property
    def needs_payment(self) -> bool:
        """Whether the pay page would take money."""
        return self.status in UNPAID and self.total > 0


@dataclass(slots=True)
class Customer:
    """A person with an account. Guests are not customers."""

    id: int
    username: str
    created: int
    modified: int
    billing: dict[str, str]
    role: str = "customer"
    paying: bool = False


@dataclass(slots=True)
class Coupon:
    """A discount code. `expires` is site time as WooCommerce takes it, kept as a moment."""

    id: int
    code: str
    created: int
    modified: int
    discount_type: str = "fixed_cart"
    amount: int = 0
    description: str = ""
    expires: int | None = None
    individual_use: bool = False
    usage_limit: int | None = None
    usage_limit_per_user: int | None = None
    limit_usage_to_x_items: int | None = None
    free_shipping: bool = False
    exclude_sale_items: bool = False
    minimum_amount: int = 0
    maximum_amount: int = 0
    product_ids: list[int] = field(default_factory=list)
    excluded_product_ids: list[int] = field(default_factory=list)
    email_restrictions: list[str] = field(default_factory=list)
    used_by: list[str] = field(default_factory=list)
    meta: list[Meta] = field(default_factory=list)
    status: str = "publish"
