"""An order as rows of ours: the cart's columns, its lines, and the hash by which contents are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from sidecar.carts.order_text import LINE, NAME, NOTE, place, plain, plain_all, web_address, whole
from sidecar.contacts.address import writable
from sidecar.contacts.phone import e164
from sidecar.money import is_currency
from sidecar.ports import Order, OrderLine

_HASHED_AS = "2:"  # changes with what is hashed, so that an upgrade does not look like activity
_CLOCK_AHEAD = timedelta(days=1)
_INT32 = 2**31 - 1
_MOST_LINES = 200  # of one order; more is a script, not a customer


def order_row(
    order: Order, meta_keys: Iterable[str], fingerprint: Callable[..., str], *, now: datetime
) -> dict[str, Any]:
    """The columns of a cart that an order tells, cleaned, with their `content_hash`."""
    row = _money(order)
    row.update(_customer(order, fingerprint))
    row.update(_checkout(order))
    row["content_hash"] = _hash(row, order.lines)
    row["meta"] = {key: plain(order.meta[key]) for key in meta_keys if key in order.meta}
    row["order_id"] = order.order_id
    row["ordered_at"] = min(order.created_at, now)
    # A date of 2099 would make every later reading look old; a clock that is a little ahead is taken at its word.
    row["modified_at"] = order.modified_at if order.modified_at <= now + _CLOCK_AHEAD else now
    return row


def is_another(content_hash: str, before: str) -> bool:
    """Whether two hashes tell of different contents; one made in another way, or none, tells nothing."""
    return content_hash != before and before.startswith(_HASHED_AS)


def line_rows(cart_id: int, lines: Iterable[OrderLine]) -> list[dict[str, Any]]:
    """The rows of a cart's lines."""
    return [_line_row(cart_id, position, line) for position, line in enumerate(tuple(lines)[:_MOST_LINES])]


def _line_row(cart_id: int, position: int, line: OrderLine) -> dict[str, Any]:
    name, options = plain_all((line.name, line.options))
    return {
        "cart_id": cart_id,
        "position": position,
        "product_id": whole(line.product_id),
        "variation_id": whole(line.variation_id),
        "name": name,
        "options": options,
        "sku": plain(line.sku, NAME),
        "quantity": whole(line.quantity, -_INT32, _INT32),
        "unit_minor": whole(line.unit_minor),
        "total_minor": whole(line.total_minor),
        "image_url": web_address(line.image_url),
    }


def _money(order: Order) -> dict[str, Any]:
    number, status = plain_all((order.number, order.status), NAME)
    return {
        "number": number or str(order.order_id),
        "status": status,
        "currency": order.currency if is_currency(order.currency) else plain(order.currency, 10),
        "total_minor": whole(order.total_minor),
        "goods_minor": whole(order.goods_minor),
        "shipping_minor": whole(order.shipping_minor),
        "tax_minor": whole(order.tax_minor),
        "discount_minor": whole(order.discount_minor),
    }


def _customer(order: Order, fingerprint: Callable[..., str]) -> dict[str, Any]:
    country, region = place(order.country, order.state)
    full_name = f"{order.first_name[:1000]} {order.last_name[:1000]}"
    name, company, city = plain_all((full_name, order.company, order.city), NAME)
    ip = plain(order.customer_ip, 60)
    return {
        "name": name or company,
        "email": writable(order.email),
        "phone": plain(order.phone, 60),
        "phone_e164": e164(order.phone, country),
        "country": country,
        "region": region,
        "city": city,
        "postcode": plain(order.postcode, 20),
        "customer_id": whole(order.customer_id, 0, _INT32),
        "customer_note": plain(order.customer_note, NOTE),
        "ip_fingerprint": fingerprint("ip", ip) if ip else "",
    }


def _checkout(order: Order) -> dict[str, Any]:
    via, method = plain_all((order.created_via, order.payment_method), NAME)
    return {
        "created_via": via,
        "payment_method": method,
        "payment_method_title": plain(order.payment_method_title, LINE),
        "payment_url": web_address(order.payment_url),
        "needs_payment": order.needs_payment,
        "coupon_codes": [plain(code, NAME) for code in order.coupon_codes[:20]],
    }


def _hash(row: Mapping[str, Any], lines: tuple[OrderLine, ...]) -> str:
    """The same for the same contents, whatever the dates say: modified dates lie both ways (woocommerce.md 6)."""
    parts = [*row.values()]
    for line in lines[:_MOST_LINES]:
        parts += (line.product_id, line.variation_id, line.name, line.options, line.sku)
        parts += (line.quantity, line.unit_minor, line.total_minor, line.image_url)
    digest = hashlib.blake2b(_written(parts), digest_size=16).hexdigest()
    return _HASHED_AS + digest


def _written(parts: list[Any]) -> bytes:
    try:
        return orjson.dumps(parts)
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits
        return repr(parts).encode("utf-8", "backslashreplace")
