"""Deciding about carts whose time has come: route, reason, story; then the call queue or a sequence takes over.

A decision is written only when it differs from the one that stands. Claimed and contacted carts keep their course, as
long as their orders still ask for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import selectinload

from sidecar.calls.tasks import queue
from sidecar.carts import statuses
from sidecar.carts.cart import Cart
from sidecar.carts.intake import forget_loaded
from sidecar.db import session
from sidecar.outreach.sequences import enrollment
from sidecar.outreach.sequences.sequence import PERSONAL, REMINDER
from sidecar.ports import Sealer
from sidecar.recovery.decisions.deciding_rows import Due, write
from sidecar.recovery.decisions.gathering import claimed, facts_of, rules_of
from sidecar.recovery.orders.intake import one_at_a_time
from sidecar.recovery.orders.settling import Ending, settle_all, stop_reason
from sidecar.routing.decide import Decision, call_off, decide
from sidecar.routing.facts import Facts, Rules
from sidecar.routing.queries import latest_routes
from sidecar.routing.route import Route
from sidecar.settings import Settings, settings_of
from sidecar.settings.content_entries import CONTENT
from sidecar.settings.step_entries import STEPS
from sidecar.stores.connection import Store, connected_stores
from sidecar.stores.cursor import is_importing

_CARTS: Table = Cart.metadata.tables["cart"]
_ROUTES: Table = Route.metadata.tables["route"]
UNDECIDED = ("watching", "abandoned")
FOLLOWED = (*UNDECIDED, "contacted")
_SEQUENCES = {"sequence": REMINDER, "personal": PERSONAL}
_WHILE_CLAIMED = timedelta(minutes=5)
_DECIDABLE_FOR = timedelta(days=15)  # after 14 days no setting makes a cart contactable
# What messages are written and planned by.
_SENDER = ("sender.name", "sender.reply_to", "sender.postal_address", *(each.name for each in (*STEPS, *CONTENT)))


def decide_due(*, vault: Sealer, now: datetime, limit: int = 200) -> int:
    """Decides up to `limit` carts whose time has come, in the caller's transaction; how many there were.

    Carts of unreadable stores wait: what we know of them may be old. So do those of a store whose first import is
    under way: a threshold learned from half of its orders would be another one minutes later.
    """
    done = 0
    for store in connected_stores():
        if store.is_readable and not is_importing(store) and done < limit:
            done += _decide_store(store, vault, now, limit - done)
    return done


def redecide(store_id: int, *, now: datetime) -> int:
    """Marks every open cart of a store, to be decided anew at once where nobody has contacted it; how many."""
    return _mark(Cart.store_id == store_id, now)


def redecide_person(contact_id: int, *, now: datetime) -> int:
    """Marks a person's open carts, after they said something that counts for all of them."""
    return _mark(Cart.contact_id == contact_id, now)


def _mark(whose: Any, now: datetime) -> int:
    again = update(Cart).where(whose, Cart.state.in_(FOLLOWED), Cart.active_at >= now - _DECIDABLE_FOR)
    session().flush()
    found = session().execute(again.values(decide_at=now).execution_options(synchronize_session=False))
    forget_loaded()
    return int(getattr(found, "rowcount", 0))


def _decide_store(store: Store, vault: Sealer, now: datetime, limit: int) -> int:
    one_at_a_time(store.id)
    query = select(Cart).where(Cart.store_id == store.id, Cart.decide_at <= now).order_by(Cart.decide_at).limit(limit)
    query = query.with_for_update(of=Cart).options(selectinload(Cart.contact))
    carts = session().scalars(query.execution_options(populate_existing=True)).all()
    if not carts:
        return 0
    kept = {cart.id for cart in carts if cart.state not in UNDECIDED}
    in_hand = claimed(carts) - kept
    ours = [cart for cart in carts if cart.id not in kept and cart.id not in in_hand]
    _put_off(kept, None)
    _put_off(in_hand, now + _WHILE_CLAIMED)
    followed = [cart for cart in carts if cart.id in in_hand or cart.state == "contacted"]
    if ours:
        _decide(store, ours, settings_of(store.id), vault, now)
    if followed:
        _call_off(store, followed, settings_of(store.id), vault, now)
    return len(carts)


def _put_off(cart_ids: set[int], until: datetime | None) -> None:
    if cart_ids:
        session().execute(update(_CARTS).where(_CARTS.c.id.in_(cart_ids)).values(decide_at=until))


