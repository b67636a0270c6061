"""Taking coupons back: out of the store when their time is over or their cart has ended, unless they were used.

Before anything is removed the store is asked whether it was used. What a crash or a lost answer may have left in the
store, and nobody came back for, goes too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.incentives import granting
from sidecar.outreach.incentives.coupon import CART_CLOSED, TAKEN_BACK, Coupon
from sidecar.ports import Gateways
from sidecar.ports.coupons import CouponDesk, StoreCoupon
from sidecar.recovery.incentives import questions
from sidecar.stores.connection import connected_stores, link_of

AT_ONCE = 40  # of one store in one round: each takes two requests, and the next round comes in minutes
PATIENCE = 3  # so many troubles in a row are the store's
FORGOTTEN_AFTER = timedelta(hours=6)  # longer than a message waits to be tried again (schedule.next_try)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """One coupon whose end has come: `code` and `words` say why, if the store has not seen it used."""

    row_id: int
    cart_id: int
    coupon_code: str
    state: str
    code: str
    words: str


def _never() -> bool:
    return False


def withdraw(*, gateways: Gateways, clock: Callable[[], datetime], is_stopping: Callable[[], bool] = _never) -> int:
    """How many coupons ended in this round, used or removed. A store in trouble is left for the next round."""
    with transaction():
        questions.expire(now=clock())
    if gateways.coupons is None:
        return 0
    due = {store.id: _due(store.id, clock()) for store in connected_stores()}
    ended = 0
    for store_id, coupons in due.items():
        if coupons and not is_stopping():
            ended += _withdraw_from(store_id, coupons, gateways, clock, is_stopping)
    return ended


def withdraw_one(row: Coupon, desk: CouponDesk, clock: Callable[[], datetime]) -> bool:
    """Takes back one coupon whose time was just ended (granting.give_up); whether this did it. Raises GatewayError."""
    due = _Due(row.id, row.cart_id, row.code, row.state, row.reason or "", row.reason_words or "")
    rest()
    return bool(_end(due, desk, clock))


def _withdraw_from(
    store_id: int,
    due: Sequence[_Due],
    gateways: Gateways,
    clock: Callable[[], datetime],
    is_stopping: Callable[[], bool],
) -> int:
    ended = troubles = 0
    try:
        desk = _desk(store_id, gateways)
    except (GatewayError, Refused) as error:
        log.warning("coupons of store %s stay for now: %s", store_id, error)
        return 0
    for coupon in due:
        if is_stopping() or troubles >= PATIENCE:
            break
        try:
            ended += _end(coupon, desk, clock)
            troubles = 0
        except GatewayError as error:  # one that cannot be read keeps no other
            log.warning("coupon %s of store %s stays for now: %s", coupon.row_id, store_id, error)
            troubles += 1
    return ended


def _desk(store_id: int, gateways: Gateways) -> CouponDesk:
    store = next((one for one in connected_stores() if one.id == store_id), None)
    if store is None or gateways.coupons is None:
        raise GatewayError("The store is disconnected.", code="disconnected", permanent=True)
    link = link_of(store, gateways.vault)
    rest()
    return gateways.coupons.open_coupons(link)


def _end(due: _Due, desk: CouponDesk, clock: Callable[[], datetime]) -> int:
    """Looks the coupon up, removes it unless it was used, and records which; 1 when this ended it."""
    found = desk.with_code(due.coupon_code)
    used = any(coupon.usage_count for coupon in found)
    if not used or due.state == "failed":
        _remove(found, desk)
    with transaction():
        if due.state != "active":
            return int(granting.clear(due.row_id))
        if used:
            return _record(due, "used", "used", "Used in the store.", clock())
        code, words = (due.code, due.words) if found else ("gone", "The store has it no more.")
        return _record(due, "removed", code, words, clock())


def _remove(found: Sequence[StoreCoupon], desk: CouponDesk) -> None:
    for coupon in found:
        desk.delete(coupon.coupon_id)


def _record(due: _Due, state: str, code: str, words: str, now: datetime) -> int:
    done = granting.end(due.row_id, state, code, words)
    if done:
        what = "was used" if state == "used" else f"removed from the store: {words[0].lower()}{words[1:]}"
        tell(due.cart_id, "coupon", f"Coupon {due.coupon_code} {what.rstrip('.')}.", at=now)
    return int(done)


def _due(store_id: int, now: datetime) -> list[_Due]:
    rows = session().execute(_query(store_id, now)).all()
    return [_Due(row.id, row.cart_id, row.code, row.state, *_why(row)) for row in rows]


def _query(store_id: int, now: datetime) -> Select[*tuple[Any, ...]]:
    ended = or_(Coupon.expires_at <= now, Cart.state.in_(("recovered", "closed")))
    forgotten = and_(Coupon.state == "planned", Coupon.asked_at <= now - FORGOTTEN_AFTER)
    left_over = and_(Coupon.state == "failed", Coupon.woo_id.is_not(None))
    return (
        select(
            Coupon.id,
            Coupon.cart_id,
            Coupon.code,
            Coupon.state,
            Coupon.reason,
            Coupon.reason_words,
            Cart.state.label("cart_state"),
        )
        .join(Cart, Cart.id == Coupon.cart_id)
        .where(
            Coupon.store_id == store_id,
            Coupon.state.in_(("planned", "active", "failed")),
            or_(and_(Coupon.state == "active", ended), forgotten, left_over),
        )
        .order_by(Coupon.expires_at, Coupon.id)
        .limit(AT_ONCE)
    )


def _why(row: Any) -> tuple[str, str]:
    if row.reason == TAKEN_BACK:
        return TAKEN_BACK, row.reason_words or ""
    if row.cart_state == "recovered":
        return "paid_without", "The customer paid without it."
    if row.cart_state == "closed":
        return CART_CLOSED, "The cart is closed."
    return "expired", "Its time was over."
