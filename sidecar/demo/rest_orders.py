"""Orders and their notes over the REST API."""

from __future__ import annotations

import re
from typing import Any

from . import asking, coupon_rules
from .answers import Answer, RestError, invalid, problem
from .order import Order
from .php import Params, as_bool
from .rest import Call
from .shapes import Json, note_json, only_fields, order_json, status_rows

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PLAIN = ("customer_note", "payment_method", "transaction_id", "currency", "customer_id")


def list_orders(call: Call) -> Answer:
    """`GET /orders`."""
    world = call.world
    params = asking.check(call.params)
    ids = asking.answer(world, asking.ask(world, params))
    per_page = int(params.get("per_page", 10))
    pages, start, link = call.page(len(ids), _echo(params))
    shown = [world.orders[i] for i in ids[start:start + per_page] if i not in world.hidden]
    total = len(ids)
    if start >= total > 0 and world.settings.storage == "posts":
        total, pages = 0, 0  # the storages count a page past the end differently; nobody should rely on it
    body = [_show(call, order) for order in shown]
    return Answer(body, total=total, pages=pages, link=link)


def _echo(params: Params) -> Params:
    """The parameters as WooCommerce repeats them in paging links."""
    told: Params = {name: value for name, value in params.items() if name != "status"}
    if "dates_are_gmt" in told:
        told["dates_are_gmt"] = "1" if told["dates_are_gmt"] else ""
    statuses = params.get("status", ["any"])
    if statuses:
        told["status"] = statuses
    told.setdefault("dp", 2)
    told.setdefault("context", "view")
    return told


def _show(call: Call, order: Order) -> Any:
    fields = call.fields
    wanted = frozenset(field.partition(".")[0] for field in fields) if fields is not None else None
    return only_fields(order_json(call.world, order, call.base, wanted), fields)


def find_order(call: Call, order_id: str, *, status: int = 404, message: str = "Invalid ID.") -> Order:
    """The order, or WooCommerce's error for an id that is none."""
    order = call.world.orders.get(int(order_id))
    if order is None:
        raise RestError("woocommerce_rest_shop_order_invalid_id", message, status)
    return order


def get_order(call: Call, order_id: str) -> Answer:
    """`GET /orders/ID`: the trash is visible here, what was deleted is 404."""
    return Answer(_show(call, find_order(call, order_id)))


def statuses(_call: Call) -> Answer:
    """`GET /orders/statuses`."""
    return Answer(status_rows())


def delete_order(call: Call, order_id: str) -> Answer:
    """`DELETE /orders/ID`: into the trash, or for good with force. The answer shows the order as it was."""
    order = find_order(call, order_id)
    before = order_json(call.world, order, call.base)
    if as_bool(call.params.get("force", call.body.get("force", "false"))):
        call.simulator.delete(order.id)
    elif order.status == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The order has already been deleted.", 410)
    else:
        call.simulator.trash(order.id)
    return Answer(before)


def create_order(call: Call) -> Answer:
    """`POST /orders`: an order made over the API, as shops' other software makes them."""
    _check_order(call.body)
    items = [(int(item.get("variation_id") or item["product_id"]), int(item.get("quantity", 1)))
             for item in call.body.get("line_items", []) if "product_id" in item]
    order = call.simulator.place(
        call.body.get("billing", {}), items, created_via="rest-api", status=call.body.get("status", "pending"),
        currency=call.body.get("currency", ""), payment_method=call.body.get("payment_method", ""),
        customer_id=int(call.body.get("customer_id", 0)))
    _write(call, order, {name: value for name, value in call.body.items() if name not in ("status", "line_items")})
    location = f"{call.base}/wp-json/wc/v3/orders/{order.id}"
    return Answer(order_json(call.world, order, call.base), 201, location=location)


def update_order(call: Call, order_id: str) -> Answer:
    """`PUT /orders/ID`. With HPOS every PUT bumps date_modified, even an empty one; the legacy storage bumps it for
    a change of status or customer note alone."""
    _check_order(call.body)
    order = find_order(call, order_id, status=400)
    before = (order.status, order.customer_note)
    _write(call, order, call.body)
    bump = call.world.settings.storage == "hpos" or before != (order.status, order.customer_note)
    call.world.touch(order, bump=bump)
    return Answer(order_json(call.world, order, call.base))


