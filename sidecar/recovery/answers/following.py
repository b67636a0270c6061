"""What a click on the link in a message leads to, and what it tells us. The customer only ever moves between addresses
that were stored for this cart; nothing about the order changes, and nobody is signed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select, update

from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart, CartEvent
from sidecar.carts.pay_link import PAY_PAGE, REBUILT_CART, STORE, THANKS, WAITS, Way, way_to_pay
from sidecar.carts.story import tell
from sidecar.db import session
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.outreach.visits.click import Click
from sidecar.outreach.visits.visiting import PERSON, SCANNER
from sidecar.settings import settings_of
from sidecar.stores.connection import Store

NOWHERE = "nowhere"  # the link has run out; its page leads to the store

_AGAIN = timedelta(seconds=10)  # the same visitor reloads, or presses twice
_TOLD_AGAIN = timedelta(minutes=30)
_TOLD = "clicked"
_CLOCKS_DIFFER = timedelta(minutes=5)  # the store's and ours
_LED = {
    PAY_PAGE: "and came to the pay page",
    REBUILT_CART: "and got the cart rebuilt, ready to pay",
    STORE: "and came to the store: this order can no longer be paid",
    THANKS: "after paying",
    WAITS: "while the store waits for the transfer",
    NOWHERE: "after it had run out",
}


def where_to(message: Message, *, now: datetime) -> Way:
    """Where the link in this message leads at `now`, by what we know of its order."""
    store = session().get_one(Store, message.store_id)
    if links.has_run_out(message, now=now):
        return Way(NOWHERE, f"{store.url}/")
    settings = settings_of(store.id)
    return way_to_pay(
        message.cart,
        store,
        mapped=settings["carts.status_meanings"],
        offer=_offer_of(message, now),
        past_the_check=settings["outreach.skip_email_check"],
        now=now,
    )


def note(message: Message, way: Way, by: str, *, now: datetime) -> bool:
    """Keeps the click: a person's is told in the cart's story and ranks its call anew. False for a repetition."""
    last = select(Click.at).where(Click.message_id == message.id, Click.by == by).order_by(Click.at.desc()).limit(1)
    before = session().scalar(last)
    if before is not None and now - before < _AGAIN:
        return False
    if by == PERSON:
        _tell(message, way, now)
        queue.note_click(message.cart_id, now if way.kind in (PAY_PAGE, REBUILT_CART, STORE) else None, now=now)
    place = {"store_id": message.store_id, "cart_id": message.cart_id, "message_id": message.id}
    session().add(Click(**place, at=now, by=by, led_to=way.kind))
    session().flush()
    return True


def ordered_again(cart: Cart) -> str:
    """The number of the order that this person placed anew, out of the cart that our link had rebuilt; "" for none.

    A draft does not count: it vanishes after a day. Nor does one that has ended: the store asks for that money no more.
    """
    rebuilt = select(func.min(Click.at)).where(
        Click.cart_id == cart.id, Click.by == PERSON, Click.led_to == REBUILT_CART
    )
    since = session().scalar(rebuilt)
    if since is None or cart.contact_id is None:
        return ""
    newer = (
        select(Cart.number)
        .where(Cart.contact_id == cart.contact_id, Cart.id != cart.id, Cart.ordered_at >= since - _CLOCKS_DIFFER)
        .where(Cart.status.in_(("pending", "failed", "on-hold")), Cart.state != "closed")
        .order_by(Cart.ordered_at.desc())
        .limit(1)
    )
    return session().scalar(newer) or ""


def take_back(message: Message, *, since: datetime, now: datetime) -> int:
    """How many clicks since then were a program's after all: they no longer count as a person's, nor are they told."""
    taken = session().execute(
        update(Click)
        .where(Click.message_id == message.id, Click.by == PERSON, Click.at >= since)
        .values(by=SCANNER)
        .execution_options(synchronize_session="fetch")
    )
    count = int(getattr(taken, "rowcount", 0))
    if count:
        place = (CartEvent.cart_id == message.cart_id, CartEvent.kind == _TOLD, CartEvent.at >= since)
        session().execute(delete(CartEvent).where(*place))
        newest = select(Click.at).where(Click.cart_id == message.cart_id, Click.by == PERSON)
        queue.note_click(message.cart_id, session().scalar(newest.order_by(Click.at.desc()).limit(1)), now=now)
    return count


def _offer_of(message: Message, now: datetime) -> str:
    """The code made for this person that still works, best the one this very message spoke of; "" without one."""
    query = (
        select(Coupon.code)
        .where(Coupon.cart_id == message.cart_id, Coupon.state == "active", Coupon.expires_at > now)
        .order_by(case((Coupon.offer == message.step, 0), else_=1), Coupon.id.desc())
        .limit(1)
    )
    return session().scalar(query) or ""


def _tell(message: Message, way: Way, now: datetime) -> None:
    lately = select(CartEvent.id).where(
        CartEvent.cart_id == message.cart_id, CartEvent.kind == _TOLD, CartEvent.at > now - _TOLD_AGAIN
    )
    if session().scalar(lately.limit(1)) is None:
        tell(message.cart_id, _TOLD, f"Opened the link in “{message.subject}” {_LED[way.kind]}.", at=now)
