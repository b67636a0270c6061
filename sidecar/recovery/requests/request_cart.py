"""The cart behind a request for a call: which one it is about, and its task's way into the queue and out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sidecar.calls.requests.finding import open_request_of
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask, is_open
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import opt_outs, silence
from sidecar.contacts.contact import ContactPoint
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.ports import Sealer
from sidecar.recovery.decisions import deciding_rows, standing
from sidecar.recovery.decisions.deciding import FOLLOWED
from sidecar.routing.decide import Decision
from sidecar.routing.threshold import thresholds
from sidecar.settings import Settings

REASON = "asked_for_call"
CANCELLED = "customer_cancelled"
_TIMES = ("due_at", "callback_at")


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a request is from and what about, as far as that is known; all None for a stranger without a cart."""

    contact_id: int | None
    cart_id: int | None
    is_proven: bool
    addresses: frozenset[str]


def find(store_id: int, number: str, message: Message | None) -> Found:
    """By the message whose link was followed: its cart if that is still open, else their newest open one. Without one
    by the number alone, and only a cart that has this very number: an address or an order's number that somebody typed
    proves nothing, and nobody shall hear about another's cart."""
    if message is not None:
        addresses = frozenset({message.to, *addresses_of(message.contact_id)})
        own = message.cart_id if message.cart.state in FOLLOWED else None
        return Found(message.contact_id, own or _newest(message.contact_id), True, addresses)
    contact_id = session().scalar(
        select(ContactPoint.contact_id).where(
            ContactPoint.store_id == store_id, ContactPoint.kind == "phone", ContactPoint.address == number
        )
    )
    cart_id = _newest(contact_id, number) if contact_id is not None else None
    return Found(contact_id, cart_id, False, frozenset(addresses_of(contact_id)))


def addresses_of(contact_id: int | None) -> list[str]:
    """Every address and number of a person; none of nobody."""
    kinds = ("email", "phone") if contact_id is not None else ()
    return [address for kind in kinds for address in opt_outs.addresses_of(contact_id or 0, kind)]


def place(request: CallRequest, *, settings: Settings, vault: Sealer, now: datetime) -> None:
    """Puts the request's cart into the queue at its time; one that a rep holds now gets it afterwards (`settle`). A
    request whose cart may not be called about stands by itself."""
    cart = session().get(Cart, request.cart_id) if request.cart_id else None
    if cart is None or request.at is None:
        return
    if cart.state not in FOLLOWED or _against(cart, request, settings, vault, now):
        return
    task = session().scalar(select(CallTask).where(CallTask.cart_id == cart.id, is_open()))
    before = _times(task) if task is not None else {}
    task = _ask(cart, request, settings, now)
    if task is None:
        return
    silence.release(task.contact_id, f"request:{request.id}")
    request.task_id = task.id
    if not task.is_held:
        request.placed_at, request.before = now, before
        _decide(cart, request, now)
    session().flush()


def place_again(request: CallRequest, *, settings: Settings, now: datetime) -> bool:
    """Gives its time to the task that a rep held when it was asked for, or to another one if that is done by now. False
    when the cart's calls have ended for good."""
    cart = session().get(Cart, request.cart_id) if request.cart_id else None
    task = _ask(cart, request, settings, now) if cart is not None and cart.state in FOLLOWED else None
    if task is None:
        return False
    request.task_id, request.placed_at = task.id, now
    session().flush()
    return True


def move(request: CallRequest, before: datetime | None, *, settings: Settings, now: datetime) -> None:
    """Gives the request's task the new time instead of the one `before`; without a time it waits for a person."""
    task = request.task
    if task is None or task.state == "done":
        return
    if task.callback_at == before:
        task.callback_at = None
    if request.at is None:
        queue.place(task, now=now)
    else:
        _ask(task.cart, request, settings, now)
    session().flush()


def withdraw(request: CallRequest, *, now: datetime) -> None:
    """Takes the request's time back from its task: another open request's stands, or what stood before; a task that was
    made for it ends."""
    task = request.task
    if task is None or request.placed_at is None or task.state in ("done", "in_call", "wrap_up"):
        return
    other = open_request_of(task.id)
    if other is None and not request.before:
        queue.withdraw(task.cart_id, CANCELLED, now=now)
        return
    if task.is_held:
        return
    if other is not None and other.at is not None:
        task.due_at = task.callback_at = other.at
    else:
        task.asked_number = task.asked_zone = ""
        for name in _TIMES:
            said = request.before.get(name)
            setattr(task, name, datetime.fromisoformat(said) if said else None if name == "callback_at" else now)
    task.state, task.open_until = "waiting", None
    queue.place(task, now=now)
    session().flush()


def tell_story(request: CallRequest, sentence: str, *, now: datetime) -> None:
    """Adds a sentence to the story of the request's cart, if it has one."""
    if request.cart_id is not None:
        tell(request.cart_id, "asked", f"{sentence} Reference {request.reference}.", at=now)


def _newest(contact_id: int, number: str = "") -> int | None:
    query = select(Cart.id).where(Cart.contact_id == contact_id, Cart.state.in_(FOLLOWED))
    if number:
        query = query.where(Cart.phone_e164 == number)
    return session().scalar(query.order_by(Cart.active_at.desc(), Cart.id.desc()).limit(1))


def _against(cart: Cart, request: CallRequest, settings: Settings, vault: Sealer, now: datetime) -> bool:
    found = standing.against_call(cart, settings=settings, vault=vault, number=request.number, now=now)
    return found is not None


def _ask(cart: Cart, request: CallRequest, settings: Settings, now: datetime) -> CallTask | None:
    threshold = thresholds(cart.store_id, {cart.currency}, settings["routing.call_threshold"], now=now)
    least = threshold[cart.currency].minor if cart.currency in threshold else 0
    return queue.ask(cart, threshold_minor=least, at=request.at, number=request.number, zone=request.zone, now=now)


def _decide(cart: Cart, request: CallRequest, now: datetime) -> None:
    who = cart.contact.first_name if cart.contact and cart.contact.first_name else "The customer"
    decision = Decision("call", REASON, f"{who} asked on the page to be called.", (), due_at=request.at)
    due = deciding_rows.Due(cart, decision, "contacted", cart.abandoned_at or now, "")
    deciding_rows.write([due], [due], now)


def _times(task: CallTask) -> dict[str, str]:
    found = {name: getattr(task, name) for name in _TIMES}
    return {name: at.isoformat() for name, at in found.items() if at is not None}
