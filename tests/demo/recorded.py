"""The recordings, and a world like the recorded one: the same orders, products, customers and coupons."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

from sidecar.demo.goods import Product, Review, Variation
from sidecar.demo.order import Coupon, CouponUse, Customer, Line, Meta, Note, Order, Refund, Tax
from sidecar.demo.world import ApiKey, ShopSettings, World

FOLDER = Path(__file__).parent.parent / "recordings"
# The recorded stores: 8081 believed to be on TLS over http, 8082 was plain http, 8083 was TLS.
KEYS = [ApiKey("ck_REDACTED_rw", "cs_REDACTED_rw"), ApiKey("ck_read", "cs_read", "read"),
        ApiKey("ck_write", "cs_write", "write"), ApiKey("ck_shopper", "cs_shopper", role="customer")]


@cache
def recording(name: str) -> dict[str, Any]:
    """One recorded exchange: meta, request, response."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return read


def names() -> list[str]:
    """The names of all recorded exchanges, those that are not copied here too."""
    return [Path(row["file"]).stem for row in json.loads((FOLDER / "INDEX.json").read_text())]


def body(name: str) -> Any:
    """The recorded body of an answer."""
    return recording(name)["response"]["body"]


def seconds(gmt: str | None) -> int | None:
    """A recorded GMT moment in seconds since 1970."""
    return None if gmt is None else int(datetime.fromisoformat(gmt).replace(tzinfo=UTC).timestamp())


def clock_of_this_machine() -> datetime:
    """Now: for requests that a real client signs with its own clock."""
    return datetime.now(UTC)


def _cents(amount: str) -> int:
    return round(float(amount) * 100)


def _moment(gmt: str) -> int:
    at = seconds(gmt)
    assert at is not None
    return at


def _line(row: dict[str, Any]) -> Line:
    chosen = [meta for meta in row["meta_data"] if meta["key"] != "_reduced_stock"]
    quantity = int(row["quantity"])
    price = _cents(row["subtotal"]) // max(quantity, 1)
    return Line(row["id"], row["product_id"], row["name"], row["sku"], quantity, price, row["variation_id"],
                chosen[0]["display_key"] if chosen else "", chosen[0]["value"] if chosen else "",
                row["image"]["src"].rsplit("/", 1)[-1], int(row["image"]["id"] or 0),
                _cents(row["subtotal"]) - _cents(row["total"]), _cents(row["subtotal"]))


def _tax(row: dict[str, Any]) -> Tax | None:
    if not row["tax_lines"]:
        return None
    line = row["tax_lines"][0]
    return Tax(line["rate_id"], line["rate_code"], line["label"], line["rate_percent"],
               any(shipping["taxes"] for shipping in row["shipping_lines"]))


def order(row: dict[str, Any]) -> Order:
    """An order as it was recorded."""
    shipping = row["shipping_lines"][0] if row["shipping_lines"] else None
    made = Order(
        row["id"], row["status"], row["currency"], row["created_via"], _moment(row["date_created_gmt"]),
        _moment(row["date_modified_gmt"]), row["order_key"], row["billing"], row["shipping"], row["customer_id"],
        [_line(line) for line in row["line_items"]], _tax(row))
    made.tax_line_id = row["tax_lines"][0]["id"] if row["tax_lines"] else 0
    made.shipping_total = _cents(row["shipping_total"])
    made.shipping_line_id = shipping["id"] if shipping else 0
    made.shipping_instance = shipping["instance_id"] if shipping else ""
    made.coupons = [CouponUse(use["id"], 43, use["code"], use["discount_type"], _cents(use["nominal_amount"]),
                              _cents(use["discount"]), _cents(use["discount_tax"])) for use in row["coupon_lines"]]
    made.refunds = [Refund(r["id"], made.modified, -_cents(r["total"]), r["reason"]) for r in row["refunds"]]
    made.meta = [Meta(meta["id"], meta["key"], meta["value"]) for meta in row["meta_data"]]
    made.payment_method, made.payment_title = row["payment_method"], row["payment_method_title"]
    made.transaction_id, made.ip = row["transaction_id"], row["customer_ip_address"]
    made.agent, made.customer_note, made.cart_hash = row["customer_user_agent"], row["customer_note"], row["cart_hash"]
    made.paid, made.completed = seconds(row["date_paid_gmt"]), seconds(row["date_completed_gmt"])
    return made


