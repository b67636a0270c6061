"""Calls that were asked for and that no cart stands behind, as reps work them: take one, ring, say what came of it; and
setting the time of those that wished for one in words. Each function works inside the edge's one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from sidecar.accounts import User
from sidecar.calls.outcomes import callbacks
from sidecar.calls.priority.facts import asked_window
from sidecar.calls.requests.request import SLOT, CallRequest
from sidecar.calls.task import CallTask, is_held
from sidecar.calls.window import Window
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.contacts.phone import known
from sidecar.contacts.zones import is_zone
from sidecar.db import one_row, session
from sidecar.errors import Refused
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import hold, stop_at_once
from sidecar.recovery.requests import request_cart, requesting
from sidecar.settings import settings_of
from sidecar.stores.connection import Store

EARLY = timedelta(minutes=5)  # a call may begin that much before its half-hour
HELD_FOR = timedelta(minutes=20)
OUTCOMES = ("reached", "no_answer", "wrong_number", "do_not_call")
_AGAIN = (timedelta(minutes=10), timedelta(hours=1))  # after a try that nobody answered. Source: reference/ux.md A6


def window_of(request: CallRequest) -> Window:
    """When the number of a request may be rung."""
    return asked_window(request.zone, request.number, settings_of(request.store_id)["calls.hours"])


def withheld(request: CallRequest, *, vault: Sealer, now: datetime) -> str:
    """Why nobody may ring this number now, as a sentence; "" when it may be done."""
    store = session().get_one(Store, request.store_id)
    if not store.is_live:
        return "The store is not live, or paused. Nobody is called."
    addresses = [request.number, *request_cart.addresses_of(request.contact_id)]
    if is_opted_out(request.store_id, "calls", addresses, vault=vault):
        return "They asked not to be called."
    if request.at is None:
        return "Set the time first."
    if now < max(request.at, request.next_at or request.at) - EARLY:
        return "It is not time yet."
    return "" if window_of(request).may(now) else "It is outside the call hours where they are."


def take(request_id: int, user: User, *, vault: Sealer, now: datetime) -> CallRequest:
    """The request, in this rep's hands for twenty minutes: now its number may be rung.

    Raises Refused with what forbids it: ended, in somebody else's hands, or what `withheld` says.
    """
    request = _find(request_id)
    reason = withheld(request, vault=vault, now=now)
    if reason:
        raise Refused(reason, code="withheld")
    if _is_with_another(request, user):
        raise Refused("A colleague has this person now, about a cart of theirs.", code="person_held")
    free = or_(
        CallRequest.taken_by_id.is_(None), CallRequest.taken_by_id == user.id, CallRequest.taken_until <= now
    )
    moved = session().execute(
        update(CallRequest)
        .where(CallRequest.id == request_id, CallRequest.state == "open", free)
        .values(taken_by_id=user.id, taken_until=now + HELD_FOR)
        .execution_options(synchronize_session="fetch")
    )
    if not one_row(moved):
        raise Refused("A colleague was first.", code="not_held")
    return request


def finish(request_id: int, user: User, outcome: str, *, vault: Sealer, now: datetime) -> str:
    """Keeps what came of the call, and says what follows. Nobody answered: it is tried after 10 minutes, after an hour,
    and then ends. Raises Refused when the request is not in this rep's hands, or the outcome is none."""
    request = _find(request_id)
    if outcome not in OUTCOMES:
        raise Refused("Say what came of the call.", code="outcome_missing", field="outcome")
    if request.taken_by_id != user.id:
        raise Refused("This call is not with you any more.", code="not_held")
    request.taken_by_id = request.taken_until = None
    request.tries += 1
    session().flush()
    if outcome == "no_answer" and request.tries <= len(_AGAIN):
        request.next_at = now + _AGAIN[request.tries - 1]
        return "It comes back for another try."
    if outcome == "do_not_call":
        opt_out(request.store_id, "calls", request.number, source="call", vault=vault, now=now)
        if request.contact_id is not None:
            stop_at_once([request.contact_id], ("calls",), now=now)
    requesting.end(request, "done" if outcome == "reached" else "over", outcome, now=now)
    return "Nobody calls this number again." if outcome == "do_not_call" else "Done."


def set_time(request_id: int, picked: str, user: User, *, vault: Sealer, now: datetime) -> CallRequest:
    """Sets the time (on the customer's clocks, "2026-11-19T10:00") of a request that wished for one in words. With a
    cart it goes into the queue. Raises Refused for a time that cannot be."""
    request = _find(request_id)
    window = window_of(request)
    request.at, request.wish = callbacks.agreed("pick", picked, window, now=now), SLOT
    request.changed_at = now
    session().flush()
    if request.task_id is None:
        request_cart.place(request, settings=settings_of(request.store_id), vault=vault, now=now)
    else:
        request_cart.move(request, None, settings=settings_of(request.store_id), now=now)
    request_cart.tell_story(request, f"{user.first_name} set the time of the asked-for call.", now=now)
    return request


def shown_number(request: CallRequest) -> str:
    """The number as people there write it."""
    found = known(request.number)
    return found.national if found else request.number


def zone_of(request: CallRequest) -> str:
    """The customer's time zone."""
    return request.zone if is_zone(request.zone) else "UTC"


def _find(request_id: int) -> CallRequest:
    request = session().get(CallRequest, request_id)
    if request is not None and request.contact_id is not None:
        hold(request.contact_id)
    if request is not None:
        session().refresh(request, with_for_update={"of": CallRequest})
    if request is None or request.state != "open":
        raise Refused("This call is not asked for any more.", code="gone")
    return request


def _is_with_another(request: CallRequest, user: User) -> bool:
    if request.contact_id is None:
        return False
    query = select(CallTask.claimed_by_id).where(CallTask.contact_id == request.contact_id, is_held())
    return any(rep_id != user.id for rep_id in session().scalars(query))