def _decide(store: Store, carts: Sequence[Cart], settings: Settings, vault: Sealer, now: datetime) -> None:
    facts, rules = facts_of(store, carts, settings, vault=vault, now=now), rules_of(store, carts, settings, now=now)
    ended = _endings(carts, facts)
    settle_all(ended, now=now)
    over = {ending.cart_id for ending in ended}
    due = [_due(cart, facts[cart.id], rules, settings, now) for cart in carts if cart.id not in over]
    before = latest_routes(cart.id for cart in carts)
    new = [one for one in due if _differs(one, before.get(one.cart.id), now)]
    write(due, new, now)
    for one in new:
        _carry_out(one, before.get(one.cart.id), store, settings, now)


def _call_off(store: Store, carts: Sequence[Cart], settings: Settings, vault: Sealer, now: datetime) -> None:
    """Ends what is still planned about claimed and contacted carts whose orders no longer ask for it."""
    facts, rules = facts_of(store, carts, settings, vault=vault, now=now), rules_of(store, [], settings, now=now)
    ended = _endings(carts, facts)
    settle_all(ended, now=now)
    over = {ending.cart_id for ending in ended}
    for cart in carts:
        decision = None if cart.id in over else call_off(cart.reason_code, facts[cart.id], rules, now=now)
        if decision is None:
            continue
        one = Due(cart, decision, cart.state, cart.abandoned_at, "")
        write([one], [one], now)
        queue.withdraw(cart.id, decision.reason_code, now=now)
        enrollment.stop(cart.id, stop_reason(decision.reason_code, decision.reason), now=now)


def _endings(carts: Sequence[Cart], facts: Mapping[int, Facts]) -> list[Ending]:
    """Carts whose own status the owner has since mapped to paid or closed."""
    found = []
    for cart in carts:
        if facts[cart.id].meaning == statuses.PAID:
            found.append(Ending(cart.id, "recovered", "paid", "The order was paid.", cart.paid_at or cart.modified_at))
        elif facts[cart.id].meaning == statuses.CLOSED:
            found.append(Ending(cart.id, "closed", "closed_by_shop", "The shop closed the order."))
    return found


def _due(cart: Cart, facts: Facts, rules: Rules, settings: Settings, now: datetime) -> Due:
    decision = decide(facts, rules, now=now)
    is_left = facts.meaning in (statuses.UNPAID, statuses.CANCELLED) or (
        facts.meaning == statuses.ON_HOLD and rules.follow_on_hold
    )
    abandoned = is_left and now - facts.active_at >= rules.abandoned_after
    abandoned_at = facts.active_at + rules.abandoned_after if abandoned else None
    state = "abandoned" if abandoned else "watching"
    return Due(cart, decision, state, abandoned_at, _terms(decision, settings))


def _terms(decision: Decision, settings: Settings) -> str:
    """What carrying out depends on besides the route; when it changes, messages are written and calls ranked anew."""
    if decision.route in _SEQUENCES:
        said = "\x1f".join(str(settings[name]) for name in _SENDER)
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    return str(decision.threshold_minor or "")


def _differs(one: Due, before: Route | None, now: datetime) -> bool:
    decision = one.decision
    if before is None or one.cart.route != decision.route or before.route != decision.route:
        return True
    if (before.reason_code, before.reason, before.terms) != (decision.reason_code, decision.reason, one.terms):
        return True
    # Among moments that have come, none is another: a call that is due is due "now" at every look.
    moments = [moment for moment in (before.due_at, decision.due_at) if moment is not None]
    return decision.due_at != before.due_at and any(moment > now for moment in moments)


def _carry_out(one: Due, before: Route | None, store: Store, settings: Settings, now: datetime) -> None:
    """Hands the cart to the call queue or a sequence, and takes it from where it was."""
    cart, decision = one.cart, one.decision
    was = before.route if before else None
    if was == "call" and decision.route != "call":
        queue.withdraw(cart.id, decision.reason_code, now=now)
    if was in _SEQUENCES and decision.route not in _SEQUENCES:
        code = "rerouted" if decision.route == "call" else decision.reason_code
        enrollment.stop(cart.id, stop_reason(code, decision.reason), now=now)
    if decision.route in _SEQUENCES:
        enrollment.enroll(cart, _SEQUENCES[decision.route], settings=settings, now=now)
    if decision.route == "call" and decision.due_at is not None:
        threshold = decision.threshold_minor or 0
        if queue.add(cart, due_at=decision.due_at, threshold_minor=threshold, now=now) is None:
            over = Decision("hold", "calls_ended", "Calls about this cart have ended.", decision.rules)
            ended = Due(cart, over, one.state, one.abandoned_at, "")
            write([ended], [ended], now)
