"""From which value of goods a cart is called about: what the owner set, else what the store's own orders say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Subquery, func, select, union

from sidecar.carts.cart import Cart, Purchase
from sidecar.db import session
from sidecar.money import exponent
from sidecar.routing.route import LearnedThreshold

SHARE = 0.8  # the 80th percentile; product.md P2
LEAST_UNITS = 100
_REACH = timedelta(days=90)
_STANDS = timedelta(hours=1)
_STANDS_WHEN_FEW = timedelta(minutes=1)  # during the first import every page changes it
_FEW = 200


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount in minor units; `learned` from the store's own orders, or set by the owner."""

    minor: int
    learned: bool


def thresholds(
    store_id: int, currencies: Iterable[str], chosen: Mapping[str, int], *, now: datetime
) -> dict[str, Threshold]:
    """The threshold of each currency. `chosen` is the setting routing.call_threshold."""
    found = {one: Threshold(chosen[one], learned=False) for one in set(currencies) if one in chosen}
    missing = set(currencies) - set(found)
    query = select(LearnedThreshold).where(
        LearnedThreshold.store_id == store_id, LearnedThreshold.currency.in_(missing)
    )
    kept = {row.currency: row for row in session().scalars(query)} if missing else {}
    for currency in sorted(missing):
        row = kept.get(currency)
        if row is None or now - row.learned_at >= (_STANDS_WHEN_FEW if row.orders < _FEW else _STANDS):
            row = _learn(store_id, currency, row, now)
        found[currency] = Threshold(row.minor, learned=True)
    return found


def percentile_place(count: int) -> int:
    """Where the percentile stands among `count` sorted values, counted from 0 (nearest rank: ceil(0.8 n) - 1)."""
    return max(0, -(-count * 8 // 10) - 1)


def _learn(store_id: int, currency: str, row: LearnedThreshold | None, now: datetime) -> LearnedThreshold:
    unit = 10 ** exponent(currency)
    orders = _goods_values(store_id, currency, now)
    count = session().scalar(select(func.count()).select_from(orders)) or 0
    place = select(orders.c.goods_minor).order_by(orders.c.goods_minor).offset(percentile_place(count)).limit(1)
    value = (session().scalar(place) or 0) if count else 0
    if row is None:
        row = LearnedThreshold(store_id=store_id, currency=currency)
        session().add(row)
    row.minor, row.orders, row.learned_at = max(LEAST_UNITS * unit, value // unit * unit), count, now
    session().flush()
    return row


def _goods_values(store_id: int, currency: str, now: datetime) -> Subquery:
    """Values of goods of the last 90 days, each order once whether we know it as a cart, a purchase or both."""
    carts = select(Cart.order_id, Cart.goods_minor).where(
        Cart.store_id == store_id, Cart.currency == currency, Cart.active_at >= now - _REACH, Cart.goods_minor > 0
    )
    sales = select(Purchase.order_id, Purchase.goods_minor).where(
        Purchase.store_id == store_id,
        Purchase.currency == currency,
        Purchase.paid_at >= now - _REACH,
        Purchase.goods_minor > 0,
    )
    return union(carts, sales).subquery("orders")
