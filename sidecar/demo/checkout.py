"""The sample store's checkout page, and the link that fills a cart and leads to it (woocommerce.md 11 and 15).

Until WooCommerce 10.8 the page makes a draft order as soon as it is looked at; later ones when the order is placed.
"""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from . import coupon_rules, till
from .baskets import Basket, Baskets
from .order import Order
from .rest import base_of
from .simulator import Simulator
from .world import World

_NEEDED = {"email": "Email address", "first_name": "First name", "last_name": "Last name",
           "address_1": "Street address", "city": "Town / City", "postcode": "ZIP Code", "country": "Country"}
_OTHER = ("state", "phone", "company", "address_2")
OUTDATED = "The provided checkout link was out of date or invalid. No products were added to the cart."


class Show(Protocol):
    """Makes a page of the shop."""

    def __call__(self, request: Request, template: str, title: str, *, status: int = 200,
                 **values: object) -> Response: ...


class Checkout:
    """Answers /checkout-link/, /checkout/ and /cart/. The caller holds the world's lock."""

    def __init__(self, world: World, simulator: Simulator, baskets: Baskets, show: Show) -> None:
        self.world, self.simulator, self.baskets, self._show = world, simulator, baskets, show

    def follow_link(self, request: Request) -> Response:
        """A fresh cart with the products and the coupon of the address; what cannot be had is left out."""
        base = base_of(request)
        basket = self.baskets.new()
        for item, quantity in _wanted(request.args.get("products", "")):
            if not self.baskets.put(basket, item, quantity):
                basket.notices.append("Some products in the link could not be added to the cart.")
        code = request.args.get("coupon", "").strip()
        if code and coupon_rules.find(self.world, code) is None:
            basket.notices.append(f"Coupon “{code}” cannot be applied because it does not exist.")
        elif code:
            basket.codes.append(code)
        where = f"/checkout/?session={self.baskets.token(basket)}" if basket.items else "/cart/"
        response = Response("", 302, content_type="text/html; charset=UTF-8")
        response.headers["X-Redirect-By"] = "WordPress"
        response.headers["Location"] = base + where
        return response

    def empty_cart(self, request: Request) -> Response:
        """Where an outdated link ends."""
        return self._show(request, "notice.html", "Cart", message=OUTDATED)

    def page(self, request: Request) -> Response:
        """The checkout: looking at it makes the draft, sending it places the order and pays."""
        basket = self.baskets.find(request.args.get("session", ""))
        if basket is None or not basket.items:
            return self._show(request, "notice.html", "Checkout", message="Your cart is currently empty.")
        if request.method == "POST":
            return self._place(request, basket)
        order = self._mirrored(basket) if self.world.settings.drafts_in_any and request.method == "GET" else None
        return self._form(request, basket, order)

    def _mirrored(self, basket: Basket) -> Order:
        try:
            return self.baskets.draft(basket)
        except coupon_rules.NotApplicable as refusal:
            self._drop_codes(basket, refusal)
            return self.baskets.draft(basket)

    def _place(self, request: Request, basket: Basket) -> Response:
        form = {name: request.form.get(name, "").strip() for name in (*_NEEDED, *_OTHER)}
        basket.billing |= form
        missing = [f"{label} is required" for name, label in _NEEDED.items() if not form[name]]
        order = self._mirrored(basket)
        if missing:
            return self._form(request, basket, order, "There was a problem with the provided billing address: "
                                                      + ", ".join(missing))
        try:
            self.baskets.mirror(basket, order, counting=True)
        except coupon_rules.NotApplicable as refusal:
            self._drop_codes(basket, refusal)
            return self._form(request, basket, self._mirrored(basket))
        return self._pay(request, basket, order)

    def _pay(self, request: Request, basket: Basket, order: Order) -> Response:
        method, _, token = request.form.get("payment_method", "").partition(":")
        if till.pay(self.simulator, order, method, token) == till.DECLINED_CARD:
            return self._form(request, basket, order, "Your card was declined.")
        basket.items.clear()
        response = Response("", 302)
        address = f"{base_of(request)}/checkout/order-received/{order.id}/?key={quote(order.key)}"
        response.headers["Location"] = address
        return response

    def _drop_codes(self, basket: Basket, refusal: coupon_rules.NotApplicable) -> None:
        basket.notices.append(str(refusal).replace("&quot;", '"'))
        basket.codes.clear()

    def _form(self, request: Request, basket: Basket, order: Order | None, error: str = "") -> Response:
        notices, basket.notices = [*basket.notices, *([error] if error else [])], []
        names = [self.simulator.line(item, count, self.world.settings.currency) for item, count in basket.items.items()]
        return self._show(request, "checkout.html", "Checkout", basket=basket, order=order, lines=names,
                          notices=notices, needed=_NEEDED)


def _wanted(products: str) -> list[tuple[int, int]]:
    """ "15:2,19" → 15 twice, 19 once; anything else in it is passed over."""
    found = [re.fullmatch(r"(\d{1,9})(?::(\d{1,4}))?", part.strip()) for part in products.split(",")[:50]]
    return [(int(one[1]), int(one[2] or 1)) for one in found if one]
