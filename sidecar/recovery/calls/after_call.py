"""What a verdict leads to outside its own task: the cart, the person's wishes, their other tasks, machines' silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.outcomes.next_step import Answers, NextStep
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.purchases import order_bought_instead
from sidecar.carts.story import tell
from sidecar.contacts import silence
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.sequences import enrollment, schedule
from sidecar.outreach.sequences.sequence import AFTER_CALLS, pay_link
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import start_again
from sidecar.recovery.calls import support, wishes
from sidecar.recovery.orders.settling import settle_cart

_COURSE = (
    "state",
    "contacted_at",
    "closed_at",
    "closed_reason",
    "route",
    "reason_code",
    "reason",
    "decide_at",
)


def course_of(cart: Cart) -> dict[str, object]:
    """The cart's course as plain values, for `take_back`."""
    values = {name: getattr(cart, name) for name in _COURSE}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def completed(answers: Answers, cart: Cart) -> Answers:
    """The answers with what follows from the cart: who bought already, and not in this store, bought elsewhere."""
    elsewhere = {"bought_elsewhere", "bought_in_store"}
    if answers.outcome != "already_bought" or elsewhere & set(answers.reasons) or order_bought_instead(cart):
        return answers
    return replace(answers, reasons=(*answers.reasons, "bought_elsewhere"))


def follow(task: CallTask, answers: Answers, step: NextStep, *, by: User, vault: Sealer, now: datetime) -> list[int]:
    """What the verdict leads to outside the task; the ids of the person's other tasks that it ended."""
    cart = task.cart
    if step.is_attempt and cart.state == "abandoned":
        cart.state, cart.contacted_at = "contacted", cart.contacted_at or now
    if answers.outcome == "language_barrier" and answers.language != "other":
        task.contact.language = answers.language
    ended = wishes.keep(task, answers, by=by, vault=vault, now=now)
    if step.closes_cart:
        settle_cart(cart, "closed", answers.outcome, _why_closed(cart, answers), now=now)
    source = queue.source_of(task.id)
    if step.due_at is None:
        silence.release(task.contact_id, source)
    elif step.callback_at is not None:
        silence.hold(
            task.contact_id, queue.source_of(task.id), "a callback is agreed", step.callback_at + queue.SILENCE
        )
    return ended


def _why_closed(cart: Cart, answers: Answers) -> str:
    """What the cart's story says about its end; an order that the customer paid instead is named."""
    said = f"Said on the phone: {DISPOSITIONS[answers.outcome].label.lower()}."
    number = order_bought_instead(cart) if answers.outcome == "already_bought" else ""
    return f"{said} It is order {number}." if number else said


def write_after(
    task: CallTask, call: Call, step: NextStep, *, settings: Mapping[str, Any], vault: Sealer, now: datetime
) -> str | None:
    """Plans the email that the verdict leads to, in the rep's name, and late enough to be taken back.

    The key of its step; None when there is none, which the story explains where one was promised.
    """
    if not step.mail:
        return None
    session().flush()  # for the call's id
    written = AFTER_CALLS.get(step.mail) or pay_link(call.id)
    try:
        message = enrollment.add_step(
            task.cart,
            written,
            due_at=now + schedule.UNDOABLE,
            signed_by=call.user_id,
            settings=settings,
            vault=vault,
            now=now,
        )
    except Refused as refused:
        tell(task.cart_id, "left_out", f"No email follows. {refused.reason}", at=now)
        return None
    return message.step


def take_back(task: CallTask, call: Call, *, vault: Sealer, now: datetime) -> str:
    """Undoes what `follow` and `write_after` did. Messages that ended with a closed cart stay cancelled.

    What to say about mails that followed, have left and cannot be called back; else "".
    """
    cart = task.cart
    mail = call.before.get("mail")
    message = enrollment.take_back(cart.id, mail, now=now) if isinstance(mail, str) else None
    course = call.before.get("cart")
    if isinstance(course, dict):
        for name in _COURSE:
            value = course.get(name)
            setattr(cart, name, datetime.fromisoformat(value) if name.endswith("_at") and value else value)
    task.contact.language = str(call.before.get("language", task.contact.language))
    if wishes.forget(task, call, vault=vault):
        start_again(task.contact_id, now=now)
    support.take_back(call.id)
    ended = call.before.get("ended")
    wishes.reopen(ended if isinstance(ended, list) else [], call, now=now)
    silence.hold(task.contact_id, queue.source_of(task.id), "a call is planned", task.due_at + queue.SILENCE)
    said = []
    if message is not None and message.state != "cancelled":
        said.append(f"The email “{message.subject}” has left and cannot be called back.")
    if support.has_left(call.id):
        said.append("The mail to support has left and cannot be called back.")
    return " ".join(said)
