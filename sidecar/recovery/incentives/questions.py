"""Asking the owner for an offer beyond a rep's limits, and the owner's answer.

Every change asks for the state it comes from, so that of two one wins. Nobody answers their own question, and an
answer about a cart that has ended does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import one_row, session
from sidecar.errors import Refused
from sidecar.outreach.incentives.rep_offers import Beyond, called
from sidecar.outreach.incentives.request import OPEN, OfferRequest
from sidecar.settings.offer_notation import OfferTerms

LASTS = timedelta(hours=24)
LONGEST = 300
_OVER = ("recovered", "closed")


def keep(
    cart: Cart, task_id: int, user: User, beyond: Beyond, reasons: Sequence[str], words: str, *, now: datetime
) -> OfferRequest:
    """The question, stored. Raises Refused when the cart has an open one, or when the rep's words are too long."""
    if len(words) > LONGEST:
        raise Refused(f"Shorten what you write to the owner to {LONGEST} characters.", code="words_long")
    expire(now=now, cart_id=cart.id)
    offer = beyond.offer
    row = OfferRequest(
        store_id=cart.store_id,
        cart_id=cart.id,
        task_id=task_id,
        user_id=user.id,
        kind=offer.kind,
        value_minor=offer.value_minor,
        worth_minor=offer.worth_minor,
        currency=cart.currency,
        beyond=beyond.words,
        reasons=list(reasons),
        words=words,
        asked_at=now,
        ends_at=now + LASTS,
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        raise Refused("The owner was asked about this cart already.", code="asked_already") from None
    tell(cart.id, "offer", f"{user.first_name} asked the owner for {_what(row)}.", at=now)
    return row


def decide(request_id: int, user: User, *, is_approved: bool, answer: str, now: datetime) -> OfferRequest:
    """The answered question. Raises Refused when it is one's own, was answered, has run out, or its cart has ended."""
    row = session().get(OfferRequest, request_id, populate_existing=True)
    if row is None:
        raise Refused("There is no such question.", code="gone")
    if row.user_id == user.id:
        raise Refused("Nobody answers their own question. A colleague has to.", code="own")
    if len(answer) > LONGEST:
        raise Refused(f"Shorten your answer to {LONGEST} characters.", code="answer_long", field=f"answer-{row.id}")
    state = "approved" if is_approved else "declined"
    ends_at = now + LASTS if is_approved else row.ends_at
    values = {"state": state, "decided_at": now, "decided_by_id": user.id, "answer": answer, "ends_at": ends_at}
    if not _change(row.id, "asked", values, OfferRequest.ends_at > now, ~_ended()):
        raise Refused(_why_not(request_id, now), code="moved_on")
    tell(row.cart_id, "offer", f"{user.first_name} {state} {_what(row)}.", at=now)
    return row


def withdraw(task_id: int, user: User, *, now: datetime) -> bool:
    """The rep no longer asks, or no longer wants what was approved; False when there was nothing of the kind."""
    query = select(OfferRequest).where(
        OfferRequest.task_id == task_id, OfferRequest.user_id == user.id, OfferRequest.state.in_(OPEN)
    )
    row = session().scalar(query)
    if row is None or not _change(row.id, row.state, {"state": "withdrawn", "decided_at": now}):
        return False
    tell(row.cart_id, "offer", f"{user.first_name} no longer asks for {_what(row)}.", at=now)
    return True


def use_up(request_id: int, *, now: datetime) -> bool:
    """The approved offer is being given; False when the approval is not there any more. What was given already stays
    given: the same offer may be tried once more after the store refused it."""
    row = session().get_one(OfferRequest, request_id)
    if row.state == "given":
        return True
    return _change(request_id, "approved", {"state": "given"}, OfferRequest.ends_at > now, ~_ended())


def close(cart_id: int, *, now: datetime) -> None:
    """Ends what is still open about a cart that gets its offer now."""
    these = (OfferRequest.cart_id == cart_id, OfferRequest.state.in_(OPEN))
    values = {"state": "withdrawn", "decided_at": func.coalesce(OfferRequest.decided_at, now)}
    session().execute(update(OfferRequest).where(*these).values(values).execution_options(synchronize_session=False))
    session().expire_all()


def approved_for(cart_id: int, user_id: int, terms: OfferTerms | None = None, *, now: datetime) -> OfferRequest | None:
    """What the owner allowed this rep for this cart: exactly these terms, where any are named."""
    query = select(OfferRequest).where(
        OfferRequest.cart_id == cart_id,
        OfferRequest.user_id == user_id,
        OfferRequest.state.in_(("approved", "given")),
        OfferRequest.ends_at > now,
    )
    found = session().scalar(query.order_by(OfferRequest.id.desc()).limit(1))
    if found is None or terms is None:
        return found
    wanted = terms.percent * 100 if terms.kind == "percent" else terms.amounts.get(found.currency, 0)
    return found if (found.kind, found.value_minor) == (terms.kind, wanted) else None


def latest_of(cart_id: int) -> OfferRequest | None:
    """The cart's newest question."""
    query = select(OfferRequest).where(OfferRequest.cart_id == cart_id).order_by(OfferRequest.id.desc()).limit(1)
    return session().scalar(query)


def expire(*, now: datetime, cart_id: int | None = None) -> int:
    """How many questions and approvals ended: too late, or their cart has ended."""
    over = or_(OfferRequest.ends_at <= now, _ended())
    these: tuple[ColumnElement[bool], ...] = (OfferRequest.state.in_(OPEN), over)
    if cart_id is not None:
        these = (*these, OfferRequest.cart_id == cart_id)
    changed: Any = session().execute(
        update(OfferRequest).where(*these).values(state="expired").execution_options(synchronize_session=False)
    )
    session().expire_all()
    return int(changed.rowcount)


def to_answer(user: User, *, now: datetime) -> list[OfferRequest]:
    """The open questions that this person may answer, oldest first."""
    return list(session().scalars(_still_open(now, "asked").where(OfferRequest.user_id != user.id).limit(50)))


def answered_for(user: User, *, now: datetime) -> list[OfferRequest]:
    """What the owner allowed this rep and was not given yet, oldest first."""
    return list(session().scalars(_still_open(now, "approved").where(OfferRequest.user_id == user.id).limit(50)))


def lately(user: User | None, *, since: datetime) -> list[OfferRequest]:
    """The questions of one rep, or of all, newest first."""
    query = select(OfferRequest).where(OfferRequest.asked_at >= since)
    mine = query.where(OfferRequest.user_id == user.id) if user is not None else query
    return list(session().scalars(mine.order_by(OfferRequest.asked_at.desc(), OfferRequest.id.desc()).limit(100)))


def _still_open(now: datetime, state: str) -> Any:
    query = select(OfferRequest).where(OfferRequest.state == state, OfferRequest.ends_at > now, ~_ended())
    return query.order_by(OfferRequest.asked_at, OfferRequest.id)


def _ended() -> ColumnElement[bool]:
    return exists().where(and_(Cart.id == OfferRequest.cart_id, Cart.state.in_(_OVER)))


def _change(request_id: int, state: str, values: dict[str, Any], *also: ColumnElement[bool]) -> bool:
    statement = update(OfferRequest).where(OfferRequest.id == request_id, OfferRequest.state == state, *also)
    changed = session().execute(statement.values(**values).execution_options(synchronize_session=False))
    session().expire_all()
    return one_row(changed)


def _why_not(request_id: int, now: datetime) -> str:
    row = session().get_one(OfferRequest, request_id, populate_existing=True)
    if session().get_one(Cart, row.cart_id).state in _OVER:
        return "The cart has ended meanwhile. There is nothing left to decide."
    if row.state in OPEN and row.ends_at <= now:
        return "The question has run out."
    words = {"approved": "approved", "given": "approved", "declined": "declined", "withdrawn": "withdrawn by the rep"}
    return f"It was {words.get(row.state, 'settled')} already."


def _what(row: OfferRequest) -> str:
    found = called(row.kind, row.value_minor, row.currency)
    return found[0].lower() + found[1:]
