"""How a cart and a checkout look in the Store API: keys, their order and types are those of WooCommerce 10.0.2."""

from __future__ import annotations

import hashlib

from .baskets import Basket, Baskets
from .order import Line, Order
from .shapes import ADDRESS_KEYS, SYMBOLS, Json, image_url

_METHODS = ["bacs", "cheque", "cod", "local_card"]


def line_key(item: int) -> str:
    """By which a line of the cart is removed."""
    return hashlib.md5(str(item).encode(), usedforsecurity=False).hexdigest()


def cart_json(baskets: Baskets, basket: Basket, base: str) -> Json:
    """The cart with everything in it."""
    order = baskets.priced(basket)
    money, full = _currency(order), bool(order.lines)
    return {
        "items": [_item(baskets, order, line, base, money) for line in order.lines],
        "coupons": [
            {"code": use.code, "discount_type": use.discount_type, "totals": {
                "total_discount": str(use.discount), "total_discount_tax": str(use.discount_tax), **money}}
            for use in order.coupons
        ],
        "fees": [],
        "totals": _totals(order, money),
        "shipping_address": _address(order, email=False), "billing_address": _address(order),
        "needs_payment": order.total > 0, "needs_shipping": full, "payment_requirements": ["products"],
        "has_calculated_shipping": full, "shipping_rates": [_package(order, money)] if full else [],
        "items_count": sum(line.quantity for line in order.lines), "items_weight": 0, "cross_sells": [], "errors": [],
        "payment_methods": _METHODS, "extensions": {},
    }


def checkout_json(order: Order, *, result: Json | None, cart: Json | None = None) -> Json:
    """The checkout of an order. `result` says what became of the payment."""
    return {
        "order_id": order.id, "status": order.status, "order_key": order.key, "order_number": str(order.id),
        "customer_note": order.customer_note, "customer_id": order.customer_id, "billing_address": _address(order),
        "shipping_address": _address(order, email=False), "payment_method": order.payment_method,
        "payment_result": result, "additional_fields": {}, "__experimentalCart": cart, "extensions": {},
    }


def payment_result(status: str = "", redirect: str = "") -> Json:
    """What became of the payment; empty before it was tried."""
    details = [{"key": "result", "value": "success"}, {"key": "redirect", "value": redirect}] if redirect else []
    return {"payment_status": status, "payment_details": details, "redirect_url": redirect}


def _currency(order: Order) -> Json:
    sign = SYMBOLS.get(order.currency, order.currency)
    return {"currency_code": order.currency, "currency_symbol": sign, "currency_minor_unit": 2,
            "currency_decimal_separator": ".", "currency_thousand_separator": ",", "currency_prefix": sign,
            "currency_suffix": ""}


def _address(order: Order, *, email: bool = True) -> Json:
    keys = (*ADDRESS_KEYS, "email", "phone") if email else (*ADDRESS_KEYS, "phone")
    return {key: order.billing.get(key, "") for key in keys}


def _item(baskets: Baskets, order: Order, line: Line, base: str, money: Json) -> Json:
    item, tax = line.variation_id or line.product_id, order.tax
    product = baskets.world.products[line.product_id]
    return {
        "key": line_key(item), "id": item, "type": "variation" if line.variation_id else "simple",
        "quantity": line.quantity,
        "quantity_limits": {"minimum": 1, "maximum": baskets.stock_of(item) or 0, "multiple_of": 1, "editable": True},
        "name": line.name, "short_description": f"<p>{line.name}</p>", "description": f"<p>{product.description}</p>",
        "sku": line.sku, "low_stock_remaining": None, "backorders_allowed": False, "show_backorder_badge": False,
        "sold_individually": False, "permalink": f"{base}/product/{product.slug}/",
        "images": [_image(base, line)],
        "variation": [{"attribute": line.option_name, "value": line.option}] if line.variation_id else [],
        "item_data": [], "prices": _prices(line.price, money),
        "totals": {"line_subtotal": str(line.subtotal), "line_subtotal_tax": str(tax.of(line.subtotal) if tax else 0),
                   "line_total": str(line.total), "line_total_tax": str(tax.of(line.total) if tax else 0), **money},
        "catalog_visibility": "visible", "extensions": {},
    }


def _image(base: str, line: Line) -> Json:
    src = image_url(base, line.image)
    return {"id": line.image_id, "src": src, "thumbnail": src, "srcset": f"{src} 1000w",
            "sizes": "(max-width: 1000px) 100vw, 1000px", "name": line.image, "alt": line.name}


def _prices(price: int, money: Json) -> Json:
    same = dict.fromkeys(("price", "regular_price", "sale_price"), str(price))
    raw = dict.fromkeys(("price", "regular_price", "sale_price"), str(price * 10_000))
    return {**same, "price_range": None, **money, "raw_prices": {"precision": 6, **raw}}


def _totals(order: Order, money: Json) -> Json:
    tax, full = order.tax, bool(order.lines)
    items = sum(line.subtotal for line in order.lines)
    taxed = order.cart_tax + order.shipping_tax
    lines = [{"name": tax.label, "price": str(taxed), "rate": f"{tax.percent}%"}] if tax and full else []
    return {
        "total_items": str(items), "total_items_tax": str(tax.of(items) if tax else 0), "total_fees": "0",
        "total_fees_tax": "0", "total_discount": str(sum(use.discount for use in order.coupons)),
        "total_discount_tax": str(sum(use.discount_tax for use in order.coupons)),
        "total_shipping": str(order.shipping_total) if full else None,
        "total_shipping_tax": str(order.shipping_tax) if full else None,
        "total_price": str(order.total), "total_tax": str(taxed), "tax_lines": lines, **money,
    }


def _package(order: Order, money: Json) -> Json:
    kept = ("address_1", "address_2", "city", "state", "postcode", "country")
    told = ", ".join(f"{line.name} &times; {line.quantity}" for line in order.lines)
    rate = {
        "rate_id": "flat_rate:1", "name": "Flat rate", "description": "", "delivery_time": "",
        "price": str(order.shipping_total), "taxes": str(order.shipping_tax), "instance_id": 1,
        "method_id": "flat_rate", "meta_data": [{"key": "Items", "value": told}], "selected": True, **money,
    }
    items = [{"key": line_key(line.variation_id or line.product_id), "name": line.name, "quantity": line.quantity}
             for line in order.lines]
    return {"package_id": 0, "name": "Shipment 1", "destination": {key: order.billing.get(key, "") for key in kept},
            "items": items, "shipping_rates": [rate]}
