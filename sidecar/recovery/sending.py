"""A message's last seconds: reserve, re-read the order, check everything once more, send, record.

No transaction is open while the store or the mail server is asked. What one message needs is done for that message
alone, so that one bad one stops nobody. Source of the protocol: reference/safety.md A2.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach import leaving, outbox, schedule
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, Mail
from sidecar.recovery import last_check
from sidecar.recovery.batch import Line, Orders, Taken
from sidecar.stores.connection import connected_stores

UNREADABLE_WAIT = timedelta(seconds=30)
BATCH_LASTS = timedelta(seconds=60)  # no message of a batch is begun later: a slow server must not outlive the lease

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one batch: how many were sent, failed, cancelled, put back, or are for a person to review."""

    reserved: int = 0
    sent: int = 0
    failed: int = 0
    cancelled: int = 0
    put_back: int = 0
    review: int = 0


def fill(*, now: datetime, limit: int = 100) -> int:
    """How many planned messages whose time has come were composed. Also drops those for which it is too late."""
    outbox.cancel_late(now=now)
    return outbox.fill(now=now, limit=limit)


def sweep(*, now: datetime) -> int:
    """How many messages that a dead worker held were settled: due again, or in review when they may have arrived."""
    return leaving.sweep(now=now)


def _never() -> bool:
    return False


def send_due(
    *,
    gateways: Gateways,
    clock: Callable[[], datetime],
    limit: int = 50,
    is_stopping: Callable[[], bool] = _never,
) -> SendResult:
    """Sends what is due and allowed, at most `limit` messages over one connection; may run anywhere, any number of
    times at once. Never raises for one message's trouble. When `is_stopping` says so, what has not begun is put back.
    """
    batch, pace = _reserve(gateways, clock, limit)
    if not batch or gateways.mail is None:
        return SendResult()
    ended: Counter[str] = Counter()
    line = Line(gateways.mail)
    orders = Orders(batch, gateways, clock)
    checks = last_check.Checks(gateways, pace=pace)
    until = clock() + BATCH_LASTS
    try:
        for taken in batch:
            if clock() > until or is_stopping():
                ended[_put_back(taken, None, None, None)] += 1
                continue
            ended[_send_one(taken, line, orders, checks, clock)] += 1
    finally:
        line.close()
    return SendResult(reserved=len(batch), **{name: ended[name] for name in _ENDS})


_RECORD_TRIES = 3
_ENDS = ("sent", "failed", "cancelled", "put_back", "review")


def _reserve(gateways: Gateways, clock: Callable[[], datetime], limit: int) -> tuple[list[Taken], Counter[str]]:
    """The batch, and how many messages each mail domain was sent in the last minute."""
    if session().scalar(select(Message.id).where(Message.state == "due").limit(1)) is None:
        return [], Counter()
    with transaction():
        now = clock()
        for store in connected_stores():
            outbox.explain(store, now=now, has_transport=gateways.mail is not None)
        if gateways.mail is None:
            return [], Counter()
        pace = leaving.started_lately(now=now)
        ids = leaving.reserve(now=now, limit=limit)
        query = (
            select(Message.id, Message.attempt, Message.attempts, Message.store_id, Cart.order_id)
            .join(Cart, Cart.id == Message.cart_id)
            .where(Message.id.in_(ids))
        )
        found = {
            row.id: Taken(row.id, row.attempt or "", row.attempts, row.store_id, row.order_id)
            for row in session().execute(query)
        }
    return [found[message_id] for message_id in ids], pace


def _send_one(
    taken: Taken, line: Line, orders: Orders, checks: last_check.Checks, clock: Callable[[], datetime]
) -> str:
    """How it ended: one of _ENDS, or "lost" when somebody else had settled it."""
    begun = False
    try:
        try:
            line.ready()
        except GatewayError as error:
            return _put_back(taken, "mail_unreachable", error.reason, schedule.next_try(taken.attempts, now=clock()))
        try:
            order = orders.now(taken)
        except GatewayError as error:
            return _put_back(taken, "store_unreadable", error.reason, clock() + UNREADABLE_WAIT)
        with transaction():
            checked = checks.pass_or_settle(taken.message_id, taken.attempt, order, now=clock())
        if not isinstance(checked, Mail):
            return checked
        begun = True
        return _hand_over(taken, checked, line, clock)
    except Exception:
        log.exception("message %s could not be sent", taken.message_id)
        return _stumbled(taken, begun=begun, clock=clock)


def _hand_over(taken: Taken, mail: Mail, line: Line, clock: Callable[[], datetime]) -> str:
    try:
        answer = line.send(mail)
    except GatewayError as error:
        return _refused(taken, error, clock)
    for tries_left in reversed(range(_RECORD_TRIES)):
        try:
            return _record_sent(taken, mail, answer, clock())
        except OperationalError:  # a busy or restarted database must not make a message doubtful
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def _record_sent(taken: Taken, mail: Mail, answer: str, now: datetime) -> str:
    with transaction():
        message = session().get_one(Message, taken.message_id)
        # Person, cart, message: the order in which everybody locks them.
        leaving.mark_contacted(message.cart_id, message.contact_id, now=now)
        tell(message.cart_id, "mailed", f"Email sent: {message.subject}", at=now)
        done = leaving.sent(taken.message_id, taken.attempt, answer=answer, provider_id=mail.message_id, now=now)
    return "sent" if done else "lost"


def _refused(taken: Taken, error: GatewayError, clock: Callable[[], datetime]) -> str:
    """Records why the server did not take it; silence after the end of the data is for a person to judge."""
    with transaction():
        if error.outcome_unknown:
            leaving.unknown(taken.message_id, taken.attempt, words=error.reason)
            return "review"
        if error.permanent:
            leaving.failed(taken.message_id, taken.attempt, words=error.reason)
            return "failed"
    words = f"Mail server said: {error.reason}"
    return _put_back(taken, "try_later", words, schedule.next_try(taken.attempts, now=clock()))


def _put_back(taken: Taken, code: str | None, words: str | None, due_at: datetime | None) -> str:
    with transaction():
        leaving.put_back(taken.message_id, taken.attempt, code, words, due_at=due_at, tried=code is not None)
    return "put_back"


def _stumbled(taken: Taken, *, begun: bool, clock: Callable[[], datetime]) -> str:
    """After an error of our own: before the first byte it is tried later, after it nobody knows."""
    if not begun:
        words = "Something unexpected happened. The log says what."
        return _put_back(taken, "stumbled", words, schedule.next_try(taken.attempts, now=clock()))
    with transaction():
        leaving.unknown(taken.message_id, taken.attempt, words="Ended by an error of our own. The log says what.")
    return "review"
