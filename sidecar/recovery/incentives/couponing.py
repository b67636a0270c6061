"""Asking a store for one coupon, so that it has it once whatever gets lost on the way.

After a crash, or an answer that got lost, the store is asked for the code before anything is made; and while it may
still be working on an earlier request, nothing is. No transaction is open while it is asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import rest, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.incentives import granting, offers
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.offers import Grant
from sidecar.ports.coupons import CouponDesk, CouponTerms, StoreCoupon
from sidecar.settings import Settings
from sidecar.stores.connection import Store
from sidecar.stores.site_time import written, zone_of

# For so long a store may still be working on a request whose answer got lost: until then, "there is none" proves
# nothing. Shorter than the time after which a dead worker's message is taken up again (outreach.delivery.leaving).
SETTLE = timedelta(seconds=90)

# What the owner may have changed between a crash and the next try; the coupon keeps what it was made with.
_MAY_DIFFER = frozenset({"minimum_amount", "exclude_sale_items"})
_UNANSWERED = "The store did not say whether it made the coupon. It is looked up before the next try."


@dataclass(frozen=True, slots=True)
class Plan:
    """A coupon whose row is on disk. `look_first`: the store may have been asked for it before, and may still be at
    it if `asked_at` was a moment ago; None when that is known to be over."""

    row_id: int
    cart_id: int
    terms: CouponTerms
    asked_at: datetime | None
    look_first: bool

    def settle(self, code: str, words: str, *, is_unknown: bool) -> None:
        """Records why the offer vanished. Where the store may have made the coupon all the same, the row stays planned:
        it is looked up before the next try, and removed if nobody comes back for it."""
        if is_unknown:
            granting.waits(self.row_id, code, words)
        else:
            granting.fail(self.row_id, code, words)


def plan_of(row: Coupon, cart: Cart, store: Store, settings: Settings, *, look_first: bool) -> Plan:
    """What the row asks of the store, as plain values."""
    grant = Grant(
        code=row.code,
        kind=row.kind,
        value_minor=row.value_minor,
        currency=cart.currency,
        email=row.email,
        expires_site_time=written(row.expires_at, zone_of(store)),
        cart_number=cart.number,
    )
    return Plan(row.id, row.cart_id, offers.terms_of(grant, settings), row.asked_at or row.created_at, look_first)


def make(plan: Plan, desk: CouponDesk, clock: Callable[[], datetime]) -> GatewayError | None:
    """Sees to it that the store has the coupon once, and records how that ended; the error if it ended with one."""
    try:
        rest()
        if not (plan.look_first and _settled(plan, desk, clock)):
            _create(plan, desk, clock)
    except GatewayError as error:
        with transaction():
            plan.settle(error.code, error.reason, is_unknown=error.outcome_unknown or plan.look_first)
        return error
    return None


def _settled(plan: Plan, desk: CouponDesk, clock: Callable[[], datetime]) -> bool:
    """Whether looking settled it: the store has the coupon, or may still be making it."""
    found = desk.with_code(plan.terms.code)
    if found:
        _take(plan, found, desk, clock, is_earlier=True)
        return True
    now = clock()
    with transaction():
        if plan.asked_at is not None and now - plan.asked_at < SETTLE:
            granting.waits(plan.row_id, "unanswered", _UNANSWERED)
            return True
        return not granting.asked_again(plan.row_id, now=now)


def _create(plan: Plan, desk: CouponDesk, clock: Callable[[], datetime]) -> None:
    try:
        made = desk.create(plan.terms)
    except GatewayError as error:
        if error.code == "code_taken":
            _create_otherwise(plan, desk, clock)
            return
        if not error.outcome_unknown:
            raise
        found: tuple[StoreCoupon, ...] = ()
        with contextlib.suppress(GatewayError):  # what counts is that the first answer got lost
            found = desk.with_code(plan.terms.code)
        if not found:
            raise
        _take(plan, found, desk, clock)
    else:
        _take(plan, (made,), desk, clock)


def _create_otherwise(plan: Plan, desk: CouponDesk, clock: Callable[[], datetime]) -> None:
    """The store has a coupon of this code: it is ours after all, or the shop's own, and ours gets another code."""
    found, now = desk.with_code(plan.terms.code), clock()
    if found and not _differences(plan, found[0], now, is_earlier=True):
        _take(plan, found, desk, clock, is_earlier=True)
        return
    terms = offers.with_code(plan.terms, offers.new_code())
    with transaction():
        if not granting.asked_again(plan.row_id, code=terms.code, now=now):
            return
    _take(Plan(plan.row_id, plan.cart_id, terms, now, look_first=False), (desk.create(terms),), desk, clock)


def _take(
    plan: Plan,
    found: tuple[StoreCoupon, ...],
    desk: CouponDesk,
    clock: Callable[[], datetime],
    *,
    is_earlier: bool = False,
) -> None:
    """Records what the store made. What is not what was asked for would be an empty promise: it is removed."""
    made, *doubles = sorted(found, key=lambda coupon: coupon.coupon_id)
    differs, now = _differences(plan, made, clock(), is_earlier=is_earlier), clock()
    words = f"The store made it otherwise than asked ({', '.join(sorted(differs))})."
    with transaction():
        if differs or made.expires_at is None:
            granting.fail(plan.row_id, "made_otherwise", words, woo_id=made.coupon_id)
        elif granting.activate(plan.row_id, woo_id=made.coupon_id, expires_at=made.expires_at):
            tell(plan.cart_id, "coupon", f"Coupon {plan.terms.code} made in the store.", at=now)
    with contextlib.suppress(GatewayError):  # the clean-up removes whatever is left (recovery.incentives.withdrawing)
        for coupon in doubles:
            desk.delete(coupon.coupon_id)
        if differs:
            desk.delete(made.coupon_id)
            with transaction():
                granting.fail(plan.row_id, "made_otherwise", words)


def _differences(plan: Plan, made: StoreCoupon, now: datetime, *, is_earlier: bool) -> set[str]:
    return set(offers.differences(plan.terms, made, now=now)) - (_MAY_DIFFER if is_earlier else set())