def _check_order(body: dict[str, Any]) -> None:
    if "status" in body:
        error = asking.unknown_status(str(body["status"]))
        if error is not None:
            raise error
    email = (body.get("billing") or {}).get("email", "")
    if email and not _EMAIL.fullmatch(str(email)):
        raise invalid({"billing": problem("rest_invalid_email", "Invalid email address.")})


def _write(call: Call, order: Order, body: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in body:
            setattr(order, name, int(body[name]) if name == "customer_id" else str(body[name]))
    if "billing" in body:
        order.shipping = order.shipping if order.shipping is not None else dict(order.billing)
        order.billing = {**order.billing, **{k: str(v) for k, v in body["billing"].items()}}
    if "shipping" in body:
        order.shipping = {**(order.shipping or {}), **{k: str(v) for k, v in body["shipping"].items()}}
    call.simulator.set_meta(order, {str(m["key"]): str(m["value"]) for m in body.get("meta_data", []) if "key" in m})
    for item in body.get("line_items", []):
        for line in order.lines:
            if line.id == item.get("id") and "quantity" in item:
                line.pinned_subtotal, line.quantity = line.subtotal, int(item["quantity"])
    for use in body.get("coupon_lines", []):
        _apply_coupon(call, order, str(use.get("code", "")))
    if as_bool(body.get("set_paid", "")):
        call.simulator.pay(order.id)
    elif body.get("status", order.status) != order.status:
        call.simulator.change_status(order, str(body["status"]), bump=False)


def _apply_coupon(call: Call, order: Order, code: str) -> None:
    try:
        coupon_rules.use_code(call.world, order, code)
    except coupon_rules.NotApplicable as refusal:
        raise RestError("woocommerce_rest_invalid_coupon", str(refusal), 400) from None


# --- notes ------------------------------------------------------------------------------------------------------


def list_notes(call: Call, order_id: str) -> Answer:
    """`GET /orders/ID/notes`: all of them, newest first, never in pages."""
    order = find_order(call, order_id, message="Invalid order ID.")
    kind = call.params.get("type", "any")
    notes = [note for note in call.world.notes_of(order.id)
             if kind == "any" or note.to_customer == (kind == "customer")]
    return Answer([only_fields(note_json(call.world, order, note, call.base), call.fields) for note in notes])


def create_note(call: Call, order_id: str) -> Answer:
    """`POST /orders/ID/notes`."""
    if "note" not in call.body:
        raise RestError("rest_missing_callback_param", "Missing parameter(s): note", 400, params=["note"])
    order = find_order(call, order_id, message="Invalid order ID.")
    author = call.key.username if call.key and as_bool(call.body.get("added_by_user", "")) else "WooCommerce"
    note = call.world.add_note(order, str(call.body["note"]), author=author,
                               to_customer=as_bool(call.body.get("customer_note", "")))
    shown = note_json(call.world, order, note, call.base)
    return Answer(shown, 201, location=shown["_links"]["self"][0]["href"])


def one_note(call: Call, order_id: str, note_id: str) -> Answer:
    """`GET` and `DELETE /orders/ID/notes/NOTE`; notes have no trash, so a delete needs force."""
    order = find_order(call, order_id, message="Invalid order ID.")
    note = next((n for n in call.world.notes.get(order.id, []) if n.id == int(note_id)), None)
    if note is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    if call.request.method == "DELETE":
        if not as_bool(call.params.get("force", "")):
            raise RestError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
        call.world.notes[order.id].remove(note)
    return Answer(note_json(call.world, order, note, call.base))


def list_refunds(call: Call, order_id: str) -> Answer:
    """`GET /orders/ID/refunds`."""
    world, order = call.world, find_order(call, order_id, message="Invalid order ID.")
    shown: list[Json] = []
    for refund in order.refunds:
        href = f"{call.base}/wp-json/wc/v3/orders/{order.id}"
        shown.append({
            "id": refund.id, "date_created": world.local(refund.at), "date_created_gmt": world.gmt(refund.at),
            "amount": f"{refund.amount / 100:.2f}", "reason": refund.reason, "refunded_by": 1,
            "refunded_payment": False, "meta_data": [], "line_items": [], "shipping_lines": [], "tax_lines": [],
            "fee_lines": [], "_links": {
                "self": [{"href": f"{href}/refunds/{refund.id}", "targetHints": {"allow": ["GET", "DELETE"]}}],
                "collection": [{"href": f"{href}/refunds"}], "up": [{"href": href}]}})
    return Answer(shown, total=len(shown), pages=1 if shown else 0)
