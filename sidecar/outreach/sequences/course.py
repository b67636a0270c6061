"""Where a cart stands in its sequence, and what speaks against one of its steps now.

Asked when the step is due, and once more right before it leaves: in between the cart, the person, the settings and
the other steps may have moved on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from sidecar.carts.cart import Cart, Purchase
from sidecar.carts.purchases import COUNTS_FOR_NOTHING
from sidecar.db import session
from sidecar.outreach import reasons
from sidecar.outreach.letters.language import choose
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequences import schedule
from sidecar.outreach.sequences.conditions import Situation, unmet
from sidecar.outreach.sequences.sequence import Step, follows_call, sequence_of, steps_as_set
from sidecar.outreach.visits.click import Click
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


@dataclass(frozen=True, slots=True)
class Courses:
    """How far the sequences of some carts have come: their messages, what was stopped, who opened a pay link when."""

    messages: Mapping[int, list[Message]]
    stopped: Mapping[tuple[int, str], str]
    opened_at: Mapping[int, datetime]


def courses_of(cart_ids: Collection[int]) -> Courses:
    """The courses of these carts, in three statements for any number of them."""
    messages: dict[int, list[Message]] = {}
    query = select(Message).where(Message.cart_id.in_(cart_ids)).order_by(Message.due_at, Message.id)
    for message in session().scalars(query):
        messages.setdefault(message.cart_id, []).append(message)
    stops = select(Enrollment.cart_id, Enrollment.sequence, Enrollment.stopped_reason).where(
        Enrollment.cart_id.in_(cart_ids), Enrollment.stopped_at.is_not(None)
    )
    opened = select(Click.cart_id, func.max(Click.at)).where(Click.cart_id.in_(cart_ids), Click.by == "person")
    return Courses(
        messages,
        {(cart_id, name): reason or "" for cart_id, name, reason in session().execute(stops)},
        {row[0]: row[1] for row in session().execute(opened.group_by(Click.cart_id))},
    )


def against(
    message: Message, store: Store, settings: Mapping[str, Any], courses: Courses, *, now: datetime
) -> Against | None:
    """What speaks against a message as part of its sequence: stopped, switched off, not yet its time, a condition."""
    stopped = courses.stopped.get((message.cart_id, sequence_of(message.step)))
    if stopped is not None:
        return Against(*reasons.code_and_words(stopped))
    if follows_call(message.step):
        return None
    cart = message.cart
    steps = steps_as_set(sequence_of(message.step), settings)
    step = next((one for one in steps if one.key == message.step), None)
    if step is None:
        return Against("switched_off")
    first_after = settings["outreach.first_after"]
    left = left_at(courses.messages.get(cart.id, ()))
    due = schedule.times(steps, cart.active_at, first_after, left=left)[step.key]
    if due > now:
        is_new = schedule.due_at(step, cart.active_at, first_after) > now
        return Against("cart_changed" if is_new else "moved", until=due)
    opened_at = courses.opened_at.get(cart.id)
    if opened_at is not None and now < opened_at + schedule.LEAVES_ALONE:
        return Against("at_checkout", until=opened_at + schedule.LEAVES_ALONE)
    return _unmet(step, cart, store, opened=opened_at is not None)


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
