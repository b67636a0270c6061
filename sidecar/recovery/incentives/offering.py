"""Providing the coupon that a message names, before the message leaves: never two for one offer, and never a message
that waits for one.

Like a message itself: a row on disk with the code decided, then the store is asked, then the answer is recorded
(recovery.incentives.couponing). Whatever goes wrong with an offer, the message leaves without it, and the row says why.
Source of the protocol: reference/safety.md A2.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.outreach.incentives import granting, showing
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.offers import Offer, Withheld
from sidecar.outreach.letters.language import choose
from sidecar.outreach.letters.sources import source_of
from sidecar.outreach.letters.tokens import fields_in
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called
from sidecar.ports import Gateways
from sidecar.recovery.incentives.couponing import Plan, plan_of
from sidecar.recovery.incentives.desks import Desks
from sidecar.settings import Settings, settings_of
from sidecar.settings.offer_notation import COUPON_KINDS
from sidecar.stores.connection import Store

_NAMING = frozenset({"offer", "coupon_code"})

log = logging.getLogger(__name__)

_UNNAMED = Withheld("not_named", "The words of this email name no offer. Add {{ offer }} to them.")


class Offers:
    """The offers of one batch of messages."""

    def __init__(self, gateways: Gateways, clock: Callable[[], datetime]) -> None:
        self._desks = Desks(gateways, clock)
        self._clock = clock
        self._tried: set[int] = set()

    def is_missing(self, message: Message, settings: Settings, *, now: datetime) -> bool:
        """Whether an offer is set for this message that it does not have yet and that was not tried in this batch."""
        offer = step_called(message.step).offer
        terms = settings["offers.by_step"].get(offer)
        if terms is None or message.id in self._tried or terms.kind not in COUPON_KINDS:
            return False
        return showing.coupon_for(message.cart, offer, now=now) is None

    def provide(self, message_id: int) -> Coupon | None:
        """The coupon that this message may name: the store has it. None, with the reason on its row, when there is
        none; then the message leaves without. Never raises for the offer's trouble."""
        self._tried.add(message_id)
        offer = ""
        try:
            message = session().get_one(Message, message_id)
            store_id, offer = message.store_id, step_called(message.step).offer or ""
            plan = self._plan(message, offer)
            if plan is not None:
                self._desks.ask(store_id, plan)
            return showing.coupon_for(message.cart, offer, now=self._clock())
        except Exception:
            log.exception("the offer %s of message %s went wrong", offer, message_id)
            session().rollback()
            return None

    # --- deciding ---------------------------------------------------------------------------------------------

    def _plan(self, message: Message, key: str) -> Plan | None:
        """A row that says what is to be asked of the store, committed; None when nothing is."""
        cart, store = message.cart, session().get_one(Store, message.store_id)
        settings = settings_of(store.id)
        row = granting.find_coupon(cart.id, key)
        if row is not None and row.state not in ("planned", "failed"):
            return None
        if row is not None and row.state == "planned":
            return plan_of(row, cart, store, settings, look_first=True)
        decided = granting.decide(cart, key, store, settings, now=self._clock())
        if isinstance(decided, Offer) and decided.is_coupon:
            decided = _unnamed(message, store) or self._desks.against(decided, cart, store.id, settings) or decided
        with transaction():
            return self._write(message, key, decided)

    def _write(self, message: Message, key: str, decided: Offer | Withheld | None) -> Plan | None:
        """Decides once more, alone this time, and writes down what comes of it."""
        cart, store, now = message.cart, session().get_one(Store, message.store_id), self._clock()
        settings = settings_of(store.id)
        granting.take_turns(store.id)
        if isinstance(decided, Offer):
            decided = granting.decide(cart, key, store, settings, now=now)
        if isinstance(decided, Withheld):
            terms = settings["offers.by_step"][key]
            if granting.withhold(cart, key, terms.kind, decided, store, now=now):
                tell(cart.id, "offer", f"No offer: {decided.words}", at=now)
        if not isinstance(decided, Offer) or not decided.is_coupon or cart.contact_id is None:
            return None
        row, valid_for = granting.find_coupon(cart.id, key), settings["offers.valid_for"]
        if row is None:
            row = granting.plan(cart, key, decided, store, valid_for, now=now)
            return plan_of(row, cart, store, settings, look_first=False) if row is not None else None
        if not granting.plan_again(row, cart, decided, store, valid_for, now=now):
            return None
        return replace(plan_of(row, cart, store, settings, look_first=True), asked_at=None)


def _unnamed(message: Message, store: Store) -> Withheld | None:
    """Why a coupon would stay unknown to the customer: the words of the message say nothing of it."""
    contact = message.cart.contact
    language = choose(contact.language if contact else "", store.country).code
    source = source_of(store.id, step_called(message.step).kind, language)
    named = {field.name for part in (source.subject, source.body, source.text) for field in fields_in(part)}
    return None if named & _NAMING else _UNNAMED
