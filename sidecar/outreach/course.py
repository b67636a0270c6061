"""Where a cart stands in its sequence, and what speaks against one of its steps now.

Asked when the step is due, and once more right before it leaves: in between the cart, the person, the settings and
the other steps may have moved on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.purchases import COUNTS_FOR_NOTHING
from sidecar.db import session
from sidecar.outreach import reasons, schedule
from sidecar.outreach.click import Click
from sidecar.outreach.conditions import Situation, unmet
from sidecar.outreach.language import choose
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequence import Step, follows_call, sequence_of, steps_as_set
from sidecar.settings.step_notation import ALWAYS
from sidecar.stores.connection import Store

MOVABLE = ("planned", "due")  # these have not begun to leave; everything else is past planning
GONE = ("sending", "sent", "review", "unknown")  # these may have reached the customer


@dataclass(frozen=True, slots=True)
class Against:
    """Why a step may not leave now. `until` is when it is to be looked at again; None means never."""

    code: str
    words: str | None = None
    until: datetime | None = None


def against(message: Message, store: Store, settings: Mapping[str, Any], *, now: datetime) -> Against | None:
    """What speaks against a message as part of its sequence: stopped, switched off, not yet its time, a condition."""
    stopped = _stopped(message)
    if stopped is not None or follows_call(message.step):
        return stopped
    cart = message.cart
    steps = steps_as_set(sequence_of(message.step), settings)
    step = next((one for one in steps if one.key == message.step), None)
    if step is None:
        return Against("switched_off")
    first_after = settings["outreach.first_after"]
    due = schedule.times(steps, cart.active_at, first_after, left=left_at(steps_of_cart(cart.id)))[step.key]
    if due > now:
        is_new = schedule.due_at(step, cart.active_at, first_after) > now
        return Against("cart_changed" if is_new else "moved", until=due)
    opened_at = _opened_at(cart.id)
    if opened_at is not None and now < opened_at + schedule.LEAVES_ALONE:
        return Against("at_checkout", until=opened_at + schedule.LEAVES_ALONE)
    return _unmet(step, cart, store, opened=opened_at is not None)


def steps_of_cart(cart_id: int) -> list[Message]:
    """The cart's messages, as they stand in the database."""
    query = select(Message).where(Message.cart_id == cart_id).order_by(Message.due_at, Message.id)
    return list(session().scalars(query))


def left_at(messages: Iterable[Message]) -> dict[str, datetime]:
    """When each of these messages left, or may have left, by step."""
    moments = {one.step: one.sent_at or one.data_started_at for one in messages if one.state in GONE}
    return {step: at for step, at in moments.items() if at is not None}


def following(message: Message, siblings: Iterable[Message]) -> datetime | None:
    """When the next step of the message's sequence is due; None when none is planned after it."""
    name = sequence_of(message.step)
    later = [
        one.due_at
        for one in siblings
        if sequence_of(one.step) == name and one.state in MOVABLE and one.due_at > message.due_at
    ]
    return min(later, default=None)


def _stopped(message: Message) -> Against | None:
    """The reason for which the message's sequence was stopped, if it was."""
    query = select(Enrollment.stopped_reason).where(
        Enrollment.cart_id == message.cart_id,
        Enrollment.sequence == sequence_of(message.step),
        Enrollment.stopped_at.is_not(None),
    )
    reason = session().scalar(query)
    if reason is None:
        return None
    code, words = reasons.code_and_words(reason)
    return Against(code, words)


def _opened_at(cart_id: int) -> datetime | None:
    """When a person last opened the pay link of one of the cart's messages."""
    return session().scalar(select(func.max(Click.at)).where(Click.cart_id == cart_id, Click.by == "person"))


def _unmet(step: Step, cart: Cart, store: Store, *, opened: bool) -> Against | None:
    if step.only_if == ALWAYS:
        return None
    situation = Situation(
        opened=opened,
        failed=cart.failed_payments > 0,
        returning=_is_returning(cart),
        language=choose(cart.contact.language if cart.contact else "", store.country).code,
        currency=cart.currency,
        goods_minor=cart.goods_minor,
    )
    found = unmet(step.only_if, situation)
    return Against(found.code, found.words) if found else None


def _is_returning(cart: Cart) -> bool:
    bought = select(Purchase.id).where(
        Purchase.contact_id == cart.contact_id, Purchase.status.not_in(COUNTS_FOR_NOTHING)
    )
    return cart.contact_id is not None and session().scalar(bought.limit(1)) is not None
