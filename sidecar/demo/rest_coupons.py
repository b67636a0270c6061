"""Coupons over the REST API, with WooCommerce's odd corners: see woocommerce.md 23."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from .answers import Answer, RestError, invalid, listed, problem
from .order import Coupon
from .php import as_bool, as_list
from .rest import Call
from .rest_shop import page_of
from .shapes import ALL_METHODS, Json, links, money, only_fields

_TYPES = ("percent", "fixed_cart", "fixed_product")
_BOOLEANS = ("individual_use", "free_shipping", "exclude_sale_items")
_NUMBERS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")
_LISTS = ("product_ids", "excluded_product_ids", "email_restrictions")


def coupon_json(call: Call, coupon: Coupon) -> Json:
    """A coupon with WooCommerce's keys."""
    world = call.world
    return {
        "id": coupon.id, "code": coupon.code, "amount": money(coupon.amount), "status": coupon.status,
        "date_created": world.local(coupon.created), "date_created_gmt": world.gmt(coupon.created),
        "date_modified": world.local(coupon.modified), "date_modified_gmt": world.gmt(coupon.modified),
        "discount_type": coupon.discount_type, "description": coupon.description,
        "date_expires": world.local(coupon.expires), "date_expires_gmt": world.gmt(coupon.expires),
        "usage_count": len(coupon.used_by), "individual_use": coupon.individual_use,
        "product_ids": coupon.product_ids, "excluded_product_ids": coupon.excluded_product_ids,
        "usage_limit": coupon.usage_limit, "usage_limit_per_user": coupon.usage_limit_per_user,
        "limit_usage_to_x_items": coupon.limit_usage_to_x_items, "free_shipping": coupon.free_shipping,
        "product_categories": [], "excluded_product_categories": [],
        "exclude_sale_items": coupon.exclude_sale_items, "minimum_amount": money(coupon.minimum_amount),
        "maximum_amount": money(coupon.maximum_amount), "email_restrictions": coupon.email_restrictions,
        "used_by": coupon.used_by, "meta_data": [{"id": m.id, "key": m.key, "value": m.value} for m in coupon.meta],
        "_links": links(call.base, f"coupons/{coupon.id}", "coupons", ALL_METHODS),
    }


def list_coupons(call: Call) -> Answer:
    """`GET /coupons`, by `code` (in any case) or `search`."""
    rows = [row for row in reversed(call.world.coupons.values()) if row.status == "publish"]
    if "code" in call.params:
        rows = [row for row in rows if row.code == str(call.params["code"]).lower()]
    if "search" in call.params:
        rows = [row for row in rows if str(call.params["search"]).lower() in row.code]
    return page_of(call, rows, coupon_json)


def _find(call: Call, coupon_id: str) -> Coupon:
    coupon = call.world.coupons.get(int(coupon_id))
    if coupon is None:
        raise RestError("woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.", 404)
    return coupon


def get_coupon(call: Call, coupon_id: str) -> Answer:
    """`GET /coupons/ID`."""
    return Answer(only_fields(coupon_json(call, _find(call, coupon_id)), call.fields))


def create_coupon(call: Call) -> Answer:
    """`POST /coupons`: codes are kept in small letters and are unique in any case."""
    if "code" not in call.body:
        raise RestError("rest_missing_callback_param", "Missing parameter(s): code", 400, params=["code"])
    _check(call.body)
    code = str(call.body["code"]).lower()
    if any(known.code == code for known in call.world.coupons.values()):
        raise RestError("woocommerce_rest_coupon_code_already_exists", "The coupon code already exists", 400)
    now = call.world.seconds()
    coupon = Coupon(call.world.next_id(), code, now, now)
    _write(call, coupon)
    call.world.coupons[coupon.id] = coupon
    return Answer(coupon_json(call, coupon), 201, location=f"{call.base}/wp-json/wc/v3/coupons/{coupon.id}")


def update_coupon(call: Call, coupon_id: str) -> Answer:
    """`PUT /coupons/ID`."""
    coupon = _find(call, coupon_id)
    _check(call.body)
    _write(call, coupon)
    coupon.modified = call.world.seconds()
    return Answer(coupon_json(call, coupon))


def delete_coupon(call: Call, coupon_id: str) -> Answer:
    """`DELETE /coupons/ID`: into the trash, or for good with force. The answer shows it as it was."""
    coupon = _find(call, coupon_id)
    before = coupon_json(call, coupon)
    if as_bool(call.params.get("force", "")):
        del call.world.coupons[coupon.id]
    else:
        coupon.status = "trash"
    return Answer(before)


def _check(body: dict[str, Any]) -> None:
    problems: dict[str, Json] = {}
    for name in ("amount", "minimum_amount", "maximum_amount"):
        if name in body and not isinstance(body[name], str):
            problems[name] = problem("rest_invalid_type", f"{name} is not of type string.", {"param": name})
    if "discount_type" in body and body["discount_type"] not in _TYPES:
        problems["discount_type"] = problem("rest_not_in_enum", f"discount_type is not one of {listed(_TYPES)}.")
    if problems:
        raise invalid(problems)


def _write(call: Call, coupon: Coupon) -> None:
    body = call.body
    coupon.discount_type = str(body.get("discount_type", coupon.discount_type))
    coupon.description = str(body.get("description", coupon.description))
    for name in ("amount", "minimum_amount", "maximum_amount"):
        if name in body:
            setattr(coupon, name, round(float(body[name] or 0) * 100))
    if coupon.discount_type == "percent" and coupon.amount > 100_00:
        coupon.amount = 0  # accepted with 201 and kept as nothing: as recorded
    for name in _BOOLEANS:
        if name in body:
            setattr(coupon, name, as_bool(body[name]))
    for name in _NUMBERS:
        if name in body:
            setattr(coupon, name, int(body[name]) or None)
    for name in _LISTS:
        if name in body:
            setattr(coupon, name, _values(name, body[name]))
    if body.get("date_expires"):
        # Site time; date_expires_gmt is ignored, as WooCommerce does.
        face = datetime.fromisoformat(str(body["date_expires"])).replace(tzinfo=call.world.zone())
        coupon.expires = int(face.timestamp())


def _values(name: str, given: Any) -> list[Any]:
    """A list of a coupon; what is no e-mail address falls out without a word, as recorded."""
    if name != "email_restrictions":
        return [int(i) for i in as_list(given)]
    return [email for email in as_list(given) if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email)]
