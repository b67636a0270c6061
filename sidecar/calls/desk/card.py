"""The call card: everything a rep sees about one task, read in three statements."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import aliased, contains_eager

from sidecar.accounts import User
from sidecar.calls.desk import script
from sidecar.calls.desk.reach import Reach, reach_of
from sidecar.calls.desk.snippets import Filled, filled, places
from sidecar.calls.outcomes import callbacks
from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES
from sidecar.calls.outcomes.next_step import Answers, next_step
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.priority import ranking
from sidecar.calls.priority.facts import facts_of, ring_back_of, shop_zone_of, short_name, situation_of, window_of
from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart, CartEvent, Purchase
from sidecar.carts.purchases import bought_since
from sidecar.contacts.consent import basis
from sidecar.contacts.local_time import day, span
from sidecar.db import session
from sidecar.money import words
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store

_TOLD = ("called", "mailed", "texted", "asked", "clicked", "replied", "coupon", "put_off")  # of a story
_CONTACT = (
    select(CartEvent.at, CartEvent.text)
    .where(CartEvent.cart_id == bindparam("cart"), CartEvent.kind.in_(_TOLD))
    .order_by(CartEvent.at.desc(), CartEvent.id.desc())
    .limit(8)
)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Past:
    """What the person bought before: "3 past orders, $1,240, last 12 Sep"."""

    orders: int
    says: str
    other_carts: int
    bought: frozenset[int] = frozenset()  # products paid since this cart was begun


@dataclass(frozen=True, slots=True)
class Card:
    """One task for the page. `next` is what each verdict leads to, by code; `gone` says why no call is needed."""

    task: CallTask
    cart: Cart
    store: Store
    settings: Settings
    key: str
    reach: Reach
    past: Past
    contact_so_far: list[tuple[datetime, str]]
    ranked: list[tuple[str, str]]
    script: script.Script
    slots: list[callbacks.Slot]
    next: dict[str, str]
    zone: str
    shop_zone: str
    mine: bool
    gone: str
    snippets: Filled = field(default_factory=list)
    allowed_by: str = ""  # why this person may be called at all
    is_practice: bool = False  # a sample (desk.practice): nobody is called, nothing is stored

    @property
    def url(self) -> str:
        """The address under which the card's buttons act."""
        return f"/practice/{self.task.id}/{self.task.state}" if self.is_practice else f"/calls/{self.task.id}"

    @property
    def name(self) -> str:
        """The person, as the card's title."""
        return self.task.contact.name

    @property
    def who(self) -> str:
        """The first name, or a word for them."""
        return short_name(self.task) or "the customer"

    @property
    def language(self) -> str:
        """The language they speak, by its English name; "" when it is not known."""
        return LANGUAGES.get(self.task.contact.language[:2].lower(), "")

    @property
    def delivery_share(self) -> float:
        """Delivery in percent of the goods; 0 when there are no goods."""
        return 100 * self.cart.shipping_minor / self.cart.goods_minor if self.cart.goods_minor > 0 else 0.0

    @property
    def must_finish(self) -> bool:
        """Whether a call was made that has no verdict yet."""
        return self.mine and self.task.state in ("in_call", "wrap_up")


def find_card(task_id: int, user: User, settings: Settings | None, *, now: datetime) -> Card | None:
    """The card of a task, or None when there is no such task. `settings` are the store's, if they are at hand."""
    found = session().execute(_query(), {"task": task_id}).one_or_none()
    if found is None:
        return None
    task, store, orders, spent, last_paid, others = found
    past = _past(task.cart, orders, spent, last_paid, others, shop_zone_of(store), now)
    settings = settings or settings_of(task.store_id)
    return card_of(task, store, user, settings, past, _contact_so_far(task.cart_id), now=now)


