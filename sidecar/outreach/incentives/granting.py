"""The rows of coupons, from the plan to the end. Each change asks for the state it comes from, so that of two one wins.

A row is on disk, with its code, before the store is asked: so whoever comes after a crash can ask the store whether it
has that code. One row per cart and offer, one code per store: no cart gets two for one offer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.purchases import COUNTS_FOR_NOTHING
from sidecar.db import one_row, session
from sidecar.outreach.incentives import offers
from sidecar.outreach.incentives.coupon import BY_REP, GIVEN_BACK, TAKEN_BACK, Coupon
from sidecar.outreach.incentives.offers import Basket, Given, Offer, Withheld
from sidecar.stores.connection import Store
from sidecar.stores.site_time import day_began, end_of_day, zone_of

_COUNTED = ("planned", "active", "used", "removed")
LIVE = ("planned", "active", "used")
HAS_ONE = Withheld("has_one", "A rep gave this cart an offer on the phone.")


@dataclass(frozen=True, slots=True)
class Giver:
    """The rep who gives a coupon on the phone, the claim it is given in, and what the customer had said."""

    user_id: int | None = None
    claim_key: str = ""
    reasons: tuple[str, ...] = ()


NOBODY = Giver()  # a message gives it


def find_coupon(cart_id: int, offer: str) -> Coupon | None:
    """The row of this offer to this cart, whatever its state."""
    return session().scalar(select(Coupon).where(Coupon.cart_id == cart_id, Coupon.offer == offer))


def live_of(cart_id: int, *keys: str) -> list[Coupon]:
    """The cart's coupons that are being made, can be used, or were; only those of these offers, if any are named."""
    query = select(Coupon).where(Coupon.cart_id == cart_id, Coupon.state.in_(LIVE)).order_by(Coupon.id)
    return list(session().scalars(query.where(Coupon.offer.in_(keys)) if keys else query))


def decide(
    cart: Cart, offer: str, store: Store, settings: Mapping[str, Any], *, now: datetime
) -> Offer | Withheld | None:
    """What the owner's terms and limits give this cart now. One offer per cart: what a rep gave is enough."""
    if offer in settings["offers.by_step"] and live_of(cart.id, BY_REP):
        return HAS_ONE
    given = given_today(store, cart.currency, now=now)
    return offers.offer_of(offer, basket_of(cart), settings, given)


def basket_of(cart: Cart) -> Basket:
    """What offers are judged by."""
    bought = select(Purchase.id).where(
        Purchase.contact_id == cart.contact_id, Purchase.status.not_in(COUNTS_FOR_NOTHING)
    )
    has_bought = cart.contact_id is not None and session().scalar(bought.limit(1)) is not None
    return Basket(cart.currency, cart.goods_minor, cart.shipping_minor, has_bought)


def given_today(store: Store, currency: str, *, by: int | None = None, now: datetime) -> Given:
    """How many coupons were granted since midnight at the store, and what those in `currency` are worth.

    `by`: only those that this rep gave and did not take back.
    """
    mine = (Coupon.user_id == by, Coupon.reason.is_distinct_from(TAKEN_BACK)) if by is not None else ()
    query = (
        select(Coupon.kind, Coupon.value_minor, Cart.currency, Cart.goods_minor, Cart.shipping_minor)
        .join(Cart, Cart.id == Coupon.cart_id)
        .where(
            Coupon.store_id == store.id,
            Coupon.created_at >= day_began(now, zone_of(store)),
            Coupon.state.in_(_COUNTED),
            *mine,
        )
    )
    rows = session().execute(query).all()
    same = [row for row in rows if row.currency == currency]
    worth = sum(offers.worth(row.kind, row.value_minor, row.goods_minor, row.shipping_minor) for row in same)
    return Given(len(rows), worth)


def take_turns(store_id: int) -> None:
    """Whoever counts before granting does so alone, until the commit (Postgres; SQLite has one writer).

    The store's row, but not its key: rows that refer to it can be added meanwhile.
    """
    session().execute(select(Store.id).where(Store.id == store_id).with_for_update(key_share=True))


# --- from state to state ------------------------------------------------------------------------------------------


def plan(
    cart: Cart, key: str, offer: Offer, store: Store, valid_for: timedelta, *, by: Giver = NOBODY, now: datetime
) -> Coupon | None:
    """The row of a coupon that is about to be asked for; None when somebody else has just planned it."""
    return _insert(cart, key, offer.kind, offer.value_minor, store, _end(store, valid_for, now), now, by)


