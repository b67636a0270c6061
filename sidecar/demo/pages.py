"""The shop as a browser sees it: front page, products, the pay page, log-in. Plain HTML, no JavaScript needed."""

from __future__ import annotations

import hashlib
import hmac
import re
from html import escape
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from .order import STATUS_NAMES, Customer, Order, Product
from .rest import base_of
from .shapes import SYMBOLS, image_url, money, pay_url
from .simulator import DECLINED, Simulator
from .world import World

_STYLE = """
:root{color-scheme:light dark;--ink:#22252b;--soft:#5c626d;--line:#d9dbe0;--ground:#fbfaf7;--card:#fff;--accent:#2a7078}
@media(prefers-color-scheme:dark){:root{--ink:#eceae5;--soft:#a5a9b1;--line:#3a3e46;--ground:#191b1f;--card:#22252b;--accent:#6cb6bf}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
header,main,footer{max-width:960px;margin:0 auto;padding:1rem}header{display:flex;justify-content:space-between;align-items:baseline}
header a{color:inherit;text-decoration:none;font-weight:700;font-size:1.25rem}.goods{display:grid;gap:1rem;padding:0;list-style:none;
grid-template-columns:repeat(auto-fill,minmax(190px,1fr))}.goods li,.box{background:var(--card);border:1px solid var(--line);border-radius:8px;
overflow:hidden}.goods img{width:100%;height:auto;display:block}.goods div,.box{padding:.75rem 1rem}.goods a,.box a{color:var(--accent)}
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:.5rem;border-bottom:1px solid var(--line)}td:last-child,th:last-child{text-align:right}
tfoot th{font-weight:400;color:var(--soft)}tfoot tr:last-child th,tfoot tr:last-child td{font-weight:700;color:inherit}
button,input[type=email],input[type=text],input[type=password]{font:inherit;padding:.65rem 1rem;border-radius:6px;border:1px solid var(--line)}
button{background:var(--accent);color:#fff;border:0;cursor:pointer}@media(prefers-color-scheme:dark){button{color:#10201f}}
.wc-block-components-notice-banner{border:1px solid var(--line);border-left:4px solid var(--accent);padding:.75rem 1rem;margin:1rem 0;background:var(--card)}
.is-error{border-left-color:#ba4034}label{display:block;margin:.35rem 0}.muted{color:var(--soft)}
"""


