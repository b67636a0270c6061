"""Whether anybody may still be contacted about an order: the rules of every decision, asked once more right before a
call or a message. What was planned may be older than the order, the number on it, or the person behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.ports import Sealer
from sidecar.recovery.gathering import facts_of, rules_of
from sidecar.routing import checks
from sidecar.routing.facts import Check
from sidecar.stores.connection import Store

_ASKED = {
    "calls": (checks.unpaid, checks.never_paid, checks.human, checks.worth, checks.callable_phone, checks.call_willing),
    # What an e-mail needs of the cart's contents is judged where it is written.
    "email": (checks.unpaid, checks.never_paid, checks.human, checks.mail_willing),
}


def against(cart: Cart, channel: str, *, settings: Mapping[str, Any], vault: Sealer, now: datetime) -> Check | None:
    """The first rule that now speaks against contacting the cart's person by "calls" or "email", or None."""
    store = session().get_one(Store, cart.store_id)
    facts = facts_of(store, [cart], settings, vault=vault, now=now)[cart.id]
    rules = rules_of(store, [], settings, now=now)  # thresholds decide about routes, not about permission
    asked = (rule(facts, rules, now) for rule in _ASKED[channel])
    return next((check for check in asked if not check.passed), None)
