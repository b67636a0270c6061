"""What a rep's card says about offers: what the shop promises anyway, what may be given, what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sidecar.accounts import User, find_user
from sidecar.calls.task import CallTask
from sidecar.outreach.incentives import granting
from sidecar.outreach.incentives.coupon import BY_REP, GIVEN_BACK, Coupon
from sidecar.outreach.incentives.offers import Given, Offer, Withheld
from sidecar.outreach.incentives.rep_offers import Beyond, Limits, called, judge, limits_in, written
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.recovery.incentives import questions
from sidecar.recovery.incentives.place import Place, against_all
from sidecar.settings import Settings
from sidecar.settings.offer_entries import OFFERS
from sidecar.stores.connection import Store

_PROMISES = (("Returns", "content.returns"), ("Delivery", "content.delivery"), ("Ways to pay", "content.payment"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One offer that may be given: `wish` is what its button sends, `worth_minor` what it costs the shop, `ask` why
    the owner has to be asked ("" when not)."""

    wish: str
    says: str
    worth_minor: int
    ask: str


@dataclass(frozen=True, slots=True)
class CardOffers:
    """The offers of one card. `closed` says why none can be given; `is_on` is false where the owner offers nothing.

    `stamp` changes whenever the card has something new to say.
    """

    promises: list[tuple[str, str]]
    notes: list[tuple[str, str]]
    is_on: bool
    closed: str
    choices: list[Choice]
    currency: str
    today: Given
    limits: Limits
    coupon: Coupon | None
    coupon_says: str
    is_mine: bool
    is_leaving: bool
    request: OfferRequest | None
    request_says: str
    request_wish: str
    decided_by: str
    stamp: str

    @property
    def waits(self) -> bool:
        """Whether an answer may come by itself: the owner's, or the store's."""
        return (self.request is not None and self.request.state == "asked") or (
            self.coupon is not None and (self.coupon.state == "planned" or self.is_leaving)
        )


def promises(settings: Settings, language: str) -> list[tuple[str, str]]:
    """What the shop promises everybody, in the customer's language where the owner wrote it: what about, and the
    sentence."""
    found = []
    for label, name in _PROMISES:
        said = settings[name]
        found.append((label, said.get(language[:2].lower()) or said.get("") or next(iter(said.values()), "")))
    return [(label, says) for label, says in found if says]


def notes(settings: Settings) -> list[tuple[str, str]]:
    """What no coupon can keep and the rep may say: what it is called, and the owner's words."""
    said = [(entry.label, settings[entry.name]) for entry in OFFERS if entry.name.endswith("_words")]
    return [(label, says) for label, says in said if says]


def offers_on(task: CallTask, store: Store, settings: Settings, user: User, *, now: datetime) -> CardOffers:
    """The offers of this card, as this rep sees them."""
    cart = task.cart
    coupon, request = _coupon_of(cart.id), questions.latest_of(cart.id)
    today = granting.given_today(store, cart.currency, by=user.id, now=now)
    closed = ""
    choices: list[Choice] = []
    if coupon is None or coupon.state not in granting.LIVE:
        against = against_all(Place(task, store, settings))
        closed = against.words if against is not None else _had_one(coupon)
        if not closed:
            closed, choices = _choices(task, store, settings, today, now)
    decider = find_user(request.decided_by_id) if request is not None and request.decided_by_id else None
    return CardOffers(
        promises=promises(settings, task.contact.language),
        notes=notes(settings),
        is_on=bool(settings["offers.by_rep"]) or coupon is not None or request is not None,
        closed=closed,
        choices=choices,
        currency=cart.currency,
        today=today,
        limits=limits_in(cart.currency, settings),
        coupon=coupon,
        coupon_says=called(coupon.kind, coupon.value_minor, cart.currency) if coupon is not None else "",
        is_mine=coupon is not None and coupon.user_id == user.id,
        is_leaving=coupon is not None and coupon.state == "active" and coupon.expires_at <= now,
        request=request,
        request_says=called(request.kind, request.value_minor, request.currency) if request is not None else "",
        request_wish=written(request.kind, request.value_minor, request.currency) if request is not None else "",
        decided_by=decider.first_name if decider is not None else "",
        stamp=_stamp(coupon, request, now),
    )


def stamp_of(cart_id: int, *, now: datetime) -> str:
    """The stamp of a cart's offers, without reading everything else."""
    return _stamp(_coupon_of(cart_id), questions.latest_of(cart_id), now)


def _coupon_of(cart_id: int) -> Coupon | None:
    """The coupon that this cart can be told of: the rep's own, else an email's."""
    row = granting.find_coupon(cart_id, BY_REP)
    if row is not None and row.state in (*granting.LIVE, "removed"):
        return row
    return next(iter(granting.live_of(cart_id)), None)


def _had_one(coupon: Coupon | None) -> str:
    """Why a cart gets no second offer after its first has ended; "" where there was none, or it was given back."""
    if coupon is None or coupon.state != "removed" or coupon.reason in GIVEN_BACK:
        return ""
    return f"It had its offer. {coupon.reason_words or ''}".strip()


def _choices(
    task: CallTask, store: Store, settings: Settings, today: Given, now: datetime
) -> tuple[str, list[Choice]]:
    """Why there is nothing to choose from, and the choices."""
    basket, currency = granting.basket_of(task.cart), task.cart.currency
    store_today = granting.given_today(store, currency, now=now)
    found: list[Choice] = []
    withheld: list[Withheld] = []
    for terms in settings["offers.by_rep"]:
        result = judge(terms, basket, settings, store_today=store_today, rep_today=today)
        if isinstance(result, Withheld):
            withheld.append(result)
            continue
        offer: Offer = result.offer if isinstance(result, Beyond) else result
        says = called(offer.kind, offer.value_minor, currency)
        ask = result.words if isinstance(result, Beyond) else ""
        found.append(Choice(written(offer.kind, offer.value_minor, currency), says, offer.worth_minor, ask))
    return ("" if found or not withheld else _first(withheld)), found


def _first(withheld: Sequence[Withheld]) -> str:
    return withheld[0].words


def _stamp(coupon: Coupon | None, request: OfferRequest | None, now: datetime) -> str:
    parts = []
    if coupon is not None:
        parts.append(f"{coupon.id}-{coupon.state}-{coupon.reason or ''}")
    if request is not None:
        is_over = request.state in ("asked", "approved") and request.ends_at <= now
        parts.append(f"{request.id}-{'expired' if is_over else request.state}")
    return ".".join(parts) or "none"