class Pages:
    """Answers everything that is not the API."""

    def __init__(self, world: World, simulator: Simulator) -> None:
        self.world, self.simulator = world, simulator

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
            if path in ("/", "/shop"):
                return self._front(request)
        return self._page(request, "Page not found", "<h1>Page not found</h1>", 404)

    def _page(self, request: Request, title: str, body: str, status: int = 200) -> Response:
        shop = self.world.settings
        base = base_of(request)
        html = (f'<!DOCTYPE html>\n<html lang="en-US"><head><meta charset="UTF-8"><meta name="viewport" content="width=device-'
                f'width, initial-scale=1"><meta name="robots" content="noindex"><title>{escape(title)} &#8211; '
                f"{escape(shop.name)}</title><style>{_STYLE}</style></head><body><header><a href=\"{base}/\">{escape(shop.name)}"
                f'</a><span class="muted">{escape(shop.tagline)}</span></header><main>{body}</main><footer class="muted">'
                "Sample store. Nothing here is for sale.</footer></body></html>")
        response = Response(html, status, content_type="text/html; charset=UTF-8")
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Link"] = f'<{base}/wp-json/>; rel="https://api.w.org/"'
        response.headers["Cache-Control"] = "no-cache, must-revalidate, max-age=0, no-store, private"
        return response

    # --- the shop window ------------------------------------------------------------------------------------

    def _front(self, request: Request) -> Response:
        base = base_of(request)
        goods = "".join(self._tile(base, product) for product in self.world.products.values())
        unpaid = sorted((o for o in self.world.orders.values() if o.needs_payment), key=lambda o: -o.created)[:8]
        rows = "".join(
            f'<tr><td><a href="{escape(pay_url(base, order))}">Order {order.id}</a></td><td>'
            f"{escape(STATUS_NAMES.get(order.status, order.status))}</td><td>{self._amount(order, order.total)}</td></tr>"
            for order in unpaid)
        return self._page(request, "Shop", f'<h1>{escape(self.world.settings.tagline)}</h1><ul class="goods">{goods}</ul>'
                          f"<h2>Orders waiting to be paid</h2><table><tbody>{rows}</tbody></table>")

    def _tile(self, base: str, product: Product) -> str:
        return (f'<li><img src="{image_url(base, product.image)}" alt="" width="320" height="320" loading="lazy"><div>'
                f'<a href="{base}/product/{product.slug}/">{escape(product.name)}</a><br>${money(product.price)}</div></li>')

    def _product(self, request: Request, slug: str) -> Response:
        product = next((known for known in self.world.products.values() if known.slug == slug), None)
        if product is None:
            return self._page(request, "Page not found", "<h1>Page not found</h1>", 404)
        sold_out = product.stock is not None and product.stock <= 0
        return self._page(request, product.name, (
            f'<h1>{escape(product.name)}</h1><p><img src="{image_url(base_of(request), product.image)}" alt="" width="320" '
            f'height="320"></p><p>{escape(product.description)}</p><p><strong>${money(product.price)}</strong> '
            f'<span class="muted">{"Out of stock" if sold_out else "In stock"}</span></p>'))

    # --- paying ---------------------------------------------------------------------------------------------

    def _pay(self, request: Request, order_id: int) -> Response:
        order = self.world.orders.get(order_id)
        if order is None or not hmac.compare_digest(order.key, request.args.get("key", "")):
            return self._refuse(request, "Sorry, this order is invalid and cannot be paid for.")
        if order.customer_id and not self._signed_in(request, order.customer_id):
            return self._log_in(request, order)
        if not order.needs_payment:
            name = STATUS_NAMES.get(order.status, order.status)
            return self._refuse(request, f"This order’s status is “{name}”—it cannot be paid for. "
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
        return self._page(request, "Pay for order", _notice(message, "is-error", "alert"))

    def _sold_out(self, order: Order) -> str:
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
        wrong = _notice("We were unable to verify the email address you provided. Please try again.", "is-error", "alert")
        return self._page(request, "Pay for order", (
            f'<form name="checkout" method="post" class="woocommerce-form woocommerce-verify-email box">'
            f'{self._nonce(order, "check_submission")}{wrong if given else ""}<p>To view this page, you must either '
            '<a href="/my-account/">login</a> or verify the email address associated with the order.</p><p><label for="email">'
            'Email address</label><input type="email" name="email" id="email" autocomplete="email" required></p><p><button '
            'type="submit" name="verify" value="1">Verify</button></p></form>'))

    def _pay_form(self, request: Request, order: Order, error: str = "") -> Response:
        rows = "".join(
            f'<tr class="order_item"><td>{escape(line.name)}{f" – {escape(line.option)}" if line.option else ""}</td>'
            f"<td>&times;&nbsp;{line.quantity}</td><td>{self._amount(order, line.total)}</td></tr>" for line in order.lines)
        sums = [("Subtotal:", order.goods), ("Shipping:", order.shipping_total)]
        if order.tax:
            sums.append((f"{order.tax.label}:", order.cart_tax + order.shipping_tax))
        sums.append(("Total:", order.total))
        foot = "".join(f'<tr><th scope="row" colspan="2">{escape(label)}</th><td>{self._amount(order, amount)}</td></tr>'
                       for label, amount in sums)
        methods = (("local_card", "tok_ok", "Credit card"), ("local_card", "tok_declined", "Credit card that is declined"),
                   ("bacs", "", "Direct bank transfer"))
        choices = "".join(
            f'<label><input type="radio" name="payment_method" value="{method}:{token}"{" checked" if not place else ""}> '
            f"{title}</label>" for place, (method, token, title) in enumerate(methods))
        return self._page(request, "Pay for order", (
            f'<h1>Pay for order</h1>{_notice(error, "is-error", "alert") if error else ""}<form id="order_review" method="post" '
            f'class="box"><table class="shop_table"><thead><tr><th>Product</th><th>Qty</th><th>Totals</th></tr></thead><tbody>'
            f'{rows}</tbody><tfoot>{foot}</tfoot></table><div id="payment">{choices}<input type="hidden" name="woocommerce_pay" '
            f'value="1">{self._nonce(order, "woocommerce-pay-nonce")}<p><button type="submit" id="place_order" value="Pay for '
            'order">Pay for order</button></p></div></form>'))

    def _take_payment(self, request: Request, order: Order) -> Response:
        if not hmac.compare_digest(request.form.get("woocommerce-pay-nonce", ""), self._mark(order)):
            return self._pay_form(request, order, "We were unable to process your order, please try again.")
        method, _, token = request.form.get("payment_method", "").partition(":")
        if method == "bacs":
            self.simulator.change_status(order, "on-hold", told="Awaiting BACS payment ")
        elif token == "tok_declined":
            self.simulator.fail_payment(order.id, reason=DECLINED)
            return self._pay_form(request, order, "Your card was declined.")
        else:
            self.simulator.pay(order.id)
        response = Response("", 302)
        response.headers["Location"] = f"{base_of(request)}/checkout/order-received/{order.id}/?key={quote(order.key)}"
        return response

    def _received(self, request: Request, order_id: int) -> Response:
        order = self.world.orders.get(order_id)
        if order is None or not hmac.compare_digest(order.key, request.args.get("key", "")):
            return self._refuse(request, "Sorry, this order is invalid and cannot be paid for.")
        return self._page(request, "Order received", (
            '<h1>Order received</h1><p class="woocommerce-thankyou-order-received">Thank you. Your order has been received.'
            f"</p><p>Order {order.id}, {escape(STATUS_NAMES.get(order.status, order.status))}, "
            f"{self._amount(order, order.total)}.</p>"))

    # --- accounts -------------------------------------------------------------------------------------------

    def _log_in(self, request: Request, order: Order) -> Response:
        customer = self._customer(request.form.get("username", ""))
        if request.method == "POST" and customer is not None and customer.id == order.customer_id:
            response = Response("", 302)
            response.headers["Location"] = pay_url(base_of(request), order)
            response.set_cookie("sample_store_customer", f"{customer.id}.{self._sign(str(customer.id))}", httponly=True,
                                samesite="Lax")
            return response
        return self._page(request, "Pay for order", (
            _notice("Please log in to your account below to continue to the payment form.", "is-info", "status")
            + '<form class="woocommerce-form woocommerce-form-login login box" method="post"><p><label for="username">Username or '
            'email</label><input type="text" name="username" id="username" autocomplete="username" required></p><p><label '
            'for="password">Password</label><input type="password" name="password" id="password" autocomplete="current-'
            'password"></p><p><button type="submit" name="login" value="Log in">Log in</button></p><p class="muted">This '
            "sample store takes any password.</p></form>"))

    def _customer(self, name: str) -> Customer | None:
        name = name.strip().lower()
        return next((c for c in self.world.customers.values() if name in (c.username, c.billing.get("email"))), None)

    def _signed_in(self, request: Request, customer_id: int) -> bool:
        held, _, mark = request.cookies.get("sample_store_customer", "").partition(".")
        return held == str(customer_id) and hmac.compare_digest(mark, self._sign(held))

    def _sign(self, text: str) -> str:
        secret = self.world.keys[0].secret if self.world.keys else ""
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]

    def _mark(self, order: Order) -> str:
        return self._sign(f"pay {order.id} {order.key}")[:10]

    def _nonce(self, order: Order, name: str) -> str:
        return f'<input type="hidden" name="{name}" value="{self._mark(order)}">'

    @staticmethod
    def _amount(order: Order, amount: int) -> str:
        return f"{escape(SYMBOLS.get(order.currency, order.currency + ' '))}{money(amount)}"


def _notice(message: str, kind: str, role: str) -> str:
    return (f'<div class="wc-block-components-notice-banner {kind}" role="{role}"><div class="wc-block-components-notice-'
            f'banner__content">{escape(message, quote=False)}</div></div>')