def card_of(
    task: CallTask,
    store: Store,
    user: User,
    settings: Settings,
    past: Past,
    contact_so_far: list[tuple[datetime, str]],
    *,
    now: datetime,
) -> Card:
    """The card of a task that is at hand with its cart and person, stored or not."""
    window = window_of(task, settings)
    shop_zone = shop_zone_of(store)
    mine = task.claimed_by_id == user.id and task.is_held
    said = _words(task, store, settings, user)
    return Card(
        task=task,
        cart=task.cart,
        store=store,
        settings=settings,
        key=key_of(task, user),
        reach=reach_of(task, store, window, now=now),
        past=past,
        contact_so_far=contact_so_far,
        ranked=ranking.rows(facts_of(task, now=now), now=now),
        script=script.script(said),
        slots=callbacks.slots(window, shop_zone=user.time_zone or shop_zone, now=now),
        next=_leads_to(task, settings, now),
        zone=window.zone,
        shop_zone=shop_zone,
        mine=mine,
        gone=_gone(task, now),
        allowed_by=basis(task.cart, "calls", settings=settings, now=now).reason,
        snippets=filled(
            settings["calls.snippets"], task.contact.language, places(task, rep=said.rep, store=said.store)
        ),
    )


@functools.cache
def _query() -> Select[*tuple[Any, ...]]:
    """Task, cart, person and store in one statement, with what they bought before and what else is open.

    Built once: putting it together costs more than running it.
    """
    counts = (
        Purchase.contact_id == CallTask.contact_id,
        Purchase.order_id != Cart.order_id,
        Purchase.status.not_in(("refunded", "trash")),
    )
    other = aliased(Cart)
    others = select(func.count()).where(
        other.contact_id == CallTask.contact_id,
        other.id != CallTask.cart_id,
        other.state.in_(("abandoned", "contacted")),
    )
    return (
        select(
            CallTask,
            Store,
            select(func.count()).where(*counts).correlate(CallTask, Cart).scalar_subquery(),
            select(func.sum(Purchase.total_minor))
            .where(*counts, Purchase.currency == Cart.currency)
            .correlate(CallTask, Cart)
            .scalar_subquery(),
            select(func.max(Purchase.paid_at)).where(*counts).correlate(CallTask, Cart).scalar_subquery(),
            others.correlate(CallTask).scalar_subquery(),
        )
        .join(CallTask.cart)
        .join(CallTask.contact)
        .join(Store, Store.id == CallTask.store_id)
        .options(contains_eager(CallTask.cart).selectinload(Cart.lines), contains_eager(CallTask.contact))
        .where(CallTask.id == bindparam("task"))
        .execution_options(populate_existing=True)
    )


def _past(
    cart: Cart, orders: int, spent: int | None, last: datetime | None, others: int, zone: str, now: datetime
) -> Past:
    if not orders:
        return Past(0, "First order", others)
    says = [f"{orders} past order{'s' if orders > 1 else ''}"]
    if spent:
        says.append(words(spent, cart.currency, short=True))
    if last:
        says.append(f"last {day(last, zone, now=now)}")
    return Past(orders, ", ".join(says), others, bought_since(cart, last))


def _contact_so_far(cart_id: int) -> list[tuple[datetime, str]]:
    return [(at, text) for at, text in session().execute(_CONTACT, {"cart": cart_id})]


def _words(task: CallTask, store: Store, settings: Settings, user: User) -> script.Words:
    cart = task.cart
    top = max(cart.lines, key=lambda line: line.total_minor, default=None)
    return script.Words(
        first_name=task.contact.first_name,
        rep=user.first_name,
        store=store.name or "the shop",
        item=top.name if top else "",
        delivery=words(cart.shipping_minor, cart.currency) if cart.shipping_minor > 0 else "",
        ring_back=ring_back_of(user, settings),
        failed=cart.failed_payments > 0,
        asked=task.callback_at is not None,
        voicemail_left=task.voicemail_left,
    )


def _leads_to(task: CallTask, settings: Settings, now: datetime) -> dict[str, str]:
    """The sentence under "What happens next", for every verdict. A no to emails is only looked for on saving."""
    situation = situation_of(task, settings, writing=basis(task.cart, "email", settings=settings, now=now))
    return {code: next_step(Answers(code), situation, now=now).says for code in DISPOSITIONS}


def _gone(task: CallTask, now: datetime) -> str:
    """Why no call is needed any more; "" while it is."""
    cart = task.cart
    if cart.state == "recovered":
        length = now - (cart.paid_at or now)
        return f"Paid {f'{span(length)} ago' if length >= _MINUTE else 'just now'}, no call needed."
    if cart.state == "closed":
        return f"No call needed. {cart.reason or ''}".strip()
    if task.done_reason:
        return f"No call needed: {task.done_reason.replace('_', ' ')}."
    return ""
