"""How orders and notes look as JSON: the keys, their order and types are those of WooCommerce 10.0.2."""

from __future__ import annotations

from typing import Any

from .order import STATUS_NAMES, CouponUse, Line, Meta, Note, Order, Tax
from .world import World

Json = dict[str, Any]

SYMBOLS = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "BRL": "R$"}
ADDRESS_KEYS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
_EDITABLE = ("pending", "on-hold", "auto-draft")


def money(amount: int) -> str:
    """Hundredths as text with two decimals: 3190 -> "31.90"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def number(amount: float) -> int | float:
    """A number as PHP writes it in JSON: without decimals when it has none."""
    return int(amount) if amount == int(amount) else amount


def bare(amount: int) -> str:
    """Hundredths as text without needless zeros: 500 -> "5", 4760 -> "47.6"."""
    return str(number(amount / 100))


def links(base: str, path: str, collection: str, allow: tuple[str, ...]) -> Json:
    """The `_links` every item carries."""
    return {
        "self": [{"href": f"{base}/wp-json/wc/v3/{path}", "targetHints": {"allow": list(allow)}}],
        "collection": [{"href": f"{base}/wp-json/wc/v3/{collection}"}],
    }


ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def order_json(world: World, order: Order, base: str, wanted: frozenset[str] | None = None) -> Json:
    """An order as the REST API shows it. With `wanted`, only these keys are made (what costs time is left out)."""
    shown = _head(world, order)
    shown.update(_who(order))
    shown.update(_marks(world, order))
    if wanted is None or wanted & {"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds"}:
        shown.update(_lines(order, base))
    shown.update(_tail(world, order, base))
    if wanted is None or "_links" in wanted:
        shown["_links"] = _order_links(order, base)
    return shown


def _head(world: World, order: Order) -> Json:
    cart_tax, shipping_tax = order.cart_tax, order.shipping_tax
    discount_tax = sum(use.discount_tax for use in order.coupons)
    return {
        "id": order.id, "parent_id": 0, "status": order.status, "currency": order.currency,
        "version": world.settings.woo_version, "prices_include_tax": False,
        "date_created": world.local(order.created), "date_modified": world.local(order.modified),
        "discount_total": money(sum(line.discount for line in order.lines)), "discount_tax": money(discount_tax),
        "shipping_total": money(order.shipping_total), "shipping_tax": money(shipping_tax),
        "cart_tax": money(cart_tax), "total": money(order.goods + cart_tax + order.shipping_total + shipping_tax),
        "total_tax": money(cart_tax + shipping_tax), "customer_id": order.customer_id, "order_key": order.key,
    }


def _who(order: Order) -> Json:
    there = order.shipping if order.shipping is not None else order.billing
    billing = {key: order.billing.get(key, "") for key in (*ADDRESS_KEYS, "email", "phone")}
    return {"billing": billing, "shipping": {key: there.get(key, "") for key in (*ADDRESS_KEYS, "phone")}}


def _marks(world: World, order: Order) -> Json:
    return {
        "payment_method": order.payment_method, "payment_method_title": order.payment_title,
        "transaction_id": order.transaction_id, "customer_ip_address": order.ip, "customer_user_agent": order.agent,
        "created_via": order.created_via, "customer_note": order.customer_note,
        "date_completed": world.local(order.completed), "date_paid": world.local(order.paid),
        "cart_hash": order.cart_hash, "number": str(order.id),
        "meta_data": [{"id": m.id, "key": m.key, "value": m.value} for m in order.meta],
    }


def _lines(order: Order, base: str) -> Json:
    return {
        "line_items": [line_json(order, line, base) for line in order.lines],
        "tax_lines": [_tax_line(order, order.tax)] if order.tax and order.lines else [],
        "shipping_lines": [_shipping_line(order)] if order.shipping_line_id else [],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(use) for use in order.coupons],
        "refunds": [{"id": r.id, "reason": r.reason, "total": "-" + money(r.amount)} for r in order.refunds],
    }


def _tail(world: World, order: Order, base: str) -> Json:
    return {
        "payment_url": pay_url(base, order), "is_editable": order.status in _EDITABLE,
        "needs_payment": order.needs_payment, "needs_processing": bool(order.lines),
        "date_created_gmt": world.gmt(order.created), "date_modified_gmt": world.gmt(order.modified),
        "date_completed_gmt": world.gmt(order.completed), "date_paid_gmt": world.gmt(order.paid),
        "currency_symbol": SYMBOLS.get(order.currency, order.currency),
    }


def pay_url(base: str, order: Order) -> str:
    """Where the customer pays this order."""
    return f"{base}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}"


def line_json(order: Order, line: Line, base: str) -> Json:
    """One line item."""
    tax = order.tax
    subtotal_tax, total_tax = (tax.of(line.subtotal), tax.of(line.total)) if tax else (0, 0)
    taxes = [{"id": tax.rate_id, "total": money(total_tax), "subtotal": money(subtotal_tax)}] if tax else []
    image: Json = {"id": "", "src": ""}
    if line.image:
        # For a variation WooCommerce sends the id as a number, for everything else as text.
        image = {"id": line.image_id if line.variation_id else str(line.image_id),
                 "src": image_url(base, line.image)}
    return {
        "id": line.id, "name": line.name, "product_id": line.product_id, "variation_id": line.variation_id,
        "quantity": line.quantity, "tax_class": "", "subtotal": money(line.subtotal),
        "subtotal_tax": money(subtotal_tax), "total": money(line.total), "total_tax": money(total_tax),
        "taxes": taxes, "meta_data": _line_meta(order, line), "sku": line.sku,
        "price": number(line.total / 100 / line.quantity) if line.quantity else 0,
        "image": image, "parent_name": line.name if line.variation_id else None,
    }


def _line_meta(order: Order, line: Line) -> list[Json]:
    shown = []
    if line.option:
        shown.append(_display_meta(Meta(line.id * 10, line.option_name.lower(), line.option), line.option_name))
    if order.paid is not None and order.created_via != "rest-api":
        shown.append(_display_meta(Meta(line.id * 10 + 1, "_reduced_stock", str(line.quantity)), "_reduced_stock"))
    return shown


def _display_meta(meta: Meta, display_key: str) -> Json:
    return {"id": meta.id, "key": meta.key, "value": meta.value, "display_key": display_key,
            "display_value": meta.value}


def _tax_line(order: Order, tax: Tax) -> Json:
    return {
        "id": order.tax_line_id, "rate_code": tax.rate_code, "rate_id": tax.rate_id, "label": tax.label,
        "compound": False, "tax_total": money(order.cart_tax), "shipping_tax_total": money(order.shipping_tax),
        "rate_percent": number(tax.percent), "meta_data": [],
    }


def _shipping_line(order: Order) -> Json:
    tax = order.tax
    taxes = [{"id": tax.rate_id, "total": money(order.shipping_tax), "subtotal": ""}] if tax and tax.on_shipping else []
    meta = []
    if order.shipping_instance:
        items = ", ".join(f"{line.name} &times; {line.quantity}" for line in order.lines)
        meta = [_display_meta(Meta(order.shipping_line_id * 10, "Items", items), "Items")]
    return {
        "id": order.shipping_line_id, "method_title": "Flat rate", "method_id": "flat_rate",
        "instance_id": order.shipping_instance, "total": money(order.shipping_total),
        "total_tax": money(order.shipping_tax), "taxes": taxes, "tax_status": "taxable", "meta_data": meta,
    }


def _coupon_line(use: CouponUse) -> Json:
    # The type is null in coupon_info for fixed_cart, WooCommerce's default.
    kind = "null" if use.discount_type == "fixed_cart" else f'"{use.discount_type}"'
    told = f'[{use.coupon_id},"{use.code}",{kind},{bare(use.amount)}]'
    return {
        "id": use.id, "code": use.code, "discount": bare(use.discount), "discount_tax": bare(use.discount_tax),
        "meta_data": [_display_meta(Meta(use.id * 10, "coupon_info", told), "coupon_info")],
        "discount_type": use.discount_type, "nominal_amount": number(use.amount / 100),
        "free_shipping": use.free_shipping,
    }


def _order_links(order: Order, base: str) -> Json:
    shown = links(base, f"orders/{order.id}", "orders", ALL_METHODS)
    if order.customer_id:
        shown["customer"] = [{"href": f"{base}/wp-json/wc/v3/customers/{order.customer_id}"}]
    shown["email_templates"] = [
        {"embeddable": True, "href": f"{base}/wp-json/wc/v3/orders/{order.id}/actions/email_templates"}]
    return shown


def image_url(base: str, name: str) -> str:
    """Where a picture of the media library lives."""
    return f"{base}/wp-content/uploads/2026/11/{name}"


def note_json(world: World, order: Order, note: Note, base: str) -> Json:
    """A note on an order."""
    shown = {
        "id": note.id, "author": note.author, "date_created": world.local(note.at),
        "date_created_gmt": world.gmt(note.at), "note": note.text, "customer_note": note.to_customer,
        "_links": links(base, f"orders/{order.id}/notes/{note.id}", f"orders/{order.id}/notes", ("GET", "DELETE")),
    }
    shown["_links"]["up"] = [{"href": f"{base}/wp-json/wc/v3/orders/{order.id}"}]  # type: ignore[index]
    return shown


def status_rows() -> list[Json]:
    """What `orders/statuses` answers."""
    return [{"slug": slug, "name": name} for slug, name in STATUS_NAMES.items()]


def only_fields(item: Any, fields: list[str] | None) -> Any:
    """An item cut down to `_fields`. As in WordPress, a path through a list ("line_items.name") keeps nothing of it."""
    if fields is None or not isinstance(item, dict):
        return item
    kept: Json = {}
    for key, value in item.items():
        inner = [f[len(key) + 1:] for f in fields if f.startswith(key + ".")]
        if key in fields:
            kept[key] = value
        elif inner and isinstance(value, dict):
            part = only_fields(value, inner)
            if part:
                kept[key] = part
    return kept