def _product(row: dict[str, Any]) -> Product:
    made = Product(row["id"], row["name"], row["sku"], _cents(row["price"]), row["categories"][0]["name"],
                   row["images"][0]["name"] if row["images"] else "", row["name"], row["stock_quantity"],
                   virtual=row["virtual"], cross_sells=row["cross_sell_ids"], upsells=row["upsell_ids"],
                   sold=row["total_sales"])
    if row["variations"]:
        made.option_name = row["attributes"][0]["name"]
        made.options = [Variation(v["id"], v["name"], _cents(v["price"]), v["stock_quantity"])
                        for v in reversed(body("product-variations"))]
    return made


def _customer(row: dict[str, Any]) -> Customer:
    return Customer(row["id"], row["username"], _moment(row["date_created_gmt"]), _moment(row["date_modified_gmt"]),
                    {**row["billing"], "email": row["email"], "first_name": row["first_name"],
                     "last_name": row["last_name"]}, row["role"], row["is_paying_customer"])


def _coupon(row: dict[str, Any]) -> Coupon:
    return Coupon(row["id"], row["code"], _moment(row["date_created_gmt"]), _moment(row["date_modified_gmt"]),
                  row["discount_type"], _cents(row["amount"]), row["description"], seconds(row["date_expires_gmt"]),
                  row["individual_use"], row["usage_limit"], row["usage_limit_per_user"],
                  email_restrictions=row["email_restrictions"], used_by=row["used_by"])


def world_for(name: str) -> World:
    """A world in which the recorded request `name` makes sense: it stands at the moment of the recording."""
    asked = recording(name)
    at = parsedate_to_datetime(asked["response"]["headers"]["Date"])
    world = World(settings=ShopSettings(name="Harbor & Pine Outfitters", tagline="Outdoor gear for wet places",
                                        country="US:ME", city="Portland", hold_stock_minutes=0, keep_drafts_hours=1e6),
                  keys=list(KEYS), clock=lambda: at)
    orders = [order(row) for row in body("orders-list-per_page-100")]
    world.fill([known for known in orders if known.created <= at.timestamp()])
    world.products = {row["id"]: _product(row) for row in body("products-list")}
    world.customers = {row["id"]: _customer(row) for row in body("customers-list")}
    for more in range(len(world.customers), int(recording("customers-list")["response"]["headers"]["X-WP-Total"])):
        world.customers[900 + more] = Customer(900 + more, f"more{more}", 0, 0, {})
    world.coupons = {row["id"]: _coupon(row) for row in reversed(body("coupons-list-search"))}
    world.reviews = [Review(row["id"], row["product_id"], _moment(row["date_created_gmt"]), row["reviewer"],
                            row["reviewer_email"], row["review"], row["rating"])
                     for row in reversed(body("product-reviews-all"))]
    world.last_id, world.last_line_id, world.last_note_id = 200, 3000, 300
    if name.startswith("dates-"):  # order 101 had been changed at exactly that second
        world.touch(world.orders[101], at=_moment("2026-11-22T01:28:56"))
    if name == "orders-any-excludes-trash":
        world.orders[100].status = "trash"
    if name == "notes-delete-no-force":
        world.notes[101] = [Note(112, 0, "WooCommerce", "Rep called: no answer")]
    _overlay(world, asked)
    return world


def _overlay(world: World, asked: dict[str, Any]) -> None:
    """What the recorded answer shows is put into the world before asking, unless it is the request that made it."""
    path, method, answer = asked["request"]["path"], asked["request"]["method"], asked["response"]["body"]
    if asked["response"]["status"] == 201 and isinstance(answer, dict):
        world.coupons = {i: coupon for i, coupon in world.coupons.items() if coupon.code != answer.get("code")}
    for row in answer if isinstance(answer, list) else [answer]:
        if not isinstance(row, dict) or method in ("POST", "PUT"):
            continue
        if "order_key" in row and "line_items" in row:
            held = world.orders.get(row["id"])
            if held is not None:
                world.drop_order(held)
            world.add_order(order(row))
        elif "/notes" in path and "note" in row:
            order_id = int(path.split("/orders/")[1].split("/")[0])
            author, text = row["author"], row["note"]
            note = Note(row["id"], _moment(row["date_created_gmt"]), author, text, row["customer_note"])
            world.notes.setdefault(order_id, []).append(note)
        elif "discount_type" in row and "usage_limit" in row:
            world.coupons[row["id"]] = _coupon(row)
    if asked["response"]["status"] == 404 and path.rsplit("/", 1)[-1].isdigit():
        gone = world.orders.get(int(path.rsplit("/", 1)[-1]))
        if gone is not None:
            world.drop_order(gone)
