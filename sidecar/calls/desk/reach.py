"""How a customer is reached, what time it is there, and whether anybody may ring now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sidecar.calls.priority.facts import number_of
from sidecar.calls.task import CallTask
from sidecar.calls.window import Window
from sidecar.contacts import phone
from sidecar.contacts.local_time import clock_time, place
from sidecar.stores.connection import Store


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach the person. `withheld` says why nobody may ring now; "" when it may be done."""

    phone: str
    e164: str
    kind: str  # "mobile", "" when unknown
    local: str  # "15:28 in New York"
    until: str  # "19:00", "" when closed
    withheld: str
    withheld_code: str


def reach_of(task: CallTask, store: Store, window: Window, *, now: datetime) -> Reach:
    """How this task's customer is reached at `now`."""
    number = phone.known(number_of(task))
    until = window.until(now)
    code, withheld = _withheld(store, until)
    where = place(window.zone)
    return Reach(
        phone=number.national if number else task.cart.phone,
        e164=number.e164 if number else "",
        kind="mobile" if number and number.is_mobile and not number.is_geographic else "",
        local=f"{clock_time(now, window.zone)} in {where}" if where else clock_time(now, window.zone),
        until=clock_time(until, window.zone) if until else "",
        withheld=withheld,
        withheld_code=code,
    )


def _withheld(store: Store, until: datetime | None) -> tuple[str, str]:
    """Why nobody may ring now, as code and sentence; empty when it may be done."""
    if store.live_at is None:
        return "not_live", "Practice: the store is not live. Don't call yet."
    if store.paused_at is not None:
        return "paused", "The store is paused. Don't call until it is resumed."
    if not store.is_readable:
        return "unreadable", "The store does not answer. Don't call on old news."
    if until is None:
        return "outside_hours", "It is outside the call hours where the customer is. Don't call now."
    return "", ""
