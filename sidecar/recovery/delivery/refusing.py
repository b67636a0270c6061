"""What a mail server's refusal leads to: a dead address is remembered, a hasty or distrusted sender stops for a while.

Nothing here is a customer's fault unless the server says that nothing arrives at their address.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import dead
from sidecar.contacts.contact import Contact
from sidecar.db import session
from sidecar.errors import GatewayError
from sidecar.outreach.delivery import leaving, pace
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment, schedule
from sidecar.recovery.decisions.deciding import redecide_person
from sidecar.recovery.delivery.batch import Taken

DEAD = "dead_address"
_TRIES_WHEN_BLOCKED = 4  # of one message; what one provider refuses so often, it will not take any more
_SERVERS_OWN = ("mail_sign_in", "mail_certificate", "mail_tls", "mail_no_tls", "sender_blocked")


def unreachable(taken: Taken, error: GatewayError, *, now: datetime) -> str:
    """Puts the message back when there is no connection to be had. What will not pass by itself stops all mail for a
    while: trying a wrong password again and again locks the account."""
    due_at = schedule.next_try(taken.attempts, now=now)
    if error.code in _SERVERS_OWN or error.code == "slow_down":
        by = "slow_down" if error.code == "slow_down" else "blocked"
        due_at = pace.stop(pace.OURS, error.reason, by=by, now=now).until_at
    return _put_back(taken, "mail_unreachable", error.reason, due_at)


def refused(taken: Taken, error: GatewayError, said_by: str, *, now: datetime) -> str:
    """Writes down why a message was not taken: "failed", or "put_back" until it is tried again."""
    words = f"{said_by} said: {error.reason}"
    if error.code == "bad_address":
        return _nobody_there(taken, error.reason, now)
    if error.code in ("blocked", "sender_blocked"):
        return _blocked(taken, error, words, now)
    if error.permanent:
        leaving.failed(taken.message_id, taken.attempt, words=error.reason, said_by=said_by)
        return "failed"
    due_at = schedule.next_try(taken.attempts, now=now)
    if error.code == "slow_down":
        due_at = max(due_at, pace.stop(pace.OURS, error.reason, by="slow_down", now=now).until_at)
    return _put_back(taken, "try_later", words, due_at)


def remember_dead(message: Message, words: str, *, now: datetime) -> bool:
    """Nobody writes to the message's address again, about any cart; False when that was known. The caller has locked
    the message's person."""
    if not dead.mark_dead(message.store_id, message.contact_id, message.to, words, now=now):
        return False
    same = func.lower(Cart.email) == message.to.lower()
    carts = select(Cart.id).where(Cart.contact_id == message.contact_id, same)
    for cart_id in session().scalars(carts).all():
        enrollment.stop(cart_id, DEAD, now=now)
    redecide_person(message.contact_id, now=now)
    tell(message.cart_id, "failed", dead.says(words), at=now)
    return True


def try_again(*, now: datetime) -> None:
    """Ends the stops of mail, and lets what waits for them leave now: whoever asks has seen to what was wrong."""
    pace.try_again()
    waits = (Message.state == "due", Message.reason.in_(("blocked", "mail_stopped", "mail_unreachable")))
    session().execute(
        update(Message)
        .where(*waits, Message.due_at > now)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session().expire_all()


def locked_person(contact_id: int) -> None:
    """Locks the person before anything of theirs is changed: the order in which everybody locks."""
    session().execute(select(Contact.id).where(Contact.id == contact_id).with_for_update())


def _nobody_there(taken: Taken, words: str, now: datetime) -> str:
    message = session().get_one(Message, taken.message_id)
    locked_person(message.contact_id)
    remember_dead(message, words, now=now)
    leaving.failed(taken.message_id, taken.attempt, words=words)
    return "failed"


def _blocked(taken: Taken, error: GatewayError, words: str, now: datetime) -> str:
    provider = pace.OURS
    if error.code == "blocked":
        provider = pace.provider_of(session().get_one(Message, taken.message_id).to)
    stop = pace.stop(provider, error.reason, now=now)
    if taken.attempts >= _TRIES_WHEN_BLOCKED and error.code == "blocked":
        leaving.failed(taken.message_id, taken.attempt, words=error.reason)
        return "failed"
    return _put_back(taken, "blocked", words, stop.until_at)


def _put_back(taken: Taken, code: str, words: str, due_at: datetime) -> str:
    leaving.put_back(taken.message_id, taken.attempt, code, words, due_at=due_at, tried=True)
    return "put_back"
