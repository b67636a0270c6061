"""The shop as a browser sees it: front page, products, the pay page, log-in. Plain HTML, no JavaScript needed."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from werkzeug.wrappers import Request, Response

from .baskets import Baskets
from .checkout import Checkout
from .order import STATUS_NAMES, Customer, Order
from .rest import base_of
from .shapes import SYMBOLS, money, pay_url
from .simulator import DECLINED, Simulator
from .world import World

_HTML = Path(__file__).parent / "html"


def _status_name(order: Order) -> str:
    return STATUS_NAMES.get(order.status, order.status)


def _amount(order: Order, amount: int) -> str:
    return f"{SYMBOLS.get(order.currency, order.currency + ' ')}{money(amount)}"


class Pages:
    """Answers everything that is not the API."""

    def __init__(self, world: World, simulator: Simulator) -> None:
        self.world, self.simulator = world, simulator
        self.baskets = Baskets(world, simulator)
        self._checkout = Checkout(world, simulator, self.baskets, self._show)
        self._templates = Environment(loader=FileSystemLoader(_HTML), autoescape=True, trim_blocks=True)
        self._templates.globals.update(status_name=_status_name, amount=_amount, money=money, pay_url=pay_url)

    def respond(self, request: Request) -> Response:
        """The page for an address."""
        path = request.path.rstrip("/") or "/"
        pay = re.fullmatch(r"/checkout/order-pay/(\d+)", path)
        received = re.fullmatch(r"/checkout/order-received/(\d+)", path)
        product = re.fullmatch(r"/product/([\w-]+)", path)
        with self.world.lock:
            if pay:
                return self._pay(request, int(pay[1]))
            if received:
                return self._received(request, int(received[1]))
            if product:
                return self._product(request, product[1])
            if path == "/checkout-link" or (path == "/" and request.args.get("checkout-link")):
                return self._checkout.follow_link(request)
            if path == "/checkout":
                return self._checkout.page(request)
            if path == "/cart":
                return self._checkout.empty_cart(request)
            if path in ("/", "/shop"):
                return self._front(request)
        if path == "/my-account":
            return self._show(request, "notice.html", "My account", message="Log in on the pay page of your order.")
        if path == "/store.css":
            return Response((_HTML / "store.css").read_bytes(), content_type="text/css; charset=UTF-8")
        return self._show(request, "notice.html", "Page not found", status=404, message="Page not found")

    def _show(self, request: Request, template: str, title: str, *, status: int = 200, **values: Any) -> Response:
        base = base_of(request)
        html = self._templates.get_template(template).render(title=title, base=base, shop=self.world.settings, **values)
        response = Response(html, status, content_type="text/html; charset=UTF-8")
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Link"] = f'<{base}/wp-json/>; rel="https://api.w.org/"'
        response.headers["Cache-Control"] = "no-cache, must-revalidate, max-age=0, no-store, private"
        return response

    # --- the shop window ------------------------------------------------------------------------------------

    def _front(self, request: Request) -> Response:
        unpaid = sorted((o for o in self.world.orders.values() if o.needs_payment), key=lambda o: -o.created)[:8]
        return self._show(request, "front.html", "Shop", products=self.world.products.values(), unpaid=unpaid)

    def _product(self, request: Request, slug: str) -> Response:
        product = next((known for known in self.world.products.values() if known.slug == slug), None)
        if product is None:
            return self._show(request, "notice.html", "Page not found", status=404, message="Page not found")
        return self._show(request, "product.html", product.name, product=product)

    # --- paying ---------------------------------------------------------------------------------------------

    def _pay(self, request: Request, order_id: int) -> Response:
        order = self.world.orders.get(order_id)
        if order is None or not _same(order.key, request.args.get("key", "")):
            return self._refuse(request, "Sorry, this order is invalid and cannot be paid for.")
        if order.customer_id and not self._signed_in(request, order.customer_id):
            return self._log_in(request, order)
        if not order.needs_payment:
            return self._refuse(request, f"This order’s status is “{_status_name(order)}”—it cannot be paid for. "
                                         "Please contact us if you need assistance.")
        gone = self._sold_out(order)
        if gone:
            return self._refuse(request, f"Sorry, “{gone}” is no longer in stock so this order cannot be paid for. "
                                         "We apologize for any inconvenience caused.")
        if request.method == "POST" and request.form.get("woocommerce_pay"):
            return self._take_payment(request, order)
        verified = self._verify(request, order)
        return verified if verified is not None else self._pay_form(request, order)

    def _refuse(self, request: Request, message: str) -> Response:
        return self._show(request, "notice.html", "Pay for order", message=message)

    def _sold_out(self, order: Order) -> str:
        """The name of a line that can no longer be had, or "" when all can."""
        for line in order.lines:
            product = self.world.products.get(line.product_id)
            choices = {choice.id: choice.stock for choice in product.options} if product else {}
            stock = choices.get(line.variation_id, product.stock) if product else None
            if stock is not None and stock <= 0:
                return line.name
        return ""

    def _verify(self, request: Request, order: Order) -> Response | None:
        """The form that asks a guest for the e-mail of an order older than ten minutes, or None when all is well."""
        email = order.billing.get("email", "")
        young = self.world.seconds() - order.created < self.world.settings.guest_grace_seconds
        given = request.form.get("email", "").strip().lower()
        if order.customer_id or not email or young or (given and given == email.lower()):
            return None
        return self._show(request, "verify.html", "Pay for order", mark=self._mark(order), wrong=bool(given))

    def _pay_form(self, request: Request, order: Order, error: str = "") -> Response:
        return self._show(request, "pay.html", "Pay for order", order=order, error=error, mark=self._mark(order))

    def _take_payment(self, request: Request, order: Order) -> Response:
        if not _same(request.form.get("woocommerce-pay-nonce", ""), self._mark(order)):
            return self._pay_form(request, order, "We were unable to process your order, please try again.")
        method, _, token = request.form.get("payment_method", "").partition(":")
        if method == "bacs":
            self.simulator.change_status(order, "on-hold", told="Awaiting BACS payment ")
        elif token == "tok_declined":
            self.simulator.fail_payment(order.id, reason=DECLINED)
            return self._pay_form(request, order, "Your card was declined.")
        else:
            self.simulator.pay(order.id)
        return _to(f"{base_of(request)}/checkout/order-received/{order.id}/?key={quote(order.key)}")

    def _received(self, request: Request, order_id: int) -> Response:
        order = self.world.orders.get(order_id)
        if order is None or not _same(order.key, request.args.get("key", "")):
            return self._refuse(request, "Sorry, this order is invalid and cannot be paid for.")
        return self._show(request, "received.html", "Order received", order=order)

    # --- accounts -------------------------------------------------------------------------------------------

    def _log_in(self, request: Request, order: Order) -> Response:
        customer = self._customer(request.form.get("username", ""))
        if request.method != "POST" or customer is None or customer.id != order.customer_id:
            return self._show(request, "login.html", "Pay for order")
        response = _to(pay_url(base_of(request), order))
        response.set_cookie("sample_store_customer", f"{customer.id}.{self._sign(str(customer.id))}", httponly=True,
                            samesite="Lax")
        return response

    def _customer(self, name: str) -> Customer | None:
        name = name.strip().lower()
        return next((c for c in self.world.customers.values() if name in (c.username, c.billing.get("email"))), None)

    def _signed_in(self, request: Request, customer_id: int) -> bool:
        held, _, mark = request.cookies.get("sample_store_customer", "").partition(".")
        return held == str(customer_id) and _same(mark, self._sign(held))

    def _sign(self, text: str) -> str:
        secret = self.world.keys[0].secret if self.world.keys else ""
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]

    def _mark(self, order: Order) -> str:
        return self._sign(f"pay {order.id} {order.key}")[:10]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _to(address: str) -> Response:
    response = Response("", 302)
    response.headers["Location"] = address
    return response
