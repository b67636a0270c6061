"""Carts of people at the sample store's checkout: what is in them, which draft order mirrors them, and their tokens.

A basket is known by a token as WooCommerce's Store API makes them: a signed note of whose it is and how long it holds.
They live in memory; a store that was started anew has forgotten them, as sessions are forgotten.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from . import coupon_rules
from .order import Order
from .shapes import ADDRESS_KEYS
from .simulator import RATES, SHIPPING, Simulator
from .world import World

LASTS_SECONDS = 48 * 3600
_AT_MOST = 1000


@dataclass
class Basket:
    """One person's cart: product or variation id → quantity, codes, and the address as far as it was typed."""

    owner: str
    items: dict[int, int] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    billing: dict[str, str] = field(default_factory=dict)
    order_id: int | None = None
    counted: bool = False  # whether its codes count as used
    notices: list[str] = field(default_factory=list)


class Baskets:
    """All baskets of a store. The caller holds the world's lock."""

    def __init__(self, world: World, simulator: Simulator) -> None:
        self.world, self.simulator = world, simulator
        self._held: OrderedDict[str, Basket] = OrderedDict()

    # --- whose ----------------------------------------------------------------------------------------------

    def new(self) -> Basket:
        """An empty basket; nothing is typed yet but the shop's own country."""
        country, _, state = self.world.settings.country.partition(":")
        basket = Basket("t_" + secrets.token_hex(15), billing={"country": country, "state": state})
        self._held[basket.owner] = basket
        while len(self._held) > _AT_MOST:
            self._held.popitem(last=False)
        return basket

    def token(self, basket: Basket) -> str:
        """A fresh token for the basket."""
        now = self.world.seconds()
        note = {"user_id": basket.owner, "exp": now + LASTS_SECONDS, "iss": "store-api", "iat": now}
        told = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(note)}"
        return f"{told}.{self._sign(told)}"

    def find(self, token: str) -> Basket | None:
        """The basket of a token that is ours and still holds, or None."""
        told, _, mark = token.rpartition(".")
        if not told or not hmac.compare_digest(mark.encode(), self._sign(told).encode()):
            return None
        try:
            note = json.loads(base64.urlsafe_b64decode(told.split(".")[1] + "=="))
        except ValueError:
            return None
        return self._held.get(note["user_id"]) if note["exp"] > self.world.seconds() else None

    def _sign(self, told: str) -> str:
        secret = self.world.keys[0].secret if self.world.keys else ""
        return _bare(hmac.new(secret.encode(), told.encode(), hashlib.sha256).digest())

    # --- what is in it --------------------------------------------------------------------------------------

    def put(self, basket: Basket, item: int, quantity: int) -> bool:
        """Adds to a basket; False for what the shop does not have, or has too few of."""
        left = self.stock_of(item)
        wanted = basket.items.get(item, 0) + quantity
        if quantity < 1 or left is None or wanted > left:
            return False
        basket.items[item] = wanted
        return True

    def stock_of(self, item: int) -> int | None:
        """How many of a product or variation can be had (9999 where it is not counted); None when there is no such
        thing, or when it comes in kinds of which one must be chosen."""
        for product in self.world.products.values():
            for choice in product.options:
                if choice.id == item:
                    return 9999 if choice.stock is None else max(0, choice.stock)
        known = self.world.products.get(item)
        if known is None or known.options:
            return None
        return 9999 if known.stock is None else max(0, known.stock)

    # --- the draft ------------------------------------------------------------------------------------------

    def order_of(self, basket: Basket) -> Order | None:
        """The order that mirrors the basket, or None while there is none."""
        order = self.world.orders.get(basket.order_id or 0)
        return order if order is not None and (order.needs_payment or order.status == "checkout-draft") else None

    def draft(self, basket: Basket) -> Order:
        """The basket's draft order, made if there is none, with what is in the basket now."""
        order = self.order_of(basket)
        if order is None:
            order = self.simulator.place(basket.billing, list(basket.items.items()), status="checkout-draft",
                                         payment_method="")
            basket.order_id = order.id
        self.mirror(basket, order)
        return order

    def mirror(self, basket: Basket, order: Order, *, counting: bool = False) -> None:
        """Writes the basket into its order. With `counting` the codes are judged by the address and their use counts;
        before that they only take off what they will. Raises NotApplicable."""
        if basket.counted:
            coupon_rules.give_back(self.world, order)
            basket.counted = False
        self._fill(basket, order)
        self.world.touch(order)
        for code in list(basket.codes):
            self._use(order, code, counting=counting)
        basket.counted = counting

    def priced(self, basket: Basket) -> Order:
        """An order that says what the basket costs: its own, or one that is kept nowhere."""
        own = self.order_of(basket)
        if own is not None:
            return own
        now = self.world.seconds()
        order = Order(0, "checkout-draft", self.world.settings.currency, "store-api", now, now, "", {})
        self._fill(basket, order)
        for code in basket.codes:
            with contextlib.suppress(coupon_rules.NotApplicable):
                self._use(order, code, counting=False)
        return order

    def _fill(self, basket: Basket, order: Order) -> None:
        order.billing = {key: basket.billing.get(key, "") for key in (*ADDRESS_KEYS, "email", "phone")}
        country, state = order.billing["country"], order.billing["state"]
        order.tax = self.world.taxes.get(country) or self.world.taxes.get(f"{country}:{state}")
        if order.tax and not order.tax_line_id:
            order.tax_line_id = self.world.next_line_id()
        order.lines = [self.simulator.line(item, count, order.currency) for item, count in basket.items.items()]
        order.shipping_total = round(SHIPPING * RATES.get(order.currency, 1.0)) if order.lines else 0
        order.cart_hash, order.coupons = self.simulator.cart_hash(order), []

    def _use(self, order: Order, code: str, *, counting: bool) -> None:
        if counting:
            coupon_rules.use_code(self.world, order, code)
            return
        coupon = coupon_rules.find(self.world, code)
        typed = order.billing["email"]
        if coupon is not None and coupon.email_restrictions:
            order.billing["email"] = coupon.email_restrictions[0]  # whose it is shows when the order is placed
        try:
            coupon_rules.use_code(self.world, order, code)
            if coupon is not None:
                coupon.used_by.pop()
        finally:
            order.billing["email"] = typed


def _part(value: dict[str, object]) -> str:
    return _bare(json.dumps(value, separators=(",", ":")).encode())


def _bare(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
