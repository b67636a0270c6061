"""Taking a row of one's own choice instead of the next one: allowed unless the owner wants strict order, and told."""

from __future__ import annotations

from datetime import datetime

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims
from sidecar.carts.story import tell
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.settings import settings_of


def pick(task_id: int, user: User, *, now: datetime) -> CallTask:
    """The chosen task, claimed. One that was not the next for this rep is told in its cart's story.

    In strict order only the next one can be had, and calls that were promised by this rep. Raises Refused otherwise,
    and when the task cannot be had.
    """
    held = claims.held_by(user)
    turn = held.id if held is not None else claims.next_for(user, now=now)
    if turn == task_id:
        return claims.claim(task_id, user, now=now)
    wanted = session().get(CallTask, task_id)
    promised = wanted is not None and wanted.for_user_id == user.id
    if wanted is not None and not promised and settings_of(wanted.store_id)["calls.strict_order"]:
        raise Refused("The owner set a strict order. Take the next cart instead: N.", code="strict_order")
    task = claims.claim(task_id, user, now=now)
    if not promised:
        tell(task.cart_id, "claimed", f"{user.first_name} chose it before its turn.", at=now)
    return task
