"""From WooCommerce's JSON to ports.Order, one order at a time: a broken one is skipped with a reason."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sidecar.gateways.woocommerce import fields
from sidecar.gateways.woocommerce.fields import Row, Unusable
from sidecar.money import is_currency
from sidecar.ports import Order, OrderLine, OrderNote, SkippedOrder

# Only what is used is asked for: half the bytes, half the time. `line_items.name` and the like do not work: the
# lines are then left out altogether (orders-list-fields-nested-lineitems.json).
ORDER_FIELDS = (
    "id,number,order_key,status,currency,total,shipping_total,total_tax,discount_total,customer_id,"
    "billing.first_name,billing.last_name,billing.company,billing.email,billing.phone,billing.country,billing.state,"
    "billing.city,billing.postcode,payment_method,payment_method_title,payment_url,needs_payment,created_via,"
    "customer_ip_address,customer_note,coupon_lines,date_created_gmt,date_modified_gmt,date_paid_gmt,line_items,"
    "meta_data"
)
NOTE_FIELDS = "id,author,date_created_gmt,note"

MOST_LINES = 200
MOST_META = 200
META_KEY, META_VALUE = 100, 500
_TEXTS = ("number", "order_key", "payment_method", "payment_method_title", "created_via")
_PERSON = ("first_name", "last_name", "company", "state", "city", "postcode")
_TAG = re.compile(r"<[^<>]{0,200}>")
_PAYABLE = ("pending", "failed")
_SYSTEM_AUTHORS = ("WooCommerce", "system")


def read_order(row: Row) -> Order | SkippedOrder:
    """The order as a value, or why it cannot be used."""
    try:
        return _order(row)
    except Unusable as error:
        reason = f"The store's record of this order cannot be used: {error}."
        return SkippedOrder(order_id_of(row), reason, _changed_at(row))


def _changed_at(row: Row) -> datetime | None:
    try:
        return fields.maybe_moment(row, "date_modified_gmt")
    except Unusable:
        return None


def order_id_of(row: Row) -> int | None:
    """The id of an order, if it has a usable one."""
    try:
        return fields.whole(row, "id", least=1)
    except Unusable:
        return None


def _order(row: Row) -> Order:
    order_id = fields.whole(row, "id", least=1)
    currency = fields.needed(row, "currency").upper()
    if not is_currency(currency):
        raise Unusable(f"the currency {currency[:20]} is not known")
    status = fields.needed(row, "status").removeprefix("wc-")
    total = fields.amount(row, "total", currency)
    billing = fields.part(row, "billing")
    created = fields.moment(row, "date_created_gmt")
    number, key, method, method_title, via = fields.texts(row, _TEXTS)
    return Order(
        order_id=order_id,
        number=number or str(order_id),
        order_key=key,
        status=status,
        currency=currency,
        total_minor=total,
        shipping_minor=fields.amount(row, "shipping_total", currency, default="0"),
        tax_minor=fields.amount(row, "total_tax", currency, default="0"),
        discount_minor=fields.amount(row, "discount_total", currency, default="0"),
        customer_id=fields.whole(row, "customer_id") if row.get("customer_id") is not None else 0,
        **_person(billing),
        payment_method=method,
        payment_method_title=method_title,
        payment_url=fields.uncut(row, "payment_url", fields.URL),
        needs_payment=_needs_payment(row, status, total),
        created_via=via,
        customer_ip=fields.uncut(row, "customer_ip_address", 100),
        customer_note=fields.text(row, "customer_note", fields.NOTE),
        coupon_codes=tuple(fields.text(coupon, "code") for coupon in fields.rows(row, "coupon_lines")[:MOST_LINES]),
        created_at=created,
        modified_at=fields.moment(row, "date_modified_gmt"),
        paid_at=fields.maybe_moment(row, "date_paid_gmt"),
        lines=tuple(_line(line, currency) for line in fields.rows(row, "line_items")[:MOST_LINES]),
        meta=_meta(fields.rows(row, "meta_data")),
    )


def _person(billing: Row) -> dict[str, str]:
    country = fields.uncut(billing, "country", 2).upper()
    return {
        **dict(zip(_PERSON, fields.texts(billing, _PERSON), strict=True)),
        "email": fields.uncut(billing, "email", fields.EMAIL),
        "phone": fields.uncut(billing, "phone", fields.PHONE),
        "country": country if len(country) == 2 and country.isascii() and country.isalpha() else "",
    }


def _needs_payment(row: Row, status: str, total: int) -> bool:
    value = row.get("needs_payment")
    return value if isinstance(value, bool) else status in _PAYABLE and total > 0


def _line(row: Row, currency: str) -> OrderLine:
    quantity = fields.quantity(row)
    total = fields.amount(row, "total", currency, default="0")
    image = row.get("image")
    name, sku = fields.texts(row, ("name", "sku"))
    return OrderLine(
        product_id=fields.whole(row, "product_id") if row.get("product_id") is not None else 0,
        variation_id=fields.whole(row, "variation_id") if row.get("variation_id") is not None else 0,
        name=name,
        options=_options(fields.rows(row, "meta_data")),
        sku=sku,
        quantity=math.ceil(quantity),  # some shops sell by weight: 1.5 is shown as 2
        unit_minor=_unit(total, quantity),
        total_minor=total,
        image_url=_image(image) if isinstance(image, dict) else "",
    )


def _unit(total: int, quantity: Decimal | int) -> int:
    """The price of one. The API's own `price` is a float; total and quantity are exact."""
    if quantity in (0, 1):
        return total
    return int((total / Decimal(quantity)).quantize(Decimal(1), ROUND_HALF_UP))


def _image(image: Row) -> str:
    address = fields.uncut(image, "src", fields.URL)
    return address if address.startswith(("https://", "http://")) else ""


def _options(meta: list[Row]) -> str:
    """The chosen variation in words. Keys that begin with an underscore are the shop's machinery."""
    found: list[str] = []
    for item in meta[:MOST_META]:
        key = item.get("display_key", item.get("key"))
        value = item.get("display_value", item.get("value"))
        if not isinstance(key, str) or key.startswith("_") or not isinstance(value, str):
            continue
        # Themes wrap the value in <p>; what remains is text, and still as hostile as any.
        plain = html.unescape(_TAG.sub("", fields.clean(value[:1000]))).strip()
        found.extend([plain] if plain else [])
    return ", ".join(found)[: fields.OPTIONS]


def _meta(meta: list[Row]) -> Mapping[str, str]:
    """Scalar values by key: true and false become "yes" and "no". Later entries of a key win."""
    found: dict[str, str] = {}
    for item in meta[:MOST_META]:
        key, value = item.get("key"), _scalar(item.get("value"))
        if isinstance(key, str) and 0 < len(key) <= META_KEY and value is not None:
            found[fields.clean(key)] = value
    return found


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return fields.clean(str(value)[: META_VALUE * 2])[:META_VALUE]
    return None


def read_notes(rows: list[Row]) -> tuple[OrderNote, ...]:
    """The notes, oldest first. A note whose date cannot be read is left out."""
    found: list[tuple[int, OrderNote]] = []
    for row in rows[:1000]:
        try:
            at = fields.moment(row, "date_created_gmt")
            author = fields.text(row, "author")
            note = OrderNote(at, author, fields.text(row, "note", fields.NOTE), author in _SYSTEM_AUTHORS)
        except Unusable:
            continue
        found.append((order_id_of(row) or 0, note))
    return tuple(note for _, note in sorted(found, key=lambda entry: (entry[1].at, entry[0])))
