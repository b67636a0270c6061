"""What the domain expects of a store's coupons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from sidecar.ports import StoreLink


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon is to grant. Amounts are decimal text; `expires_site_time` is the store's own clock without a zone
    ("2026-11-30T23:59:59"), because that is the only form WooCommerce reads."""

    code: str
    discount_type: Literal["percent", "fixed_cart"]
    amount: str
    email: str  # the only one that may use it, once
    expires_site_time: str
    description: str
    free_shipping: bool = False
    exclude_sale_items: bool = False
    minimum_amount: str = "0"


@dataclass(frozen=True, slots=True)
class StoreCoupon:
    """A coupon as the store has it. Codes come back in small letters."""

    coupon_id: int
    code: str
    discount_type: str
    amount: str
    description: str
    expires_at: datetime | None
    usage_count: int
    usage_limit: int | None
    usage_limit_per_user: int | None
    individual_use: bool
    free_shipping: bool
    exclude_sale_items: bool
    minimum_amount: str
    emails: tuple[str, ...]


class CouponDesk(Protocol):
    """A store's coupons. Every method raises GatewayError when the store gave no proper answer.

    `outcome_unknown` is set when the store may have done it all the same; code "code_taken" when it already has a
    coupon with that code, in any case of letters; "read_only" when the key may not write.
    """

    def with_code(self, code: str) -> tuple[StoreCoupon, ...]:
        """The coupons with this code: none or one; more only where two were made in the same moment."""

    def create(self, terms: CouponTerms) -> StoreCoupon:
        """Makes a coupon, and gives it as the store has it: that may be less than what was asked for."""

    def delete(self, coupon_id: int) -> None:
        """Removes a coupon for good. One that is gone already is no error."""

    def on_sale(self, product_ids: Sequence[int]) -> frozenset[int]:
        """Those of these products (at most 100) that are on sale now."""

    def ships_free_by_coupon(self) -> bool:
        """Whether some shipping zone has a free delivery that a coupon opens; without one, such a coupon does
        nothing."""


class CouponOpener(Protocol):
    """Opens the coupons of stores. Refuses addresses that are not allowed (Refused) before any byte leaves."""

    def open_coupons(self, link: StoreLink) -> CouponDesk:
        """The store's coupons."""
