"""A message as nobody gets it: for the editor, for tests to oneself, and for the lint of all that is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from sidecar.carts.cart import Cart, CartLine
from sidecar.contacts.contact import Contact
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.incentives import offers
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters import blocks
from sidecar.outreach.letters.facts import UNSUBSCRIBE_STAND_IN, Facts, postal_address_of, store_name_of
from sidecar.outreach.letters.language import DEFAULT, TEMPLATES, languages
from sidecar.outreach.letters.lint import Finding, LintFacts, lint
from sidecar.outreach.letters.signing import find_signer
from sidecar.outreach.letters.sources import KINDS, Source, kinds_in_use, source_of
from sidecar.outreach.letters.tokens import fields_in
from sidecar.outreach.letters.wording import Composed, compose
from sidecar.outreach.sequences.sequence import AFTER_CALLS, PERSONAL, Step, follows_call, sequence_of, step_called
from sidecar.settings import Settings
from sidecar.stores.connection import Store

LAST = 10  # real carts to choose from
JUDGED = 100  # real carts in which an empty field is counted

_KEYS = {"personal": "personal-1", "pay-link": "pay-link-0"} | {kind: step.key for kind, step in AFTER_CALLS.items()}
_NEVER_EMPTY = frozenset({"store_name", "total", "started_on", "top_item"})
_FIRST = frozenset({"reminder-1", "personal"})  # the first that somebody hears about a cart


@dataclass(frozen=True, slots=True)
class Shown:
    """A message composed for nobody, or the reason why it cannot be; and what the lint finds."""

    composed: Composed | None
    refused: str
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> int:
        """How many findings stand against going live."""
        return sum(finding.level == "block" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings are worth a look."""
        return len(self.findings) - self.blocks


def step_of(kind: str) -> Step:
    """The step of this kind of message."""
    return step_called(_KEYS.get(kind, kind))


def languages_of(kind: str) -> tuple[str, ...]:
    """The languages in which there are words of this kind, ours first. Empty when there is no such kind."""
    codes = sorted(languages(), key=lambda code: (code != DEFAULT, code)) if kind in KINDS else ()
    return tuple(code for code in codes if (TEMPLATES / kind / f"{code}.txt").is_file())


def last_carts(store_id: int, *, limit: int = LAST) -> list[Cart]:
    """The store's latest carts that can be written about."""
    query = (
        select(Cart)
        .where(Cart.store_id == store_id, Cart.email != "", Cart.lines.any(CartLine.quantity > 0))
        .order_by(Cart.id.desc())
        .limit(limit)
        .options(selectinload(Cart.lines), joinedload(Cart.contact))
    )
    return list(session().scalars(query))


def find_cart(store_id: int, cart_id: int) -> Cart | None:
    """The store's cart, or None."""
    return session().scalar(select(Cart).where(Cart.id == cart_id, Cart.store_id == store_id))


def show(
    source: Source, kind: str, language: str, store: Store, settings: Settings, *, cart: Cart | None, now: datetime
) -> Shown:
    """What these words become on this cart, or on the sample cart, and what the lint says."""
    on = cart if cart is not None and blocks.wanted(cart) else sample_cart(store, settings, now=now)
    coupon, words = _offered(kind, on, settings, now)
    composed, refused = None, ""
    try:
        composed = compose(
            step_of(kind),
            on,
            _contact(on, language),
            store,
            settings,
            writer=_writer(kind),
            coupon=coupon,
            offer_words=words,
            source=source,
            language=language,
            now=now,
        )
    except Refused as error:
        refused = error.__cause__.reason if isinstance(error.__cause__, Refused) else error.reason
    facts = lint_facts(source, kind, language, store, settings, composed=composed, now=now)
    return Shown(composed, refused, lint(source, channel=step_of(kind).channel, facts=facts))


def lint_facts(
    source: Source,
    kind: str,
    language: str,
    store: Store,
    settings: Settings,
    *,
    composed: Composed | None,
    now: datetime,
) -> LintFacts:
    """What the lint must know about this store, this kind of message, and its last carts."""
    empty, carts = _empty(source, language, store, settings, now)
    return LintFacts(
        store_name=store_name_of(store),
        postal_address=postal_address_of(store, settings),
        is_first=kind in _FIRST,
        has_discount=offers.has_discount(kind, settings),
        html=composed.html if composed else UNSUBSCRIBE_STAND_IN,  # the foot is put there whatever the words are
        plain=composed.text if composed else UNSUBSCRIBE_STAND_IN,
        way_out=UNSUBSCRIBE_STAND_IN,
        empty=empty,
        carts=carts,
    )