def withhold(cart: Cart, key: str, kind: str, withheld: Withheld, store: Store, *, now: datetime) -> bool:
    """Keeps why there is no offer; whether that is news."""
    known = find_coupon(cart.id, key)
    row = known or _insert(cart, key, kind, 0, store, now, now)
    if row is None or row.woo_id is not None or (known is not None and row.state != "failed"):
        return False
    is_news = row.reason != withheld.code
    row.state, row.reason, row.reason_words = "failed", withheld.code, withheld.words
    session().flush()
    return is_news


def plan_again(
    row: Coupon, cart: Cart, offer: Offer, store: Store, valid_for: timedelta, *, by: Giver = NOBODY, now: datetime
) -> bool:
    """Plans a coupon that failed and that the store does not have, with the same code; or one that was given back (by
    the rep, or by a cart that is open again), with another. False when it has moved on."""
    is_given_back = row.state == "removed" and row.reason in GIVEN_BACK
    return _change(
        row.id,
        ("removed",) if is_given_back else ("failed",),
        Coupon.reason.in_(GIVEN_BACK) if is_given_back else Coupon.woo_id.is_(None),
        state="planned",
        code=offers.new_code() if is_given_back else row.code,
        woo_id=None,
        user_id=by.user_id,
        claim_key=by.claim_key,
        reasons=list(by.reasons),
        kind=offer.kind,
        value_minor=offer.value_minor,
        email=_email(cart),
        created_at=now,
        asked_at=now,
        expires_at=_end(store, valid_for, now),
        reason=None,
        reason_words=None,
    )


def asked_again(row_id: int, *, code: str | None = None, now: datetime) -> bool:
    """Notes that the store is about to be asked once more, with another code where the first was taken."""
    changes: dict[str, Any] = {"asked_at": now} | ({"code": code} if code else {})
    return _change(row_id, ("planned",), **changes)


def activate(row_id: int, *, woo_id: int, expires_at: datetime) -> bool:
    """Records that the store has it, and when it really ends there."""
    return _change(
        row_id, ("planned",), state="active", woo_id=woo_id, expires_at=expires_at, reason=None, reason_words=None
    )


def waits(row_id: int, code: str, words: str) -> bool:
    """Records that nobody can tell yet whether the store has it; whoever comes next looks its code up."""
    return _change(row_id, ("planned",), reason=code, reason_words=words)


def fail(row_id: int, code: str, words: str, *, woo_id: int | None = None) -> bool:
    """Records why there is none. With `woo_id` the store has one that is not as it should be, and is to be removed."""
    return _change(row_id, ("planned", "failed"), state="failed", reason=code, reason_words=words, woo_id=woo_id)


def end(row_id: int, state: str, code: str, words: str) -> bool:
    """Records that it was used, or removed from the store."""
    return _change(row_id, ("active",), state=state, reason=code, reason_words=words)


def give_up(row_id: int, code: str, words: str, *, now: datetime) -> bool:
    """Ends a coupon's time at once, with the reason: nothing names it from now on, and the next clean-up removes it."""
    return _change(row_id, ("active",), Coupon.expires_at > now, expires_at=now, reason=code, reason_words=words)


def clear(row_id: int) -> bool:
    """Records that the store surely has nothing of a coupon that came to nothing."""
    cleared = update(Coupon).where(Coupon.id == row_id, Coupon.state.in_(("planned", "failed")))
    reason = func.coalesce(Coupon.reason, "unanswered")
    changed = session().execute(cleared.values(state="failed", reason=reason, woo_id=None))
    session().expire_all()
    return one_row(changed)


def _change(row_id: int, states: tuple[str, ...], *also: Any, **values: Any) -> bool:
    statement = update(Coupon).where(Coupon.id == row_id, Coupon.state.in_(states), *also).values(**values)
    changed = session().execute(statement.execution_options(synchronize_session=False))
    session().expire_all()
    return one_row(changed)


def _email(cart: Cart) -> str:
    return cart.email.strip().lower()


def _end(store: Store, valid_for: timedelta, now: datetime) -> datetime:
    return end_of_day(now + valid_for, zone_of(store))


def _insert(
    cart: Cart,
    key: str,
    kind: str,
    value_minor: int,
    store: Store,
    expires_at: datetime,
    now: datetime,
    by: Giver = NOBODY,
) -> Coupon | None:
    row = Coupon(
        store_id=store.id,
        cart_id=cart.id,
        contact_id=cart.contact_id,
        offer=key,
        kind=kind,
        value_minor=value_minor,
        code=offers.new_code(),
        email=_email(cart),
        created_at=now,
        asked_at=now,
        expires_at=expires_at,
        user_id=by.user_id,
        claim_key=by.claim_key,
        reasons=list(by.reasons),
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return None
    return row
