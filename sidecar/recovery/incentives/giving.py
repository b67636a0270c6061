"""An offer that a rep gives on the phone: the same coupon protocol as for messages, once whatever is killed when.

Like everything that asks a store: a row on disk with the code decided, then the store is asked, then its answer is
recorded (recovery.incentives.couponing). These functions open their transactions themselves, as the store is asked in
between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sidecar.accounts import User
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.carts.story import tell
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.incentives import granting
from sidecar.outreach.incentives.coupon import BY_REP, TAKEN_BACK, Coupon
from sidecar.outreach.incentives.granting import Giver
from sidecar.outreach.incentives.offers import Offer, Withheld
from sidecar.outreach.incentives.rep_offers import Beyond, called, wished
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.ports import Gateways
from sidecar.recovery.incentives import questions
from sidecar.recovery.incentives.couponing import Plan, plan_of
from sidecar.recovery.incentives.desks import Desks
from sidecar.recovery.incentives.place import Place, find_place, judged
from sidecar.recovery.incentives.withdrawing import withdraw_one
from sidecar.recovery.orders.rereading import reread
from sidecar.settings.offer_notation import OfferTerms

NO_REASON = "Tick what got in the way first. Then there is something to help with."
_UNANSWERED = "The store did not say whether it made the coupon. Look once more in a minute or two; never make another."


class BeyondLimits(Refused):
    """The rep may not give it alone; the owner may allow it. `wish` is what was asked for."""

    def __init__(self, beyond: Beyond, wish: str) -> None:
        super().__init__(beyond.words, code=beyond.code, field="offer-much")
        self.wish = wish


def give(
    task_id: int, user: User, wish: str, reasons: Sequence[str], *, gateways: Gateways, clock: Callable[[], datetime]
) -> Coupon:
    """The coupon that the store has now for this cart: "percent 10", "fixed 20" or "free_shipping", as wished. Where
    the cart has one already or is getting one, that one.

    Raises Refused with what stands against it, BeyondLimits where the owner has to be asked.
    """
    place = find_place(task_id, user, now=clock())
    terms = wished(wish, place.task.cart.currency)
    if not reasons:
        raise Refused(NO_REASON, code="reason_missing")
    _read_anew(place, gateways, clock)
    desks, store_id = Desks(gateways, clock), place.store.id
    plan = _planned(task_id, user, wish, terms, tuple(reasons), desks, clock)
    if plan is not None:
        desks.ask(store_id, plan)
    return _became(task_id)


def look_again(task_id: int, user: User, *, gateways: Gateways, clock: Callable[[], datetime]) -> Coupon:
    """The coupon that somebody began to make and nobody knows the end of: looked up, and made if it is not there.

    Raises Refused with why there is none. Begins none by itself.
    """
    place = find_place(task_id, user, now=clock())
    plan = _known_plan(place)
    if plan is not None:
        Desks(gateways, clock).ask(place.store.id, plan)
    return _became(task_id)


def ask(
    task_id: int, user: User, wish: str, reasons: Sequence[str], words: str, *, now: datetime
) -> OfferRequest:
    """The question to the owner about an offer beyond the rep's limits. Inside the edge's transaction.

    Raises Refused where no owner's word would help, where none is needed, or where one was asked for already.
    """
    place = find_place(task_id, user, now=now)
    terms = wished(wish, place.task.cart.currency)
    if not reasons:
        raise Refused(NO_REASON, code="reason_missing")
    if granting.live_of(place.task.cart_id):
        raise Refused("This cart has its offer. One per cart.", code="has_one")
    found = judged(place, user, terms, now=now)
    if isinstance(found, Withheld):
        raise Refused(found.words, code=found.code)
    if isinstance(found, Offer):
        raise Refused("You may give this by yourself; nobody has to be asked.", code="within_limits")
    return questions.keep(place.task.cart, task_id, user, found, reasons, words, now=now)


def take_back(task_id: int, user: User, *, gateways: Gateways, clock: Callable[[], datetime]) -> str:
    """Takes the rep's offer out of the store, unless it was used; a sentence about how that ended.

    Nothing names the coupon from the first moment on. Raises Refused when there is none to take back.
    """
    with transaction():
        task = session().get(CallTask, task_id)
        row = granting.find_coupon(task.cart_id, BY_REP) if task is not None else None
        if row is None or row.user_id != user.id or row.state != "active":
            raise Refused("There is no offer of yours to take back here.", code="no_offer")
        row_id, store_id = row.id, row.store_id
        if not granting.give_up(row_id, TAKEN_BACK, f"{user.first_name} took it back.", now=clock()):
            raise Refused("The offer has run out already.", code="moved_on")
    try:
        withdraw_one(session().get_one(Coupon, row_id), Desks(gateways, clock).open(store_id), clock)
    except (GatewayError, Refused) as error:
        return f"Taken back here. The store does not answer ({error.reason}) and loses it as soon as it does."
    is_used = session().get_one(Coupon, row_id).state == "used"
    return "It had been used already." if is_used else "Taken back. The store has it no more."


# --- step by step -------------------------------------------------------------------------------------------------


def _read_anew(place: Place, gateways: Gateways, clock: Callable[[], datetime]) -> None:
    """The order as it stands this moment: nothing is offered to somebody who has just paid."""
    try:
        reread(place.store.id, [place.task.cart.order_id], gateways=gateways, clock=clock)
    except GatewayError as error:
        raise Refused(f"The store does not answer: {error.reason} Nothing was offered.", code=error.code) from None


def _planned(
    task_id: int,
    user: User,
    wish: str,
    terms: OfferTerms,
    reasons: tuple[str, ...],
    desks: Desks,
    clock: Callable[[], datetime],
) -> Plan | None:
    """A row that says what is to be asked of the store, committed; None when the cart has its coupon."""
    place = find_place(task_id, user, now=clock())
    known = _known_plan(place)
    if known is not None or _has_it(place, clock()):
        return known
    offer = _allowed(place, user, wish, terms, now=clock())
    against = desks.against(offer, place.task.cart, place.store.id, place.settings)
    if against is not None:
        with transaction():
            granting.withhold(place.task.cart, BY_REP, offer.kind, against, place.store, now=clock())
        raise Refused(against.words, code=against.code)
    with transaction():
        granting.take_turns(place.store.id)
        return _reserve(find_place(task_id, user, now=clock()), user, wish, terms, reasons, now=clock())


def _reserve(
    place: Place, user: User, wish: str, terms: OfferTerms, reasons: tuple[str, ...], *, now: datetime
) -> Plan | None:
    """Decides once more, alone this time, and writes the row of the coupon, with the code that it will have."""
    known = _known_plan(place)
    if known is not None or _has_it(place, now):
        return known
    cart, store, settings = place.task.cart, place.store, place.settings
    offer = _allowed(place, user, wish, terms, now=now, uses_it_up=True)
    by = Giver(user.id, key_of(place.task, user), reasons)
    row, valid_for = granting.find_coupon(cart.id, BY_REP), settings["offers.valid_for"]
    if row is None:
        row = granting.plan(cart, BY_REP, offer, store, valid_for, by=by, now=now)
        is_new = True
    else:
        is_new = row.state == "removed"
        if not granting.plan_again(row, cart, offer, store, valid_for, by=by, now=now):
            raise Refused("This cart had its offer. One per cart.", code="had_one")
    if row is None:
        raise Refused("Somebody gave this cart an offer this very moment.", code="has_one")
    questions.close(cart.id, now=now)
    tell(cart.id, "offer", f"{user.first_name} gives {_small(offer, cart.currency)} on the phone.", at=now)
    plan = plan_of(row, cart, store, settings, look_first=not is_new)
    return plan if is_new else replace(plan, asked_at=None)


def _allowed(
    place: Place, user: User, wish: str, terms: OfferTerms, *, now: datetime, uses_it_up: bool = False
) -> Offer:
    """The offer, if this rep may give it: within the limits, or as the owner allowed. Raises Refused, BeyondLimits."""
    request = questions.approved_for(place.task.cart_id, user.id, terms, now=now)
    found = judged(place, user, terms, now=now, request=request)
    if isinstance(found, Withheld):
        raise Refused(found.words, code=found.code)
    if isinstance(found, Beyond):
        raise BeyondLimits(found, wish)
    if uses_it_up and request is not None and not questions.use_up(request.id, now=now):
        raise Refused("The owner’s yes is no longer there. Ask once more.", code="moved_on")
    return found


def _known_plan(place: Place) -> Plan | None:
    """The plan of a coupon that somebody began to make: another window, or a process that was killed."""
    row = granting.find_coupon(place.task.cart_id, BY_REP)
    if row is None or row.state != "planned":
        return None
    return plan_of(row, place.task.cart, place.store, place.settings, look_first=True)


def _has_it(place: Place, now: datetime) -> bool:
    """Whether the cart has its coupon. Raises Refused while one is still on its way out of the store."""
    row = granting.find_coupon(place.task.cart_id, BY_REP)
    if row is not None and row.state == "active" and row.expires_at <= now:
        raise Refused("The last offer is still being taken out of the store. Try again in minutes.", code="leaving")
    return row is not None and row.state in ("active", "used")


def _became(task_id: int) -> Coupon:
    """The coupon, if the store has it. Raises Refused with why there is none."""
    rest()
    row = granting.find_coupon(session().get_one(CallTask, task_id).cart_id, BY_REP)
    if row is not None and row.state in ("active", "used"):
        return row
    if row is not None and row.state == "planned":
        raise Refused(_UNANSWERED, code="unanswered")
    raise Refused((row.reason_words if row is not None else None) or "No coupon was made.", code="no_coupon")


def _small(offer: Offer, currency: str) -> str:
    found = called(offer.kind, offer.value_minor, currency)
    return found[0].lower() + found[1:]
