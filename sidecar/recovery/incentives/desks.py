"""The stores' own word on coupons: whether one would be of use, and making it. Asked once where that is enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sidecar.carts.cart import Cart
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.incentives.offers import Offer, Withheld
from sidecar.ports import Gateways
from sidecar.ports.coupons import CouponDesk
from sidecar.recovery.incentives.couponing import Plan, make
from sidecar.settings import Settings
from sidecar.stores.connection import Store, link_of

# These say something about the key or the store as a whole, so that the rest of the batch need not ask again.
_FOR_ALL = frozenset({"read_only", "no_rights", "bad_key", "bad_secret", "key_refused", "rest_disabled", "not_found"})

_NO_FREE_METHOD = Withheld(
    "no_free_method",
    "The store has no free delivery that a coupon opens. Add one in WooCommerce → Settings → Shipping, with "
    "“A valid free shipping coupon”.",
)
_ON_SALE = Withheld("on_sale", "What is in the cart is on sale already.")


class Desks:
    """The stores of one round: a batch of messages, or one offer on the phone."""

    def __init__(self, gateways: Gateways, clock: Callable[[], datetime]) -> None:
        self._gateways = gateways
        self._clock = clock
        self._refused: dict[int, GatewayError] = {}
        self._ships_free: dict[int, bool] = {}
        self._sales: dict[int, dict[int, bool]] = {}

    def against(self, offer: Offer, cart: Cart, store_id: int, settings: Settings) -> Withheld | None:
        """Why this store or this cart would make the coupon an empty promise; None when it does not."""
        products = [line.product_id for line in cart.lines if line.quantity > 0]
        excludes = settings["offers.not_on_sale_items"]
        try:
            desk = self.open(store_id)
            if offer.kind == "free_shipping":
                if store_id not in self._ships_free:
                    self._ships_free[store_id] = desk.ships_free_by_coupon()
                return None if self._ships_free[store_id] else _NO_FREE_METHOD
            on_sale = self._on_sale(store_id, products, desk) if excludes else set()
        except (GatewayError, Refused) as error:
            return Withheld(error.code, error.reason)
        left = [product_id for product_id in products if product_id not in on_sale]
        fits = bool(left) if offer.kind == "percent" else len(left) == len(products)
        return None if fits else _ON_SALE

    def ask(self, store_id: int, plan: Plan) -> None:
        """Has the store make what is planned, and records how that ended."""
        try:
            desk = self.open(store_id)
        except (GatewayError, Refused) as error:
            with transaction():
                plan.settle(error.code, error.reason, is_unknown=plan.look_first)
            return
        trouble = make(plan, desk, self._clock)
        if trouble is not None and trouble.code in _FOR_ALL:
            self._refused[store_id] = trouble

    def open(self, store_id: int) -> CouponDesk:
        """The store's coupons. Raises Refused, or GatewayError, also when it has refused us in this round already."""
        if store_id in self._refused:
            raise self._refused[store_id]
        link = link_of(session().get_one(Store, store_id), self._gateways.vault)
        rest()
        if self._gateways.coupons is None:
            raise GatewayError("There is no way to make coupons.", code="no_coupons", permanent=True)
        return self._gateways.coupons.open_coupons(link)

    def _on_sale(self, store_id: int, products: list[int], desk: CouponDesk) -> set[int]:
        """Those of the products that are on sale; each is asked about once a round."""
        known = self._sales.setdefault(store_id, {})
        unknown = [product_id for product_id in dict.fromkeys(products) if product_id not in known]
        if unknown:
            found = desk.on_sale(unknown)
            known.update((product_id, product_id in found) for product_id in unknown)
        return {product_id for product_id in products if known[product_id]}
