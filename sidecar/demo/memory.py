"""Keeping the store's orders in a file, so that a demo started again goes on where it was."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from .order import Coupon, CouponUse, Customer, Line, Meta, Note, Order, Refund, Tax
from .world import World

_COUNTERS = ("last_id", "last_line_id", "last_note_id", "last_meta_id")


def save(world: World, path: Path) -> None:
    """Writes everything that changes to `path`, whole or not at all."""
    with world.lock:
        kept = {
            "orders": [asdict(order) for order in world.orders.values()],
            "notes": {str(i): [asdict(note) for note in notes] for i, notes in world.notes.items()},
            "customers": [asdict(customer) for customer in world.customers.values()],
            "coupons": [asdict(coupon) for coupon in world.coupons.values()],
            "stock": {str(product.id): product.stock for product in world.products.values()},
            "counters": {name: getattr(world, name) for name in _COUNTERS},
        }
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        os.replace(fresh, path)


def load(world: World, path: Path) -> None:
    """Reads what `save` wrote."""
    kept = json.loads(path.read_text())
    with world.lock:
        world.fill([_order(row) for row in kept["orders"]])
        world.notes = {int(i): [Note(**note) for note in notes] for i, notes in kept["notes"].items()}
        world.customers = {row["id"]: Customer(**row) for row in kept["customers"]}
        world.coupons = {row["id"]: _with_meta(Coupon, row) for row in kept["coupons"]}
        for i, stock in kept["stock"].items():
            with contextlib.suppress(KeyError):
                world.products[int(i)].stock = stock
        for name in _COUNTERS:
            setattr(world, name, kept["counters"][name])


def _with_meta(kind: type[Coupon], row: dict[str, Any]) -> Coupon:
    return kind(**{**row, "meta": [Meta(**meta) for meta in row["meta"]]})


def _order(row: dict[str, Any]) -> Order:
    values = {field.name: row[field.name] for field in fields(Order)}
    values["lines"] = [Line(**line) for line in row["lines"]]
    values["tax"] = Tax(**row["tax"]) if row["tax"] else None
    values["coupons"] = [CouponUse(**use) for use in row["coupons"]]
    values["refunds"] = [Refund(**refund) for refund in row["refunds"]]
    values["meta"] = [Meta(**meta) for meta in row["meta"]]
    return Order(**values)
