"""Why, and why not: the latest decision about a cart with every rule that was asked, and the ones before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from sidecar.db import session
from sidecar.routing.facts import Check
from sidecar.routing.route import Route


@dataclass(frozen=True, slots=True)
class Why:
    """One decision: `rules` in the order in which they were asked, `against_call` those that speak against a call."""

    route: str
    reason_code: str
    reason: str
    decided_at: datetime
    due_at: datetime | None
    rules: list[Check]

    @property
    def against_call(self) -> list[Check]:
        """The failed rules that keep the cart out of the call queue."""
        return [check for check in self.rules if not check.passed and not check.rule.startswith("mail.")]


def why(cart_id: int) -> Why | None:
    """The decision that stands, or None when the cart was not decided yet."""
    query = select(Route).where(Route.cart_id == cart_id).order_by(Route.decided_at.desc(), Route.id.desc())
    found = session().scalar(query.limit(1))
    return _why(found) if found else None


def decisions(cart_id: int) -> list[Why]:
    """Every decision about a cart, newest first."""
    query = select(Route).where(Route.cart_id == cart_id).order_by(Route.decided_at.desc(), Route.id.desc())
    return [_why(found) for found in session().scalars(query)]


def latest_routes(cart_ids: Iterable[int]) -> dict[int, Route]:
    """The decision that stands for each of these carts, by cart id."""
    newest = select(func.max(Route.id)).where(Route.cart_id.in_(list(cart_ids))).group_by(Route.cart_id)
    return {route.cart_id: route for route in session().scalars(select(Route).where(Route.id.in_(newest)))}


def _why(found: Route) -> Why:
    rules = [
        Check(str(one["rule"]), bool(one["passed"]), str(one["says"]), law=str(one.get("law", "")))
        for one in found.rules
    ]
    return Why(found.route, found.reason_code, found.reason, found.decided_at, found.due_at, rules)
