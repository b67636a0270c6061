"""Practice calls: the card of carts that nobody left, made in memory. Nothing of them is stored, nobody is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sidecar.accounts import User
from sidecar.calls.desk.card import Card, Past, card_of
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.claims import LEASE
from sidecar.carts.cart import Cart, CartLine
from sidecar.contacts.contact import Contact
from sidecar.db import Base
from sidecar.settings import Settings
from sidecar.stores.connection import Store

STATES = ("claimed", "in_call", "wrap_up")
Row = TypeVar("Row", bound=Base)


_DAY = timedelta(days=1)
_ORDINARY = Past(0, "First order", 0)
# A number of films and books: nobody has it.
_REACHED: dict[str, Any] = {"phone": "(212) 555-0123", "phone_e164": "+12125550123", "country": "US", "region": "NY"}


@dataclass(frozen=True, slots=True)
class Situation:
    """One practice call. `imagine` is for the rep; `cart` and `task` hold what differs from an ordinary one."""

    title: str
    imagine: str
    first_name: str
    last_name: str
    past: Past = _ORDINARY
    cart: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[tuple[timedelta, str], ...] = ()  # how long ago, and what


SITUATIONS = (
    Situation(
        "Payment failed",
        "Dana answers. Her card was turned down twice, and she would like to pay another way.",
        "Dana",
        "Ruiz",
        past=Past(3, "3 past orders, last 12 Sep", 0),
        cart={"failed_payments": 2, "failure_text": "Your card was declined.", "payment_method_title": "Credit card"},
        task={"past_orders": 3},
    ),
    Situation(
        "Asked for a call",
        "Jo asked to be called now. He picks up, has a customer in front of him, and asks for tomorrow morning.",
        "Jo",
        "Kaya",
        cart={"customer_note": "Does it come with a cable?"},
        task={"callback_at": timedelta(0)},
        told=((timedelta(hours=2), "They asked to be called."),),
    ),
    Situation(
        "A machine answers",
        "Nobody picks up. After the tone you may leave a word: your name, the shop, the number.",
        "Aoife",
        "Byrne",
        task={"attempts": 1, "first_attempt_at": -_DAY, "tried_parts": ["morning"]},
        told=((_DAY, "Ana called: no answer. Next try today."), (_DAY + timedelta(hours=3), "First email sent.")),
    ),
    Situation(
        "Another language",
        "Beatriz answers in Spanish and has little English. A colleague of yours speaks it.",
        "Beatriz",
        "Sousa",
        cart={"shipping_minor": 18_900, "total_minor": 161_500},
    ),
    Situation(
        "A clear no",
        "Lars does not want to be called, today or ever. He says so kindly.",
        "Lars",
        "Holm",
        past=Past(1, "1 past order, last 3 May", 0),
        task={"past_orders": 1},
    ),
)


def practice_card(
    number: int, state: str, user: User, store: Store | None, settings: Settings, *, now: datetime
) -> Card:
    """The card of the nth situation, from 1, in this rep's hands. `state` is one of STATES. Raises IndexError."""
    situation = SITUATIONS[number - 1]
    shop = store or _fresh(
        Store, id=0, url="https://shop.example.com", name="Your shop", currency="USD", timezone="UTC"
    )
    task = _task(number, situation, state, user, shop, now)
    queue.place(task, now=now)
    told = [(now - length, words) for length, words in situation.told]
    card = card_of(task, shop, user, settings, situation.past, told, now=now)
    until = card.reach.until or f"{settings['calls.hours'].end:%H:%M}"  # practice is possible at any time of day
    reach = replace(card.reach, e164="", until=until, withheld="", withheld_code="")
    return replace(card, reach=reach, is_practice=True)


def _task(number: int, situation: Situation, state: str, user: User, store: Store, now: datetime) -> CallTask:
    moments = {name: now + value for name, value in situation.task.items() if isinstance(value, timedelta)}
    values = {
        "id": number,
        "store_id": store.id,
        "cart_id": 0,
        "contact_id": 0,
        "state": state,
        "due_at": now,
        "threshold_minor": 60_000,
        "margin": queue.MARGIN,
        "claimed_by_id": user.id,
        "claimed_at": now,
        "lease_until": now + LEASE if state == "claimed" else None,
        "dialled_at": None if state == "claimed" else now,
        "created_at": now,
        "changed_at": now,
        "ranked_at": now,
    }
    task = _fresh(CallTask, **values | dict(situation.task) | moments)
    task.contact = _person(situation, store, now)
    task.cart = _cart(number, situation, task.contact, store, now)
    task.zones = [shop_zone_of(store)]
    return task


def _person(situation: Situation, store: Store, now: datetime) -> Contact:
    values = {"id": 0, "store_id": store.id, "created_at": now, **_REACHED}
    email = f"{situation.first_name.lower()}@example.com"
    return _fresh(Contact, first_name=situation.first_name, last_name=situation.last_name, email=email, **values)


def _cart(number: int, situation: Situation, person: Contact, store: Store, now: datetime) -> Cart:
    left = now - timedelta(hours=26)
    values = {
        "id": 0,
        "store_id": store.id,
        "order_id": 1041 + number,
        "number": str(1041 + number),
        "contact_id": 0,
        "status": "failed" if "failed_payments" in situation.cart else "pending",
        "currency": store.currency or "USD",
        "total_minor": 148_000,
        "goods_minor": 142_600,
        "shipping_minor": 5_400,
        "name": person.name,
        "email": person.email,
        "city": "New York",
        "content_hash": "",
        "state": "abandoned",
        **dict.fromkeys(("ordered_at", "modified_at", "active_at", "first_seen_at", "changed_at"), left),
    }
    cart = _fresh(Cart, **values | _REACHED | dict(situation.cart))
    cart.contact = person
    things = (("HX-2 Turntable", "Walnut", 1, 124_900), ("MC-10 Cartridge", "", 1, 14_900), ("Brush", "", 2, 2_800))
    cart.lines = [
        _fresh(CartLine, position=at, name=name, options=options, quantity=quantity, unit_minor=minor // quantity,
               total_minor=minor)
        for at, (name, options, quantity, minor) in enumerate(things)
    ]  # fmt: skip
    return cart


def _fresh(model: type[Row], **values: Any) -> Row:
    """A row that is in no session, with the defaults that storing it would give it."""
    row = model()
    for column in model.__table__.columns:
        default: Any = column.default
        if column.name in values or default is None:
            continue
        setattr(row, column.name, default.arg(None) if default.is_callable else default.arg)
    for name, value in values.items():
        setattr(row, name, value)
    return row
