"""What a threshold would have done with the carts of the last 30 days: shown before anybody saves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, select

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.money import exponent
from sidecar.routing.route import LearnedThreshold
from sidecar.settings import Settings
from sidecar.stores.connection import Store

REACH = timedelta(days=30)
CALLS_PER_REP = 25  # a day; reference of the daily goal in the queue
BUCKETS = 12  # bars
_MOST = 20_000  # carts looked at: more would not change the picture
_Found = Row[int, str, int, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class SeenCart:
    """One of the last carts: whether it would have been called, and if not, why in a few words."""

    name: str
    goods_minor: int
    is_called: bool
    why: str


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would have happened. Amounts in minor units of `currency`.

    `bars` are counts by value, ascending, the last one open at the top; the first `below` end at the threshold.
    """

    currency: str
    threshold_minor: int
    is_learned: bool  # nobody has set a threshold: it is the store's own 80th percentile
    carts: int
    calls: int
    calls_per_day: float
    reps: int
    bars: tuple[int, ...]
    below: int
    last: tuple[SeenCart, ...]


def foresee(store: Store, settings: Settings, *, now: datetime) -> Foresight | None:
    """What this threshold would have done, or None when there is nothing to judge by."""
    currency = store.currency or "USD"
    chosen: int | None = settings["routing.call_threshold"].get(currency)
    learned = session().get(LearnedThreshold, (store.id, currency))
    threshold = chosen if chosen is not None else learned.minor if learned else 100 * 10 ** exponent(currency)
    rows = session().execute(_carts(store.id, currency, now)).all()
    if not rows:
        return None
    factor: float = settings["routing.failed_factor"]
    seen = [_judged(row, threshold, factor) for row in rows]
    bars, below = _bars([cart.goods_minor for cart in seen], threshold)
    calls = sum(cart.is_called for cart in seen)
    reps = select(func.count()).where(User.role == "rep", User.disabled_at.is_(None))
    return Foresight(
        currency=currency,
        threshold_minor=threshold,
        is_learned=chosen is None,
        carts=len(seen),
        calls=calls,
        calls_per_day=calls / REACH.days,
        reps=session().scalar(reps) or 0,
        bars=bars,
        below=below,
        last=tuple(seen[:10]),
    )


def _carts(store_id: int, currency: str, now: datetime) -> Select[int, str, int, str, str | None, str | None]:
    return (
        select(Cart.goods_minor, Cart.name, Cart.failed_payments, Cart.phone_e164, Cart.route, Cart.reason_code)
        .where(
            Cart.active_at >= now - REACH,
            Cart.store_id == store_id,
            Cart.currency == currency,
            Cart.abandoned_at.isnot(None),
        )
        .order_by(Cart.active_at.desc(), Cart.id.desc())
        .limit(_MOST)
    )


def _judged(row: _Found, threshold: int, factor: float) -> SeenCart:
    goods, name, failed_payments, phone, route, reason_code = row
    least = int(threshold * factor) if failed_payments else threshold
    name = name or "Unnamed customer"
    if goods < least:
        return SeenCart(name, goods, False, "below it")
    if route == "hold":
        words = (reason_code or "a rule").replace("_", " ")
        return SeenCart(name, goods, False, f"on hold: {words}")
    if not phone:
        return SeenCart(name, goods, False, "no phone, gets a personal email")
    return SeenCart(name, goods, True, "payment failed" if goods < threshold else "")


def _bars(values: list[int], threshold: int) -> tuple[tuple[int, ...], int]:
    """Counts in bars of one width, so chosen that the threshold lies between two and few carts lie beyond the last."""
    large = sorted(values)[int(len(values) * 0.9)]
    below = max(1, min(BUCKETS - 1, round(BUCKETS * threshold / max(1, large))))
    width = max(1, threshold // below)
    bars = [0] * BUCKETS
    for value in values:
        at = max(0, value) // width if value < threshold else max(below, value // width)
        bars[min(at, below - 1) if value < threshold else min(at, BUCKETS - 1)] += 1
    return tuple(bars), below