def look_at_all(
    store: Store, settings: Settings, *, now: datetime, compose_too: bool = True
) -> dict[tuple[str, str], Shown]:
    """Every message that is in use, by kind and language, on the sample cart; or its words alone, which is quicker."""
    cart = sample_cart(store, settings, now=now)
    found = {}
    for kind in kinds_in_use(settings):
        for code in languages_of(kind):
            source = source_of(store.id, kind, code)
            if compose_too:
                found[kind, code] = show(source, kind, code, store, settings, cart=cart, now=now)
            else:
                facts = lint_facts(source, kind, code, store, settings, composed=None, now=now)
                found[kind, code] = Shown(None, "", lint(source, channel=step_of(kind).channel, facts=facts))
    return found


def sample_cart(store: Store, settings: Settings, *, now: datetime) -> Cart:
    """A cart that nobody left, in the store's currency. It is never stored."""
    currency = store.currency or "USD"
    whose = Contact(id=0, store_id=store.id, first_name="Dana", last_name="Ruiz", email="dana@example.com", language="")
    whose.phone_e164, whose.country, whose.region = "", "", ""
    cart = Cart(
        id=0,
        store_id=store.id,
        order_id=1042,
        number="1042",
        contact_id=0,
        status="pending",
        currency=currency,
        total_minor=148_000,
        goods_minor=142_600,
        shipping_minor=5_400,
        tax_minor=0,
        discount_minor=0,
        name="Dana Ruiz",
        email="dana@example.com",
        city="Springfield",
        payment_url=f"{store.url}/checkout/order-pay/1042",
        content_hash="",
        ordered_at=now - timedelta(days=1),
        state="abandoned",
    )
    cart.contact = whose
    things = (("HX-2 Turntable", "Walnut", "HX-2", 1, 124_900), ("MC-10 Cartridge", "", "MC-10", 1, 14_900),
              ("Anti-static brush", "", "Brush", 2, 2_800))  # fmt: skip
    cart.lines = [
        CartLine(position=at, product_id=0, variation_id=0, name=name, options=options, sku=sku, quantity=quantity,
                 unit_minor=minor // quantity, total_minor=minor, image_url="")
        for at, (name, options, sku, quantity, minor) in enumerate(things)
    ]  # fmt: skip
    return cart


def _writer(kind: str) -> str:
    """Who would sign it: only mail that a person stands behind is signed."""
    key = step_of(kind).key
    signer = find_signer() if sequence_of(key) == PERSONAL or follows_call(key) else None
    return signer.first_name if signer else ""


def _contact(cart: Cart, language: str) -> Contact:
    """Whoever is behind the cart, reading the language that is looked at. Never stored."""
    known = cart.contact
    whose = Contact(id=cart.contact_id or 0, store_id=cart.store_id, language=language, email=cart.email)
    for name in ("first_name", "last_name", "company", "phone", "phone_e164", "country", "region"):
        setattr(whose, name, getattr(known, name) if known else "")
    return whose


def _offered(kind: str, cart: Cart, settings: Settings, now: datetime) -> tuple[Coupon | None, str]:
    """An example of what the owner offers with this kind of message; no such coupon exists."""
    basket = offers.Basket(cart.currency, cart.goods_minor, cart.shipping_minor, has_bought=False)
    offer = offers.offer_of(kind, basket, settings, offers.Given())
    if not isinstance(offer, offers.Offer):
        return None, ""
    if not offer.is_coupon:
        return None, offer.words
    coupon = Coupon(kind=offer.kind, value_minor=offer.value_minor, code="EXAM-PLE2-CODE", email=cart.email)
    coupon.expires_at = now + timedelta(days=2)
    return coupon, ""


def _empty(
    source: Source, language: str, store: Store, settings: Settings, now: datetime
) -> tuple[Mapping[str, int], int]:
    """In how many of the last carts each field without a word instead had nothing to say."""
    names = {
        found.name
        for part in (source.subject, source.preheader, source.body, source.text)
        for found in fields_in(part)
        if found.token and found.fallback is None and not (found.token.is_block or found.token.is_link)
    } - _NEVER_EMPTY
    carts = last_carts(store.id, limit=JUDGED) if names else []
    counts = dict.fromkeys(names, 0)
    for cart in carts:
        facts = Facts(cart, _contact(cart, language), store, settings, languages()[language], "", None, "", now)
        for name, value in facts.of(frozenset(names)).items():
            counts[name] = counts.get(name, 0) + (not value)
    return {name: counts[name] for name in names if counts[name]}, len(carts)
