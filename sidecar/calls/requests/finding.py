"""Requests for a call: found by their own page's token, by their task, and those that wait for a person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import Call, CallTask
from sidecar.carts.cart import Cart
from sidecar.contacts.proof import FOR_ONE_CALL
from sidecar.db import session
from sidecar.ports import Sealer

_TOKEN = re.compile(r"[0-9a-f]{32}")
_SETTLED = ("recovered",)


@dataclass(frozen=True, slots=True)
class Rung:
    """A cart as permission looks at it, with the number that is really rung."""

    country: str
    meta: Mapping[str, str]
    active_at: datetime
    email: str
    phone_e164: str


def rung(cart: Cart, number: str) -> Rung:
    """The cart as it is when that number is rung about it."""
    return Rung(cart.country, cart.meta, cart.active_at, cart.email, number)


def token_of(form_key: str, vault: Sealer) -> str:
    """The secret in the address of a request's own page: 128 bits that nobody without our key can make."""
    return vault.fingerprint("asked call", form_key)[:32]


def token_hash_of(token: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_by_token(token: str) -> CallRequest | None:
    """The request whose page this is, or None."""
    if not _TOKEN.fullmatch(token):
        return None
    return session().scalar(select(CallRequest).where(CallRequest.token_hash == token_hash_of(token)))


def find_by_form(form_key: str) -> CallRequest | None:
    """The request that this very form made, or None."""
    return session().scalar(select(CallRequest).where(CallRequest.form_key == form_key))


def open_request_of(task_id: int) -> CallRequest | None:
    """The open request that the task serves next, or None."""
    query = select(CallRequest).where(CallRequest.task_id == task_id, CallRequest.state == "open")
    return session().scalar(query.order_by(CallRequest.at, CallRequest.id).limit(1))


def yes_of(task: CallTask) -> str:
    """The source of the yes to this very call, or "" when nobody asked for it on a page."""
    request = open_request_of(task.id) if task.asked_number else None
    return f"{FOR_ONE_CALL}{request.reference}" if request is not None else ""


def to_work(*, now: datetime) -> list[CallRequest]:
    """The open requests that no card of the queue stands for, in the order of their times: those about no cart, and
    those whose time somebody has to read first, which come before all others."""
    query = (
        select(CallRequest)
        .options(joinedload(CallRequest.cart), joinedload(CallRequest.contact), joinedload(CallRequest.taken_by))
        .where(CallRequest.state == "open", or_(CallRequest.task_id.is_(None), CallRequest.at.is_(None)))
        .order_by(CallRequest.at.is_not(None), CallRequest.at, CallRequest.id)
        .limit(100)
    )
    return list(session().scalars(query))


def was_reached(request: CallRequest) -> bool:
    """Whether somebody spoke to them since they asked."""
    return any(DISPOSITIONS[call.disposition].reached for call in _calls_since(request))


def _calls_since(request: CallRequest) -> list[Call]:
    if request.task_id is None:
        return []
    query = select(Call).where(
        Call.task_id == request.task_id,
        Call.at >= request.asked_at,
        Call.disposition != "skip",
        Call.undone_at.is_(None),
    )
    return list(session().scalars(query))


def stands(request: CallRequest, *, now: datetime) -> str:
    """What is true of the request at this moment, also before `settle` has written it down: open, tried (rung, not
    reached yet), cancelled, done, paid, over."""
    if request.state != "open":
        return request.state
    if request.cart is not None and request.cart.state in _SETTLED:
        return "paid"
    if was_reached(request):
        return "done"
    has_rung = bool(_calls_since(request)) or request.tries > 0
    if request.task is not None and request.task.state == "done":
        return "done" if has_rung else "over"
    return "tried" if has_rung and request.at is not None and request.at <= now else "open"
