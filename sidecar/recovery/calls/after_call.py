"""What a verdict leads to outside its own task: the cart, the person's wishes, their other tasks, machines' silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from sidecar.calls import queue
from sidecar.calls.dispositions import DISPOSITIONS
from sidecar.calls.next_step import Answers, NextStep
from sidecar.calls.task import Call, CallTask, is_open
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import consent, opt_outs, silence
from sidecar.contacts.contact import OptOut
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.sequences import enrollment, schedule
from sidecar.outreach.sequences.sequence import TRIED, VOICEMAIL, pay_link
from sidecar.ports import Sealer
from sidecar.recovery.decisions.deciding import redecide_person
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


def follow(task: CallTask, answers: Answers, step: NextStep, *, vault: Sealer, now: datetime) -> list[int]:
    """What the verdict leads to outside the task; the ids of the person's other tasks that it ended."""
    cart = task.cart
    if step.is_attempt and cart.state == "abandoned":
        cart.state, cart.contacted_at = "contacted", cart.contacted_at or now
    if answers.outcome == "language_barrier" and answers.language != "other":
        task.contact.language = answers.language
    ended = keep_wish(task, answers, vault=vault, now=now)
    if step.closes_cart:
        label = DISPOSITIONS[answers.outcome].label.lower()
        settle_cart(cart, "closed", answers.outcome, f"Said on the phone: {label}.", now=now)
    source = queue.source_of(task.id)
    if step.due_at is None:
        silence.release(task.contact_id, source)
    elif step.callback_at is not None:
        silence.hold(
            task.contact_id, queue.source_of(task.id), "a callback is agreed", step.callback_at + queue.SILENCE
        )
    return ended


def write_after(
    task: CallTask, call: Call, step: NextStep, *, settings: Mapping[str, Any], vault: Sealer, now: datetime
) -> str | None:
    """Plans the email that the verdict leads to, in the rep's name, and late enough to be taken back.

    The key of its step; None when there is none, which the story explains where one was promised.
    """
    if not step.mail:
        return None
    session().flush()  # for the call's id
    written = {"voicemail": VOICEMAIL, "tried": TRIED}.get(step.mail) or pay_link(call.id)
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


def keep_wish(task: CallTask, answers: Answers, *, vault: Sealer, now: datetime) -> list[int]:
    """Keeps "do not call" and "wrong number" for good, and ends the other open tasks that they touch."""
    cart = task.cart
    if answers.outcome == "do_not_call":
        channel = "all" if answers.scope == "all" else "calls"
        addresses = _every_address(task) if channel == "all" else _every_number(task)
        others = CallTask.contact_id == task.contact_id
    elif answers.outcome == "wrong_number":
        channel, addresses = "calls", {cart.phone_e164} - {""}
        others = CallTask.cart_id.in_(
            select(Cart.id).where(Cart.store_id == cart.store_id, Cart.phone_e164 == cart.phone_e164)
        )
    else:
        return []
    for address in addresses:
        consent.opt_out(task.store_id, channel, address, source="call", vault=vault, now=now)
    if channel == "all":
        enrollment.stop_person(task.contact_id, "opted_out", now=now)
    found = session().execute(select(CallTask.id, CallTask.cart_id).where(others, is_open(), CallTask.id != task.id))
    ended = list(found.all())
    for _, cart_id in ended:
        queue.withdraw(cart_id, answers.outcome, now=now)
    redecide_person(task.contact_id, now=now)
    return [task_id for task_id, _ in ended]


def _every_number(task: CallTask) -> set[str]:
    """The person's numbers as we know them: the order may have changed, or been erased, during the call."""
    return {task.cart.phone_e164, *opt_outs.addresses_of(task.contact_id, "phone")} - {""}


def _every_address(task: CallTask) -> set[str]:
    return (_every_number(task) | {task.cart.email, *opt_outs.addresses_of(task.contact_id, "email")}) - {""}


def take_back(task: CallTask, call: Call, *, vault: Sealer, now: datetime) -> str:
    """Undoes what `follow` and `write_after` did. Messages that were cancelled stay cancelled.

    A sentence about the email that followed when it has left and cannot be called back; else "".
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
    marks = [opt_outs.fingerprint(address, vault) for address in _every_address(task)]
    session().execute(
        delete(OptOut).where(
            OptOut.store_id == task.store_id, OptOut.said_at == call.at, OptOut.address_fingerprint.in_(marks)
        )
    )
    ended = call.before.get("ended")
    _reopen(ended if isinstance(ended, list) else [], call.disposition, call.at, now)
    silence.hold(task.contact_id, queue.source_of(task.id), "a call is planned", task.due_at + queue.SILENCE)
    if message is None or message.state == "cancelled":
        return ""
    return f"The email “{message.subject}” has left and cannot be called back."


def _reopen(task_ids: Iterable[int], reason: str, ended_at: datetime, now: datetime) -> None:
    """The person's other tasks that the verdict had ended wait again."""
    session().execute(
        update(CallTask)
        .where(CallTask.id.in_(list(task_ids)), CallTask.done_reason == reason, CallTask.done_at == ended_at)
        .values(state="waiting", done_at=None, done_reason=None, changed_at=now)
        .execution_options(synchronize_session=False)
    )
