"""Whether the person behind an order may still be called about it: the rules of every decision, asked once more right
before the call. What was planned may be older than the order, the number on it, or the person behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.ports import Sealer
from sidecar.recovery.decisions.gathering import facts_of, rules_of
from sidecar.routing import checks
from sidecar.routing.facts import Check
from sidecar.stores.connection import Store

_ASKED = (*checks.ORDER, checks.callable_phone, checks.call_willing)


def against_call(
    cart: Cart, *, settings: Mapping[str, Any], vault: Sealer, number: str = "", now: datetime
) -> Check | None:
    """The first rule that now speaks against a call, or None. Basis and hours are asked by whoever dials. `number` is
    rung instead of the order's, if they asked for that."""
    store = session().get_one(Store, cart.store_id)
    facts = facts_of(store, [cart], settings, vault=vault, now=now)[cart.id]
    if number:
        facts = replace(facts, phone_e164=number)
    rules = rules_of(store, [], settings, now=now)  # thresholds decide about routes, not about permission
    asked = (rule(facts, rules, now) for rule in _ASKED)
    return next((check for check in asked if not check.passed), None)
