"""Decisions as rows: what differs is kept with its rules and told, and every cart learns where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm.attributes import set_committed_value

from sidecar.bulk import insert_many, update_many
from sidecar.carts.cart import Cart
from sidecar.carts.story import Told, tell_all
from sidecar.routing.decide import Decision
from sidecar.routing.route import Route

_CARTS: Table = Cart.metadata.tables["cart"]
_ROUTES: Table = Route.metadata.tables["route"]


@dataclass(frozen=True, slots=True)
class Due:
    """A cart whose decision is due, what was decided now, and the terms it is carried out by."""

    cart: Cart
    decision: Decision
    state: str
    abandoned_at: datetime | None
    terms: str


def write(due: Sequence[Due], new: Sequence[Due], now: datetime) -> None:
    """Decisions that differ become rows; every cart learns its state and when to look again."""
    if not due:
        return
    tell_all(event for one in due for event in _events(one, one in new, now))
    insert_many(_ROUTES, [_route_row(one, now) for one in new])
    rows = [_cart_row(one) for one in due]
    update_many(_CARTS, "id", rows)
    for one, row in zip(due, rows, strict=True):
        for name, value in row.items():
            set_committed_value(one.cart, name, value)


def _events(one: Due, is_new: bool, now: datetime) -> Iterator[Told]:
    if one.state == "abandoned" and one.cart.state == "watching":
        yield Told(one.cart.id, "abandoned", "The customer left without paying.", one.abandoned_at or now)
    if is_new and _is_told(one):
        yield Told(one.cart.id, "routed", one.decision.reason, now)


def _is_told(one: Due) -> bool:
    """Whether the story gains by it: not by a moved time or another sender alone."""
    return (one.cart.route, one.cart.reason) != (one.decision.route, one.decision.reason)


def _route_row(one: Due, now: datetime) -> dict[str, Any]:
    rules = [
        {"rule": check.rule, "passed": check.passed, "says": check.says} | ({"law": check.law} if check.law else {})
        for check in one.decision.rules
    ]
    return {
        "cart_id": one.cart.id,
        "route": one.decision.route,
        "reason_code": one.decision.reason_code,
        "reason": one.decision.reason,
        "rules": rules,
        "decided_at": now,
        "due_at": one.decision.due_at,
        "terms": one.terms,
    }


def _cart_row(one: Due) -> dict[str, Any]:
    return {
        "id": one.cart.id,
        "state": one.state,
        "abandoned_at": one.abandoned_at,
        "route": one.decision.route,
        "reason_code": one.decision.reason_code,
        "reason": one.decision.reason,
        "decide_at": one.decision.look_again_at,
    }
