"""The pay link by email while a rep is on the phone: once per call, and undoable for a minute."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.carts.story import tell
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment, schedule
from sidecar.outreach.sequences.sequence import pay_link_now
from sidecar.ports import Sealer
from sidecar.settings import settings_of
from sidecar.stores.connection import Store


def send_link(task_id: int, user: User, *, vault: Sealer, now: datetime) -> Message:
    """The email with the pay link, in the rep's name: planned to leave a minute from now, through every check.

    The order was just read anew by the caller. Sending it again in the same call changes nothing. Raises Refused with
    what forbids it: not this rep's, not live, settled, no address, no permission, or it has left already.
    """
    task = _held(task_id, user)
    store = session().get_one(Store, task.store_id)
    if not store.is_live:
        raise Refused("Practice: the store is not live. No link is sent.", code="not_live")
    if task.done_reason or task.cart.state in ("recovered", "closed"):
        raise Refused("No link needed: the cart is settled.", code="settled")
    step = pay_link_now(task.id, task.attempts + 1)
    if task.link_at is not None:
        known = _known(task.cart_id, step.key)
        if known is not None and known.state != "cancelled":
            return known
    message = enrollment.add_step(
        task.cart,
        step,
        due_at=now + schedule.UNDOABLE,
        signed_by=user.id,
        settings=settings_of(task.store_id),
        vault=vault,
        now=now,
    )
    task.link_at, task.changed_at = now, now
    tell(task.cart_id, "called", f"{user.first_name} sends the pay link by email.", at=now)
    session().flush()
    return message


def take_link_back(task_id: int, user: User, *, now: datetime) -> Message:
    """The email as it stands then: cancelled. Raises Refused when it has left, or there is none in this call."""
    task = _held(task_id, user)
    key = pay_link_now(task.id, task.attempts + 1).key
    message = enrollment.take_back(task.cart_id, key, now=now) if task.link_at is not None else None
    if message is None:
        raise Refused("No pay link was sent in this call.", code="no_link")
    if message.state != "cancelled":
        raise Refused("The pay link has left and cannot be called back.", code="has_left")
    task.link_at, task.changed_at = None, now
    tell(task.cart_id, "called", f"{user.first_name} took the pay link back.", at=now)
    session().flush()
    return message


def _known(cart_id: int, key: str) -> Message | None:
    return session().scalar(select(Message).where(Message.cart_id == cart_id, Message.step == key))


def _held(task_id: int, user: User) -> CallTask:
    task = session().get(CallTask, task_id, populate_existing=True)
    if task is None or task.claimed_by_id != user.id or not task.is_held:
        raise Refused("This cart is not with you any more. Take the next one.", code="not_held")
    return task
