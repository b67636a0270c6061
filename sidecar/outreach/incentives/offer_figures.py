"""What came of offers lately: given today, made and used, and why there were none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from sidecar.db import session
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.granting import LIVE, given_today
from sidecar.outreach.incentives.offers import Given
from sidecar.stores.connection import Store
from sidecar.stores.site_time import day_began, zone_of

MADE_WITHIN = timedelta(days=30)
WITHHELD_WITHIN = timedelta(days=7)
_MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """`today` is worth what it says in the store's own currency, `by_reps` of it on the phone; `made` counts what the
    store had in the last 30 days, `used` and `taken_back` of them; `withheld` says how often in the last 7 days
    there was no offer, and why."""

    today: Given
    by_reps: int
    made: int
    used: int
    taken_back: int
    withheld: list[tuple[str, int]]


def offer_figures(store: Store, *, now: datetime) -> OfferFigures:
    """The figures of one store."""
    since = (Coupon.store_id == store.id, Coupon.created_at >= now - MADE_WITHIN)
    by_state = select(Coupon.state, func.count().label("times")).where(*since).group_by(Coupon.state)
    counts = {row.state: row.times for row in session().execute(by_state)}
    used, taken_back = counts.get("used", 0), counts.get("removed", 0)
    return OfferFigures(
        today=given_today(store, store.currency or "", now=now),
        by_reps=session().scalar(_by_reps(store, now)) or 0,
        made=counts.get("active", 0) + used + taken_back,
        used=used,
        taken_back=taken_back,
        withheld=_withheld(store.id, now - WITHHELD_WITHIN),
    )


def _by_reps(store: Store, now: datetime) -> Select[int]:
    today = (Coupon.store_id == store.id, Coupon.created_at >= day_began(now, zone_of(store)))
    given = (Coupon.user_id.is_not(None), Coupon.state.in_(LIVE))
    return select(func.count()).select_from(Coupon).where(*today, *given)


def _withheld(store_id: int, since: datetime) -> list[tuple[str, int]]:
    often = func.count()
    query = (
        select(Coupon.reason_words, often)
        .where(
            Coupon.store_id == store_id,
            Coupon.created_at >= since,
            Coupon.state.in_(("failed", "planned")),
            Coupon.reason_words.is_not(None),
        )
        .group_by(Coupon.reason_words)
        .order_by(often.desc(), Coupon.reason_words)
        .limit(_MOST_REASONS)
    )
    return [(words or "", count) for words, count in session().execute(query)]
