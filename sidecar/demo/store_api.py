"""The Store API: what the block checkout in a customer's browser asks, and how drafts come to be (woocommerce.md 11).

Nobody signs in: a Cart-Token says whose cart it is. Looking at the checkout makes the draft order; what is typed and
what is put in or taken out goes into it at once.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from . import coupon_rules, till
from .answers import REST_HEADERS, Answer, RestError, invalid, no_route, problem, to_response
from .baskets import Basket, Baskets
from .order import Order
from .rest import base_of, read_body
from .shapes import ADDRESS_KEYS, pay_url
from .simulator import Simulator
from .store_shapes import cart_json, checkout_json, line_key, payment_result
from .world import World

ROOT = "/wp-json/wc/store/v1/"
_ALLOW = {"cart": "GET", "cart/add-item": "POST", "cart/remove-item": "POST", "cart/update-customer": "POST",
          "checkout": "GET, POST, PUT, PATCH"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[\d\s()+./-]*")


class StoreApi:
    """Answers everything below ROOT."""

    def __init__(self, world: World, simulator: Simulator, baskets: Baskets) -> None:
        self.world, self.simulator, self.baskets = world, simulator, baskets

    def respond(self, request: Request) -> Response:
        """The answer: JSON, with the token of the cart in its headers."""
        name = request.path.removeprefix(ROOT).strip("/")
        with self.world.lock:
            given = self.baskets.find(request.headers.get("Cart-Token", ""))
            basket = given or self.baskets.new()
            try:
                answer = self._answer(request, name, basket, known=given is not None)
            except RestError as error:
                answer = error.answer
            answer.allow = _ALLOW.get(name, "")
            root = f"{base_of(request)}/wp-json/"
            return self._dress(to_response(answer, root, signed_in=False, head=request.method == "HEAD"), basket)

    def _dress(self, response: Response, basket: Basket) -> Response:
        headers = response.headers
        order = self.baskets.priced(basket)
        headers["Access-Control-Expose-Headers"] = "X-WP-Total, X-WP-TotalPages, Link, Cart-Token"
        headers["Access-Control-Allow-Headers"] = REST_HEADERS["Access-Control-Allow-Headers"] + ", Cart-Token, Nonce"
        headers["Nonce"], headers["Nonce-Timestamp"] = "5a6d706c65", str(self.world.seconds())
        headers["User-ID"], headers["Cart-Token"] = "0", self.baskets.token(basket)
        headers["Cart-Hash"] = order.cart_hash if order.lines else ""
        headers["Access-Control-Allow-Methods"] = "OPTIONS, GET, POST, PUT, PATCH, DELETE"
        headers["Access-Control-Allow-Credentials"] = "true"
        return response

    def _answer(self, request: Request, name: str, basket: Basket, *, known: bool) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in _ALLOW.get(name, "").split(", "):
            raise no_route()
        if method != "GET" and not known:
            raise RestError("woocommerce_rest_missing_nonce",
                            "Missing the Nonce header. This endpoint requires a valid nonce.", 401)
        body, base = read_body(request), base_of(request)
        if name == "checkout":
            return self._checkout(method, basket, body, base)
        if name == "cart/add-item":
            self._add(basket, body)
        elif name == "cart/remove-item":
            self._remove(basket, body)
        elif name == "cart/update-customer":
            self._update(basket, body)
        self._keep_up(basket, name)
        return Answer(cart_json(self.baskets, basket, base), 201 if name == "cart/add-item" else 200)

    # --- the cart -------------------------------------------------------------------------------------------

    def _add(self, basket: Basket, body: dict[str, Any]) -> None:
        item, quantity = int(body.get("id", 0)), int(body.get("quantity", 1))
        if self.baskets.stock_of(item) is None:
            raise RestError("woocommerce_rest_cart_invalid_product", "This product cannot be added to the cart.", 400)
        if not self.baskets.put(basket, item, quantity):
            raise RestError("woocommerce_rest_product_partially_out_of_stock",
                            "There is not enough of this product in stock.", 400)

    @staticmethod
    def _remove(basket: Basket, body: dict[str, Any]) -> None:
        item = next((one for one in basket.items if line_key(one) == body.get("key")), None)
        if item is None:
            raise RestError("woocommerce_rest_cart_invalid_key", "Cart item no longer exists or is invalid.", 409)
        del basket.items[item]

    @staticmethod
    def _update(basket: Basket, body: dict[str, Any]) -> None:
        given = body.get("billing_address") or {}
        if not _PHONE.fullmatch(str(given.get("phone", ""))):
            said = "The provided phone number is not valid"
            raise invalid({"billing_address": problem("invalid_phone", said)})
        typed = {key: str(given[key]) for key in (*ADDRESS_KEYS, "email", "phone") if key in given}
        if not _EMAIL.fullmatch(typed.get("email", "a@example.com")):
            typed["email"] = ""  # what is no address empties the field, without a word
        basket.billing |= typed

    def _keep_up(self, basket: Basket, name: str) -> None:
        """A draft takes over what changed; looking at the cart changes nothing."""
        order = self.baskets.order_of(basket)
        if order is not None and name != "cart":
            self.baskets.mirror(basket, order)

    # --- the checkout ---------------------------------------------------------------------------------------

    def _checkout(self, method: str, basket: Basket, body: dict[str, Any], base: str) -> Answer:
        if not basket.items and (method == "POST" or self.baskets.order_of(basket) is None):
            raise RestError("woocommerce_rest_cart_empty", "Cannot place an order, your cart is empty.", 400)
        makes_draft = method == "POST" or self.world.settings.drafts_in_any  # not before it is placed, from 10.9
        order = self.baskets.draft(basket) if makes_draft else self.baskets.priced(basket)
        order.payment_method = str(body.get("payment_method", order.payment_method or "bacs"))
        if method == "GET":
            return Answer(checkout_json(order, result=payment_result()))
        if "customer_note" in body:
            order.customer_note = str(body["customer_note"])
        if method in ("PUT", "PATCH"):  # an address in it is passed over, as recorded
            return Answer(checkout_json(order, result=None, cart=cart_json(self.baskets, basket, base)))
        return self._place(basket, order, body, base)

    def _place(self, basket: Basket, order: Order, body: dict[str, Any], base: str) -> Answer:
        self._update(basket, body)
        lacking = till.missing(basket.billing)
        if lacking:
            raise RestError("woocommerce_rest_invalid_address", "There was a problem with the provided shipping "
                            f"address: {', '.join(lacking)}", 400, errors={"shipping": lacking, "billing": lacking})
        try:
            self.baskets.mirror(basket, order, counting=True)
        except coupon_rules.NotApplicable as refusal:
            basket.codes.clear()
            raise RestError("woocommerce_rest_cart_coupon_errors", str(refusal), 409) from None
        token = next((str(one.get("value")) for one in body.get("payment_data", []) if "token" in str(one)), "")
        ended = till.pay(self.simulator, order, order.payment_method, token)
        if ended == till.DECLINED_CARD:
            raise RestError("woocommerce_rest_checkout_process_payment_error", "Your card was declined.", 400)
        basket.items.clear()
        return Answer(checkout_json(order, result=payment_result("success", _next_page(order, ended, base))))


def _next_page(order: Order, ended: str, base: str) -> str:
    if ended == till.ELSEWHERE:
        return pay_url(base, order).replace("pay_for_order=true&", "")
    return f"{base}/checkout/order-received/{order.id}/?key={quote(order.key)}"

