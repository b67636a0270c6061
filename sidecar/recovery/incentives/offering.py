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
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.incentives import granting
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.offers import Offer, Withheld
from sidecar.outreach.letters.language import choose
from sidecar.outreach.letters.sources import source_of
from sidecar.outreach.letters.tokens import fields_in
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called
from sidecar.ports import Gateways
from sidecar.ports.coupons import CouponDesk
from sidecar.recovery.incentives.couponing import Plan, make, plan_of
from sidecar.settings import Settings, settings_of
from sidecar.settings.offer_notation import COUPON_KINDS
from sidecar.stores.connection import Store, link_of

# These say something about the key or the store as a whole, so that the rest of the batch need not ask again.
_FOR_ALL = frozenset({"read_only", "no_rights", "bad_key", "bad_secret", "key_refused", "rest_disabled", "not_found"})

_NAMING = frozenset({"offer", "coupon_code"})

log = logging.getLogger(__name__)

_NO_FREE_METHOD = Withheld(
    "no_free_method",
    "The store has no free delivery that a coupon opens. Add one in WooCommerce → Settings → Shipping, with "
    "“A valid free shipping coupon”.",
)
_UNNAMED = Withheld("not_named", "The words of this email name no offer. Add {{ offer }} to them.")
_ON_SALE = Withheld("on_sale", "What is in the cart is on sale already.")


class Offers:
    """The offers of one batch of messages."""

    def __init__(self, gateways: Gateways, clock: Callable[[], datetime]) -> None:
        self._gateways = gateways
        self._clock = clock
        self._tried: set[int] = set()
        self._refused: dict[int, GatewayError] = {}
        self._ships_free: dict[int, bool] = {}
        self._sales: dict[int, dict[int, bool]] = {}

    def is_missing(self, message: Message, settings: Settings, *, now: datetime) -> bool:
        """Whether an offer is set for this message that it does not have yet and that was not tried in this batch."""
        offer = step_called(message.step).offer
        terms = settings["offers.by_step"].get(offer)
        if terms is None or message.id in self._tried or terms.kind not in COUPON_KINDS:
            return False
        return granting.coupon_for(message.cart, offer, now=now) is None

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
                self._ask(store_id, plan)
            return granting.coupon_for(message.cart, offer, now=self._clock())
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
            return plan_of(row, message, store, settings, look_first=True)
        decided = granting.decide(cart, key, store, settings, now=self._clock())
        if isinstance(decided, Offer) and decided.is_coupon:
            decided = _unnamed(message, store) or self._of_use(decided, message, store, settings) or decided
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
            return plan_of(row, message, store, settings, look_first=False) if row is not None else None
        if not granting.plan_again(row, cart, decided, store, valid_for, now=now):
            return None
        return replace(plan_of(row, message, store, settings, look_first=True), asked_at=None)

    def _of_use(self, offer: Offer, message: Message, store: Store, settings: Settings) -> Withheld | None:
        """Why this store or this cart would make the coupon an empty promise; None when it does not."""
        products = [line.product_id for line in message.cart.lines if line.quantity > 0]
        store_id, excludes = store.id, settings["offers.not_on_sale_items"]
        try:
            desk = self._desk(store_id)
            if offer.kind == "free_shipping":
                if store_id not in self._ships_free:
                    self._ships_free[store_id] = desk.ships_free_by_coupon()
                return None if self._ships_free[store_id] else _NO_FREE_METHOD
            on_sale = self._on_sale(store_id, products, desk) if excludes else set()
        except (GatewayError, Refused) as error:
            return Withheld(error.code, error.reason)
        left = [product_id for product_id in products if product_id not in on_sale]
        fits = bool(left) if offer.kind == "percent" else len(left) == len(products)
        return None if fits else _ON_SALE

    def _on_sale(self, store_id: int, products: list[int], desk: CouponDesk) -> set[int]:
        """Those of the products that are on sale; each is asked about once a batch."""
        known = self._sales.setdefault(store_id, {})
        unknown = [product_id for product_id in dict.fromkeys(products) if product_id not in known]
        if unknown:
            found = desk.on_sale(unknown)
            known.update((product_id, product_id in found) for product_id in unknown)
        return {product_id for product_id in products if known[product_id]}

    # --- asking -----------------------------------------------------------------------------------------------

    def _ask(self, store_id: int, plan: Plan) -> None:
        try:
            desk = self._desk(store_id)
        except (GatewayError, Refused) as error:
            with transaction():
                plan.settle(error.code, error.reason, is_unknown=plan.look_first)
            return
        trouble = make(plan, desk, self._clock)
        if trouble is not None and trouble.code in _FOR_ALL:
            self._refused[store_id] = trouble

    def _desk(self, store_id: int) -> CouponDesk:
        """The store's coupons. Raises GatewayError, also when it has refused us in this batch already."""
        if store_id in self._refused:
            raise self._refused[store_id]
        link = link_of(session().get_one(Store, store_id), self._gateways.vault)
        rest()
        if self._gateways.coupons is None:
            raise GatewayError("There is no way to make coupons.", code="no_coupons", permanent=True)
        return self._gateways.coupons.open_coupons(link)


def _unnamed(message: Message, store: Store) -> Withheld | None:
    """Why a coupon would stay unknown to the customer: the words of the message say nothing of it."""
    contact = message.cart.contact
    language = choose(contact.language if contact else "", store.country).code
    source = source_of(store.id, step_called(message.step).kind, language)
    named = {field.name for part in (source.subject, source.body, source.text) for field in fields_in(part)}
    return None if named & _NAMING else _UNNAMED
