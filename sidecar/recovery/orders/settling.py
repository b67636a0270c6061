"""The end of carts: paid, bought elsewhere, cancelled, refunded, trashed, gone. Calls and messages end with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from sidecar.bulk import update_many
from sidecar.calls.task import CallTask, is_open
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.intake import forget_loaded
from sidecar.carts.purchases import answered_carts, unsell
from sidecar.carts.story import Told, tell, tell_all
from sidecar.contacts.local_time import day_and_time, place
from sidecar.db import session
from sidecar.outreach import reasons
from sidecar.outreach.message import Enrollment
from sidecar.outreach.sequences import enrollment

_CARTS: Table = Cart.metadata.tables["cart"]
_GONE = {
    "trash": ("trashed", "The shop moved the order to the trash."),
    "gone": ("gone", "The store no longer has the order."),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How one cart ends. `outcome` is "recovered" or "closed"; `paid_at` belongs to the first."""

    cart_id: int
    outcome: str
    reason_code: str
    reason: str
    paid_at: datetime | None = None


def settle_cart(cart: Cart, outcome: str, reason_code: str, reason: str, *, now: datetime) -> bool:
    """Ends one cart as "recovered" or "closed"; False when it had ended before."""
    paid_at = (cart.paid_at or now) if outcome == "recovered" else None
    return settle_all([Ending(cart.id, outcome, reason_code, reason, paid_at)], now=now) == 1


def settle_gone(store_id: int, order_id: int, *, status: str, now: datetime) -> None:
    """Ends the cart of an order that lists no longer show: `status` is "trash" or "gone" (404)."""
    code, reason = _GONE[status]
    query = select(_CARTS.c.id).where(_CARTS.c.store_id == store_id, _CARTS.c.order_id == order_id)
    cart_id = session().scalar(query)
    if status == "trash":
        unsell(store_id, {order_id: "trash"})
    if cart_id is not None:
        settle_all([Ending(cart_id, "closed", code, reason)], now=now)


def settle_answered(contact_ids: Iterable[int], *, now: datetime) -> int:
    """Ends the open carts of these people that another paid order of theirs answers; how many there were."""
    endings = [
        Ending(cart_id, "recovered", "bought_elsewhere", f"The customer came back and paid order {number}.", paid_at)
        for cart_id, (number, paid_at) in answered_carts(contact_ids).items()
    ]
    return settle_all(endings, now=now)


def settle_all(endings: Sequence[Ending], *, now: datetime) -> int:
    """Ends many carts, with their tasks and messages; how many ended that had not before.

    A recovered cart ends once more when its money went back: then it is closed.
    """
    wanted = {ending.cart_id: ending for ending in endings}
    endable = _endable(wanted) if wanted else set()
    ended = [ending for cart_id, ending in wanted.items() if cart_id in endable]
    if not ended:
        return 0
    session().flush()
    update_many(_CARTS, "id", [_closed(ending, now) for ending in ended])
    _stop_work(ended, now)
    tell_all(Told(one.cart_id, _kind(one), one.reason, _moment(one, now)) for one in ended)
    forget_loaded()
    return len(ended)


def _endable(wanted: Mapping[int, Ending]) -> set[int]:
    rows = session().execute(select(_CARTS.c.id, _CARTS.c.state).where(_CARTS.c.id.in_(wanted)).with_for_update())
    went_back = {cart_id for cart_id, one in wanted.items() if one.reason_code in ("refunded", "cancelled_by_shop")}
    return {
        row.id
        for row in rows
        if row.state not in ("recovered", "closed") or (row.state == "recovered" and row.id in went_back)
    }


def _closed(ending: Ending, now: datetime) -> dict[str, Any]:
    return {
        "id": ending.cart_id,
        "state": ending.outcome,
        "closed_at": now,
        "closed_reason": ending.reason_code,
        "route": "hold",
        "reason_code": ending.reason_code,
        "reason": ending.reason,
        "paid_at": ending.paid_at,
        "decide_at": None,
    }


def _stop_work(ended: Sequence[Ending], now: datetime) -> None:
    """Only carts that have work are asked to stop: a page of thousands of paid orders mostly has none."""
    ids = [ending.cart_id for ending in ended]
    tasks = select(CallTask.cart_id, CallTask.callback_at, CallTask.zones)
    called = {task.cart_id: task for task in session().execute(tasks.where(CallTask.cart_id.in_(ids), is_open()))}
    running = select(Enrollment.cart_id).where(Enrollment.cart_id.in_(ids), Enrollment.stopped_at.is_(None))
    written_to = set(session().scalars(running))
    for ending in ended:
        if ending.cart_id in called:
            queue.withdraw(ending.cart_id, ending.reason_code, now=now)
            _call_off(called[ending.cart_id], now)
        if ending.cart_id in written_to:
            enrollment.stop(ending.cart_id, stop_reason(ending.reason_code, ending.reason), now=now)


def _call_off(task: Any, now: datetime) -> None:
    """Whoever promised to ring back finds in the story why it is not to be done."""
    if task.callback_at is not None:
        zone = task.zones[0] if task.zones else "UTC"
        when = day_and_time(task.callback_at, zone, now=now, short=True)
        where = f" in {place(zone)}" if place(zone) else ""
        tell(task.cart_id, "cancelled", f"The call agreed for {when}{where} is off.", at=now)


def stop_reason(code: str, sentence: str) -> str:
    """How messages are told why they end: by a code they know, else in words."""
    known = "paid" if code == "bought_elsewhere" else code
    return known if known in reasons.SENTENCES else sentence


def _kind(ending: Ending) -> str:
    return "paid" if ending.outcome == "recovered" else "closed"


def _moment(ending: Ending, now: datetime) -> datetime:
    return min(ending.paid_at, now) if ending.paid_at else now
