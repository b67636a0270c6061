"""Where an offer on the phone is given: the cart in a rep's hands, what stands against any offer, and the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.incentives import granting
from sidecar.outreach.incentives.coupon import BY_REP
from sidecar.outreach.incentives.offers import Offer, Withheld
from sidecar.outreach.incentives.rep_offers import Beyond, called, judge
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.recovery.incentives import questions
from sidecar.settings import Settings, settings_of
from sidecar.settings.offer_notation import OfferTerms
from sidecar.stores.connection import Store

_ENDED = ("recovered", "closed")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an offer is given: a cart in a rep's hands, its store, and the owner's settings."""

    task: CallTask
    store: Store
    settings: Settings


def find_place(task_id: int, user: User, *, now: datetime) -> Place:
    """The rep's place with this cart. Raises Refused when it is not with them, or cannot be given anything."""
    task = session().get(CallTask, task_id, populate_existing=True)
    if task is None or not (_holds(task, user) or questions.approved_for(task.cart_id, user.id, now=now) is not None):
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    place = Place(task, session().get_one(Store, task.store_id), settings_of(task.store_id))
    against = against_all(place)
    if against is not None:
        raise Refused(against.words, code=against.code)
    return place


def against_all(place: Place) -> Withheld | None:
    """Why no offer at all can be given at this place; None when one can."""
    cart, store = place.task.cart, place.store
    if cart.state in _ENDED:
        return Withheld("ended", "The cart has ended; nothing is offered any more.")
    if not store.is_live:
        return Withheld("not_live", "Nothing is offered before the store is live.")
    if store.can_write is False:
        return Withheld("read_only", "The store’s key may only read: no coupon can be made. The owner can change that.")
    if not cart.email or cart.contact_id is None:
        return Withheld("no_email", "The order has no email address, and a coupon is for one address only.")
    other = next((row for row in granting.live_of(cart.id) if row.offer != BY_REP), None)
    if other is not None:
        what = called(other.kind, other.value_minor, cart.currency)
        return Withheld("has_one", f"An email offered {what} already. One offer per cart.")
    return None


def judged(
    place: Place, user: User, terms: OfferTerms, *, now: datetime, request: OfferRequest | None = None
) -> Offer | Withheld | Beyond:
    """What the owner's terms and the limits say to this wish now; `request`: what the owner allowed."""
    cart, store = place.task.cart, place.store
    return judge(
        terms,
        granting.basket_of(cart),
        place.settings,
        store_today=granting.given_today(store, cart.currency, now=now),
        rep_today=granting.given_today(store, cart.currency, by=user.id, now=now),
        allowed_minor=request.worth_minor if request is not None else None,
    )


def _holds(task: CallTask, user: User) -> bool:
    return task.is_held and task.claimed_by_id == user.id
