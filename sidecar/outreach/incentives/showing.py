"""What a message may say about offers: only what the store really has, or the owner's own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select

from sidecar.carts.cart import Cart
from sidecar.db import session
from sidecar.outreach.incentives import offers
from sidecar.outreach.incentives.coupon import BY_REP, Coupon
from sidecar.outreach.incentives.granting import basket_of
from sidecar.outreach.incentives.offers import Given, Offer

# A coupon that ends sooner than this is not worth a message's mention.
STILL_USEFUL = timedelta(hours=1)


def coupon_for(cart: Cart, offer: str | None, *, now: datetime) -> Coupon | None:
    """The coupon that the store has for this cart, if the person who is written to can still use it: the one that a
    rep gave on the phone, else the one of this offer."""
    keys = [BY_REP, *filter(None, (offer,))]
    mine = (Coupon.cart_id == cart.id, Coupon.offer.in_(keys), Coupon.state == "active")
    still = (Coupon.email == cart.email.strip().lower(), Coupon.expires_at > now + STILL_USEFUL)
    found = select(Coupon).where(*mine, *still).order_by(case((Coupon.offer == BY_REP, 0), else_=1)).limit(1)
    return session().scalar(found)


def shown(cart: Cart, offer: str | None, settings: Mapping[str, Any], *, now: datetime) -> tuple[Coupon | None, str]:
    """What a message with this offer may show now: a coupon that the store has, or the owner's words, or neither.

    What a rep gave is shown wherever offers are; what belongs to the message only as long as the owner offers it.
    """
    is_set = settings["offers.by_step"].get(offer) is not None
    coupon = coupon_for(cart, offer if is_set else None, now=now)
    is_given = coupon is not None and coupon.offer == BY_REP
    return coupon, "" if is_given else words_for(cart, offer, settings)


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
