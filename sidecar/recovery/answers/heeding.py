"""What a person's no ends at once, and what taking it back begins again: for every cart of theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from sidecar.calls.requests import places
from sidecar.calls.task import CallTask, is_open
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.contacts import silence
from sidecar.contacts.contact import Contact
from sidecar.db import session
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.sequences import course, enrollment
from sidecar.recovery.decisions.deciding import redecide_person

REASON = "opted_out"


def hold(contact_id: int) -> None:
    """Locks a person until the commit (Postgres; SQLite has one writer). Before anything is told or changed about their
    carts: person, cart, message is the order in which everybody locks them."""
    session().execute(select(Contact.id).where(Contact.id == contact_id).with_for_update())


def stop_at_once(contact_ids: Iterable[int], channels: Collection[str], *, now: datetime) -> int:
    """How many open messages and calls of these people ended. `channels` are those they said no to: "email", "sms",
    "calls", "all". Their carts are decided anew."""
    ended = 0
    for contact_id in contact_ids:
        hold(contact_id)
        redecide_person(contact_id, now=now)
        if {"email", "all"} & set(channels):
            ended += enrollment.stop_person(contact_id, REASON, now=now)
        elif "sms" in channels:
            ended += _cancel_texts(contact_id)
        if {"calls", "all"} & set(channels):
            ended += _withdraw_calls(contact_id, now) + places.end_of_person(contact_id, "said_no", now=now)
    return ended


def start_again(contact_id: int, *, now: datetime) -> None:
    """What only a no had ended stands again: planned messages, calls, and the deciding about carts.

    Every message still goes through every check, so what else speaks against it still does.
    """
    session().flush()
    hold(contact_id)
    # A contacted cart keeps its course, and its course was to be left alone: it is decided like any other now.
    session().execute(
        update(Cart)
        .where(Cart.contact_id == contact_id, Cart.state == "contacted", Cart.reason_code == REASON)
        .values(state="abandoned")
        .execution_options(synchronize_session=False)
    )
    redecide_person(contact_id, now=now)
    open_carts = select(Cart.id).where(
        Cart.contact_id == contact_id, Cart.state.in_(("watching", "abandoned", "contacted"))
    )
    _plan_again(Message.cart_id.in_(open_carts), now)
    session().execute(
        update(Enrollment)
        .where(Enrollment.cart_id.in_(open_carts), Enrollment.stopped_reason == REASON)
        .values(stopped_at=None, stopped_reason=None)
        .execution_options(synchronize_session=False)
    )
    _call_again(contact_id, now)
    session().expire_all()


def _cancel_texts(contact_id: int) -> int:
    gone = session().execute(
        update(Message)
        .where(Message.contact_id == contact_id, Message.channel == "sms", Message.state.in_(course.MOVABLE))
        .values(state="cancelled", reason=REASON, reason_words=None)
    )
    return int(getattr(gone, "rowcount", 0))


def _withdraw_calls(contact_id: int, now: datetime) -> int:
    called = session().scalars(select(CallTask.cart_id).where(CallTask.contact_id == contact_id, is_open())).all()
    return sum(queue.withdraw(cart_id, REASON, now=now) for cart_id in set(called))


def _plan_again(whose: ColumnElement[bool], now: datetime) -> None:
    session().execute(
        update(Message)
        .where(
            whose,
            Message.state == "cancelled",
            Message.reason == REASON,
            Message.data_started_at.is_(None),
            Message.not_after_at > now,
        )
        .values(state="planned", reason="in_sequence", reason_words=None, composed_of="")
        .execution_options(synchronize_session=False)
    )


def _call_again(contact_id: int, now: datetime) -> None:
    """Tasks that the no had ended wait again, unless their cart has another one by now."""
    others = select(CallTask.cart_id).where(CallTask.contact_id == contact_id, is_open())
    again = session().execute(
        update(CallTask)
        .where(CallTask.contact_id == contact_id, CallTask.done_reason == REASON, CallTask.state == "done")
        .where(CallTask.cart_id.not_in(others))
        .values(state="waiting", done_at=None, done_reason=None, changed_at=now)
        .returning(CallTask.id, CallTask.due_at)
        .execution_options(synchronize_session=False)
    )
    for task_id, due_at in again.all():
        silence.hold(contact_id, queue.source_of(task_id), "a call is planned", due_at + queue.SILENCE)
