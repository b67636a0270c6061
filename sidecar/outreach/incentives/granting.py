"""The rows of coupons, from the plan to the end. Each change asks for the state it comes from, so that of two one wins.

A row is on disk, with its code, before the store is asked: so whoever comes after a crash can ask the store whether it
has that code. One row per cart and offer, one code per store: no cart gets two for one offer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.purchases import COUNTS_FOR_NOTHING
from sidecar.db import one_row, session
from sidecar.outreach.incentives import offers
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.offers import Basket, Given, Offer, Withheld
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from sidecar.stores.site_time import day_began, end_of_day, zone_of

# A coupon that ends sooner than this is not worth a message's mention.
STILL_USEFUL = timedelta(hours=1)
_COUNTED = ("planned", "active", "used", "removed")


def coupon_for(cart: Cart, offer: str | None, *, now: datetime) -> Coupon | None:
    """The coupon that the store has for this offer to this cart, if the person who is written to can still use it."""
    if offer is None:
        return None
    place = (Coupon.cart_id == cart.id, Coupon.offer == offer, Coupon.state == "active", Coupon.email == _email(cart))
    return session().scalar(select(Coupon).where(*place, Coupon.expires_at > now + STILL_USEFUL))


def shown(cart: Cart, offer: str | None, settings: Mapping[str, Any], *, now: datetime) -> tuple[Coupon | None, str]:
    """What a message with this offer may show now: a coupon that the store has, or the owner's words, or neither."""
    if settings["offers.by_step"].get(offer) is None:
        return None, ""
    return coupon_for(cart, offer, now=now), words_for(cart, offer, settings)


def made_of(cart: Cart, offer: str | None, settings: Mapping[str, Any], *, now: datetime) -> str:
    """What a message about this cart is written from, to tell whether it must be written anew."""
    coupon, words = shown(cart, offer, settings, now=now)
    return " ".join(filter(None, (cart.content_hash, coupon.code if coupon else "", words)))


def words_for(cart: Cart, offer: str | None, settings: Mapping[str, Any]) -> str:
    """What the shop offers this cart in its own words, without a coupon; "" when there is nothing of the kind."""
    terms = settings["offers.by_step"].get(offer)
    if terms is None or not offers.words_of(terms.kind, settings):
        return ""
    found = offers.offer_of(offer or "", basket_of(cart), settings, Given())
    return found.words if isinstance(found, Offer) else ""


def find_coupon(cart_id: int, offer: str) -> Coupon | None:
    """The row of this offer to this cart, whatever its state."""
    return session().scalar(select(Coupon).where(Coupon.cart_id == cart_id, Coupon.offer == offer))


def decide(
    cart: Cart, offer: str, store: Store, settings: Mapping[str, Any], *, now: datetime
) -> Offer | Withheld | None:
    """What the owner's terms and limits give this cart now."""
    given = given_today(store, cart.currency, now=now)
    return offers.offer_of(offer, basket_of(cart), settings, given)


def basket_of(cart: Cart) -> Basket:
    """What offers are judged by."""
    bought = select(Purchase.id).where(
        Purchase.contact_id == cart.contact_id, Purchase.status.not_in(COUNTS_FOR_NOTHING)
    )
    has_bought = cart.contact_id is not None and session().scalar(bought.limit(1)) is not None
    return Basket(cart.currency, cart.goods_minor, cart.shipping_minor, has_bought)


def given_today(store: Store, currency: str, *, now: datetime) -> Given:
    """How many coupons were granted since midnight at the store, and what those in `currency` are worth."""
    query = (
        select(Coupon.kind, Coupon.value_minor, Cart.currency, Cart.goods_minor, Cart.shipping_minor)
        .join(Cart, Cart.id == Coupon.cart_id)
        .where(
            Coupon.store_id == store.id,
            Coupon.created_at >= day_began(now, zone_of(store)),
            Coupon.state.in_(_COUNTED),
        )
    )
    rows = session().execute(query).all()
    mine = [row for row in rows if row.currency == currency]
    worth = sum(offers.worth(row.kind, row.value_minor, row.goods_minor, row.shipping_minor) for row in mine)
    return Given(len(rows), worth)


def take_turns(store_id: int) -> None:
    """Whoever counts before granting does so alone, until the commit (Postgres; SQLite has one writer).

    There is a row for what is offered wherever anything is.
    """
    row = select(Setting.name).where(Setting.store_id == store_id, Setting.name == "offers.by_step")
    session().execute(row.with_for_update())


# --- from state to state ------------------------------------------------------------------------------------------


def plan(cart: Cart, key: str, offer: Offer, store: Store, valid_for: timedelta, *, now: datetime) -> Coupon | None:
    """The row of a coupon that is about to be asked for; None when somebody else has just planned it."""
    return _insert(cart, key, offer.kind, offer.value_minor, store, _end(store, valid_for, now), now)


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


def plan_again(row: Coupon, cart: Cart, offer: Offer, store: Store, valid_for: timedelta, *, now: datetime) -> bool:
    """Plans a coupon that failed and that the store does not have, with the same code. False when it has moved on."""
    return _change(
        row.id,
        ("failed",),
        Coupon.woo_id.is_(None),
        state="planned",
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
    cart: Cart, key: str, kind: str, value_minor: int, store: Store, expires_at: datetime, now: datetime
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
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return None
    return row
