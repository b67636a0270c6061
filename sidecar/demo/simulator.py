"""What happens to orders in a shop: placed, paid, refused, cancelled, edited, refunded, thrown away.

Each verb takes `bump=False` to leave date_modified as it was: payments that do not bump it exist, and Ringback must
notice them all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from . import coupon_rules
from .goods import Product
from .order import STATUS_NAMES, Line, Meta, Order, Refund
from .world import World, new_order_key

TIME_LIMIT = "Unpaid order cancelled - time limit reached."
DECLINED = "Local card payment failed (card_declined): Your card was declined."
AGENT = "Mozilla/5.0 (sample store)"
# A rough price list per currency, so that one catalogue serves all: units of the currency for one USD.
RATES = {"USD": 1.0, "CAD": 1.36, "AUD": 1.52, "NZD": 1.66, "EUR": 0.92, "GBP": 0.79, "JPY": 150.0}
SHIPPING = 1200


class Simulator:
    """The verbs of a shop, over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    # --- carts ----------------------------------------------------------------------------------------------

    def place(self, billing: Mapping[str, str], items: Sequence[tuple[int, int]], *, status: str = "pending",
              currency: str = "", created_via: str = "store-api", at: int | None = None, customer_id: int = 0,
              payment_method: str = "local_card", key: str = "", ip: str = "", note: str = "",
              meta: Mapping[str, str] | None = None) -> Order:
        """A customer places an order: items are (product or variation id, quantity). Returns it, not yet paid."""
        world = self.world
        with world.lock:
            moment = world.seconds() if at is None else at
            order = Order(
                id=world.next_id(), status=status, currency=currency or world.settings.currency,
                created_via=created_via, created=moment, modified=moment, key=key or new_order_key(),
                billing={name: str(value) for name, value in billing.items()}, customer_id=customer_id,
                payment_method=payment_method, ip=ip, agent=AGENT if ip else "", customer_note=note)
            order.payment_title = {"bacs": "Direct bank transfer", "local_card": "Credit card"}.get(payment_method, "")
            order.tax = world.taxes.get(billing.get("country", "")) or world.taxes.get(
                f"{billing.get('country')}:{billing.get('state')}")
            order.lines = [self.line(product_id, quantity, order.currency) for product_id, quantity in items]
            self._fit_out(order, meta or {})
            world.add_order(order)
        return order

    def _fit_out(self, order: Order, meta: Mapping[str, str]) -> None:
        world = self.world
        if order.tax:
            order.tax_line_id = world.next_line_id()
        if order.lines:
            order.shipping_line_id = world.next_line_id()
            order.shipping_total = round(SHIPPING * RATES.get(order.currency, 1.0))
        if order.created_via in ("store-api", "checkout"):
            order.shipping_instance = "1"
            order.cart_hash = self.cart_hash(order)
            if order.created_via == "store-api":
                self.set_meta(order, {"_coupons_hash": "d751713988987e9331980363e24189ce",
                                      "_fees_hash": "d751713988987e9331980363e24189ce",
                                      "_shipping_hash": order.cart_hash[::-1], "_taxes_hash": order.cart_hash[:32],
                                      "is_vat_exempt": "no"})
            else:
                self.set_meta(order, {"is_vat_exempt": "no"})
        self.set_meta(order, meta)

    def line(self, product_id: int, quantity: int, currency: str) -> Line:
        """A line for a product or a variation, priced in the order's currency."""
        world = self.world
        rate = RATES.get(currency, 1.0)
        for product in world.products.values():
            for choice in product.options:
                if choice.id == product_id:
                    return Line(world.next_line_id(), product.id, f"{product.name}", f"{product.sku}-{choice.option}",
                                quantity, round(choice.price * rate), variation_id=choice.id,
                                option_name=product.option_name, option=choice.option, image=product.image,
                                image_id=product.image_id)
        known: Product = world.products[product_id]
        return Line(world.next_line_id(), known.id, known.name, known.sku, quantity, round(known.price * rate),
                    image=known.image, image_id=known.image_id)

    @staticmethod
    def cart_hash(order: Order) -> str:
        """A hash of what is in the cart, as WooCommerce keeps one."""
        told = repr([(line.product_id, line.variation_id, line.quantity) for line in order.lines])
        return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()

    def set_meta(self, order: Order, meta: Mapping[str, str]) -> None:
        """Sets meta data by key."""
        for key, value in meta.items():
            held = next((known for known in order.meta if known.key == key), None)
            if held is not None:
                held.value = value
            else:
                order.meta.append(Meta(self.world.next_meta_id(), key, value))

    # --- money ----------------------------------------------------------------------------------------------

    def pay(self, order_id: int, *, bump: bool = True, at: int | None = None) -> Order:
        """The customer pays: the order becomes processing, with date_paid and the gateway's note."""
        order = self.world.orders[order_id]
        with self.world.lock:
            moment = self.world.seconds() if at is None else at
            if order.status == "checkout-draft":
                self.change_status(order, "pending", at=moment, bump=bump)
            order.paid = moment
            order.transaction_id = f"ch_local_{order.id}"
            self.change_status(order, "processing", at=moment, bump=bump)
            self.world.add_note(order, f"Local card charge complete (Charge ID: ch_local_{order.id})", at=moment)
        return order

    def fail_payment(self, order_id: int, *, reason: str = DECLINED, bump: bool = True, at: int | None = None) -> Order:
        """The gateway refuses: the order becomes failed, with the gateway's words in a note."""
        order = self.world.orders[order_id]
        self.change_status(order, "failed", told=reason + "  ", bump=bump, at=at)
        return order

    def refund(self, order_id: int, *, amount: int | None = None, reason: str = "", bump: bool = True,
               at: int | None = None) -> Order:
        """Money goes back, all of it by default; then the order becomes refunded."""
        world, order = self.world, self.world.orders[order_id]
        with world.lock:
            given = order.total if amount is None else amount
            order.refunds.append(Refund(world.next_id(), world.seconds() if at is None else at, given, reason))
            if given >= order.total:
                self.change_status(order, "refunded", bump=bump, at=at)
            else:
                world.touch(order, bump=bump, at=at)
        return order

    # --- the shop and the clock -----------------------------------------------------------------------------

    def cancel(self, order_id: int, *, hold_stock: bool = False, bump: bool = True, at: int | None = None) -> Order:
        """The order is cancelled, by WooCommerce's hold-stock or by a person in the shop."""
        order = self.world.orders[order_id]
        author = "WooCommerce" if hold_stock else "admin"
        self.change_status(order, "cancelled", told=f"{TIME_LIMIT} " if hold_stock else "", bump=bump, at=at,
                           author=author)
        return order

    def edit(self, order_id: int, *, bump: bool = True, billing: Mapping[str, str] | None = None,
             items: Sequence[tuple[int, int]] | None = None, **values: Any) -> Order:
        """Changes anything about an order: parts of the billing address, the items, or its plain fields."""
        order = self.world.orders[order_id]
        with self.world.lock:
            order.billing = {**order.billing, **(billing or {})}
            if items is not None:
                order.lines = [self.line(product_id, quantity, order.currency) for product_id, quantity in items]
            for name, value in values.items():
                setattr(order, name, value)
            self.world.touch(order, bump=bump)
        return order

    def change_status(self, order: Order, status: str, *, told: str = "", bump: bool = True, at: int | None = None,
                      author: str = "WooCommerce") -> None:
        """Moves an order on, with the note WooCommerce writes about it."""
        world = self.world
        with world.lock:
            before, order.status = order.status, status
            if status in ("processing", "completed") and order.paid is None:
                order.paid = world.seconds() if at is None else at
            if status == "cancelled" and before != status:
                coupon_rules.give_back(world, order)
            if status == "completed":
                order.completed = world.seconds() if at is None else at
            world.touch(order, at=at, bump=bump)
            if before != status:
                old, new = STATUS_NAMES.get(before, before), STATUS_NAMES.get(status, status)
                world.add_note(order, f"{told}Order status changed from {old} to {new}.", at=at, author=author)

    def trash(self, order_id: int) -> Order:
        """Puts an order in the trash: lists no longer show it, a single GET does."""
        order = self.world.orders[order_id]
        with self.world.lock:
            order.parked_status, order.status = order.status, "trash"
            self.world.touch(order)
        return order

    def delete(self, order_id: int) -> None:
        """Deletes an order for good."""
        self.world.drop_order(self.world.orders[order_id])

    def run_cron(self) -> None:
        """What WordPress does now and then: cancels unpaid classic orders after hold-stock, deletes idle drafts."""
        world = self.world
        with world.lock:
            now = world.seconds()
            held = world.settings.hold_stock_minutes
            for order in [o for o in world.orders.values() if o.status in ("pending", "checkout-draft")]:
                idle = now - order.modified
                if order.status == "pending" and order.created_via == "checkout" and held and idle > held * 60:
                    self.cancel(order.id, hold_stock=True)
                elif order.status == "checkout-draft" and idle > world.settings.keep_drafts_hours * 3600:
                    self.delete(order.id)
