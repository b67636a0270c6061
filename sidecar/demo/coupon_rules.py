"""What a coupon does at the checkout: when it is refused, what it takes off, and that a use is counted.

The refusals are WooCommerce's own words (the address that does not fit and the code that does not exist as recorded).
As WooCommerce does, a use counts from the moment an order takes it, and is given back when that order is cancelled.
"""

from __future__ import annotations

import fnmatch

from .order import Coupon, CouponUse, Order
from .shapes import money
from .world import World


class NotApplicable(Exception):
    """The coupon is refused; the text is what the customer reads, with its quotes as WooCommerce writes them."""


def use_code(world: World, order: Order, code: str) -> CouponUse:
    """Puts a code into an order: discounts its lines, frees its delivery, counts the use. Raises NotApplicable."""
    coupon = find(world, code)
    if coupon is None:
        raise NotApplicable(f"Coupon &quot;{code}&quot; cannot be applied because it does not exist.")
    check(world, coupon, order, code)
    discount = _take_off(world, coupon, order)
    if coupon.free_shipping and opens_free_shipping(world):
        order.shipping_total = 0
    tax = order.tax.of(discount) if order.tax else 0
    use = CouponUse(world.next_line_id(), coupon.id, coupon.code, coupon.discount_type, coupon.amount, discount, tax,
                    coupon.free_shipping)
    order.coupons.append(use)
    coupon.used_by.append(order.billing.get("email", ""))
    return use


def find(world: World, code: str) -> Coupon | None:
    """The published coupon with this code, in any case of letters."""
    wanted = code.strip().lower()
    return next((c for c in world.coupons.values() if c.code == wanted and c.status == "publish"), None)


def check(world: World, coupon: Coupon, order: Order, code: str) -> None:
    """Raises NotApplicable when the order may not have this coupon."""
    said = f"&quot;{code}&quot;"
    email = order.billing.get("email", "").strip().lower()
    subtotal = sum(line.subtotal for line in order.lines)
    if any(use.coupon_id == coupon.id for use in order.coupons):
        raise NotApplicable(f"Coupon code {said} already applied!")
    if _is_alone(world, coupon, order):
        raise NotApplicable(f"Sorry, coupon {said} has already been applied and cannot be used in conjunction with "
                            "other coupons.")
    if coupon.usage_limit and len(coupon.used_by) >= coupon.usage_limit:
        raise NotApplicable(f"Usage limit for coupon {said} has been reached.")
    if coupon.expires is not None and world.seconds() > coupon.expires:
        raise NotApplicable(f"Coupon {said} has expired.")
    if subtotal < coupon.minimum_amount:
        raise NotApplicable(f"The minimum spend for coupon {said} is {money(coupon.minimum_amount)}.")
    if coupon.exclude_sale_items and not _may_discount(world, coupon, order):
        raise NotApplicable(f"Sorry, coupon {said} is not valid for sale items.")
    if coupon.email_restrictions and not any(fnmatch.fnmatch(email, e.lower()) for e in coupon.email_restrictions):
        raise NotApplicable(f"Please enter a valid email at checkout to use coupon code {said}.")
    if coupon.usage_limit_per_user and coupon.used_by.count(email) >= coupon.usage_limit_per_user:
        raise NotApplicable(f"Usage limit for coupon {said} has been reached.")


def give_back(world: World, order: Order) -> None:
    """The uses of a cancelled order count no more."""
    email = order.billing.get("email", "")
    for use in order.coupons:
        coupon = world.coupons.get(use.coupon_id)
        if coupon is not None and email in coupon.used_by:
            coupon.used_by.remove(email)


def opens_free_shipping(world: World) -> bool:
    """Whether the shop has a free delivery that a coupon opens."""
    return world.settings.free_shipping_requires in ("coupon", "either")


def _is_alone(world: World, coupon: Coupon, order: Order) -> bool:
    """Whether this coupon, or one that is in the order already, does not stand with others."""
    held = [world.coupons[use.coupon_id] for use in order.coupons if use.coupon_id in world.coupons]
    return bool(held) and (coupon.individual_use or any(other.individual_use for other in held))


def _may_discount(world: World, coupon: Coupon, order: Order) -> bool:
    """Whether what is on sale leaves something to discount: any line for a percentage, every line for an amount."""
    plain = [not _is_on_sale(world, line.product_id) for line in order.lines]
    return any(plain) if coupon.discount_type == "percent" else all(plain)


def _is_on_sale(world: World, product_id: int) -> bool:
    product = world.products.get(product_id)
    return product is not None and product.on_sale


def _take_off(world: World, coupon: Coupon, order: Order) -> int:
    """Spreads the discount over the lines it concerns; how much it was."""
    lines = [line for line in order.lines if not (coupon.exclude_sale_items and _is_on_sale(world, line.product_id))]
    whole = sum(line.subtotal for line in lines)
    percent = coupon.discount_type == "percent"
    discount = left = whole * coupon.amount // 10_000 if percent else min(coupon.amount, whole)
    for line in lines:
        share = min(left, -(-discount * line.subtotal // whole) if whole else 0)
        line.discount, left = line.discount + share, left - share
    return discount
