"""A customer asks on a page to be called: the request, the cart it is about if there is one, and its way into the
queue; moving and cancelling it. Each function works inside the edge's one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sidecar.calls.requests import limits, places
from sidecar.calls.requests.finding import find_by_form, token_hash_of, token_of
from sidecar.calls.requests.opening import opening_for
from sidecar.calls.requests.request import NOW, WORDS, CallRequest
from sidecar.calls.tasks import queue
from sidecar.contacts import proof, silence
from sidecar.contacts.local_time import day_and_time, place
from sidecar.contacts.taking_back import allow_calls, no_to_calls
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import hold
from sidecar.recovery.requests import request_cart
from sidecar.settings import Settings
from sidecar.stores.connection import Store

OPTED_OUT = "opted_out"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is heard or read for another


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for, looked over: the number in E.164, the zone known, the texts short enough.

    `begin` is the half-hour of a SLOT, `wished` a time in WORDS. `agreed`: they take back an earlier no to calls.
    `words` are what the page said beside the button, in their language: the consent.
    """

    number: str
    zone: str
    language: str
    wish: str
    begin: datetime | None
    wished: str
    about: str
    note: str
    email: str
    order_number: str
    form_key: str
    agreed: bool
    words: str


def request_call(
    store: Store,
    wanted: Wanted,
    message: Message | None,
    *,
    counted: Sequence[limits.Limit],
    settings: Settings,
    vault: Sealer,
    now: datetime,
) -> CallRequest:
    """The request, with its time promised and its cart at the top of the queue then. The same form again gives the same
    one. `message` is the one whose link was followed: its reader is the customer; without one nothing is proven.

    Raises Refused: "too_many", "opted_out" and "listed" (proven only: they said no to calls before), or what
    `Opening.take` raises.
    """
    known = find_by_form(wanted.form_key)
    if known is not None:
        return known
    limits.count(counted, now=now)
    if wanted.wish == WORDS:
        limits.check_untimed()
    found = request_cart.find(store.id, wanted.number, message)
    if found.contact_id is not None:
        hold(found.contact_id)
    stands = _heed_no(store.id, wanted, found, vault)
    request = _stored(store.id, wanted, found, vault, now)
    if stands:  # nobody proved to be who said no: it is kept, and nobody rings
        request.state, request.ended_at, request.ended_reason = "over", now, OPTED_OUT
        request.at = wanted.begin or (now if wanted.wish == NOW else None)
        return request
    opening = opening_for(store, settings, zone=wanted.zone, number=wanted.number, now=now)
    opening.take(request, wanted.wish, wanted.begin)
    proof.keep_yes(
        store.id, found.contact_id, "calls", wanted.number,
        source=f"{proof.FOR_ONE_CALL}{request.reference}", words=wanted.words, said_at=now, vault=vault,
    )  # fmt: skip
    session().flush()
    session().refresh(request)
    if request.at is not None:
        request_cart.place(request, settings=settings, vault=vault, now=now)
    _silence(request, now)
    request_cart.tell_story(request, f"Asked on the page to be called{_when(request, now)}.", now=now)
    return request


def move(request: CallRequest, wanted: Wanted, store: Store, *, settings: Settings, now: datetime) -> None:
    """Another time for an open request; its old place is free again.

    Raises Refused "moved_on" when it is no longer open or somebody is on it, or what `Opening.take` raises.
    """
    _lock(request)
    if not _can_change(request) or (request.task is not None and request.task.is_held):
        raise Refused("This call cannot be changed any more.", code="moved_on")
    opening = opening_for(store, settings, zone=wanted.zone, number=request.number, but=request.id, now=now)
    before = request.at
    request.zone, request.wished = wanted.zone, wanted.wished
    session().flush()
    opening.take(request, wanted.wish, wanted.begin)
    session().flush()
    session().refresh(request)
    request.changed_at = now
    request.tries, request.next_at = 0, None
    if request.state != "open":
        places.give_back(request)
        return
    request_cart.move(request, before, settings=settings, now=now)
    _silence(request, now)
    request_cart.tell_story(request, f"Moved the asked-for call{_when(request, now)}.", now=now)


def cancel(request: CallRequest, *, now: datetime) -> bool:
    """Ends an open request at its customer's wish and frees its place; False when it had ended before."""
    _lock(request)
    if not _can_change(request):
        return False
    end(request, "cancelled", "", now=now)
    request_cart.withdraw(request, now=now)
    request_cart.tell_story(request, "Cancelled the asked-for call.", now=now)
    return True


def end(request: CallRequest, state: str, reason: str, *, now: datetime) -> None:
    """Ends a request: its place is free, and its own silence is over."""
    request.state, request.ended_at, request.ended_reason, request.changed_at = state, now, reason, now
    places.give_back(request)
    if request.contact_id is not None:
        silence.release(request.contact_id, _source(request))


def _heed_no(store_id: int, wanted: Wanted, found: request_cart.Found, vault: Sealer) -> bool:
    """Whether an earlier no to calls stands. Who proved to be the customer is told and asked; others learn nothing."""
    addresses = {wanted.number, *found.addresses}
    stands = no_to_calls(store_id, addresses, vault=vault)
    if not stands or not found.is_proven:
        return bool(stands)
    if stands == "listed":
        raise Refused("This number is on the shop's do-not-call list.", code="listed")
    if not wanted.agreed:
        raise Refused("You asked us not to call.", code=OPTED_OUT, field="agreed")
    allow_calls(store_id, addresses, vault=vault)
    return False


def _stored(store_id: int, wanted: Wanted, found: request_cart.Found, vault: Sealer, now: datetime) -> CallRequest:
    request = CallRequest(
        store_id=store_id,
        reference="".join(secrets.choice(_LETTERS) for _ in range(6)),
        token_hash=token_hash_of(token_of(wanted.form_key, vault)),
        form_key=wanted.form_key,
        cart_id=found.cart_id,
        contact_id=found.contact_id,
        is_proven=found.is_proven,
        asked_at=now,
        changed_at=now,
    )
    for name in ("number", "zone", "language", "wish", "wished", "about", "note", "email", "order_number"):
        setattr(request, name, getattr(wanted, name))
    session().add(request)
    session().flush()
    return request


def _can_change(request: CallRequest) -> bool:
    """Whether it is open, or nobody rings because of an earlier no, which strangers do not learn."""
    return request.state == "open" or (request.state == "over" and request.ended_reason == OPTED_OUT)


def _lock(request: CallRequest) -> None:
    if request.contact_id is not None:
        hold(request.contact_id)
    session().refresh(request, with_for_update={"of": CallRequest})


def _silence(request: CallRequest, now: datetime) -> None:
    """Without a task of the queue the request itself keeps machines silent."""
    if request.contact_id is not None and request.task_id is None:
        until = (request.at or now) + queue.SILENCE
        silence.hold(request.contact_id, _source(request), "they asked to be called", until)


def _source(request: CallRequest) -> str:
    return f"request:{request.id}"


def _when(request: CallRequest, now: datetime) -> str:
    if request.at is None:
        return f", at a time in their own words: “{request.wished}”"
    if request.wish == NOW:
        return " as soon as possible"
    where = place(request.zone)
    return f" {day_and_time(request.at, request.zone, now=now)}{f' ({where} time)' if where else ''}"
