"""A message's last seconds: reserve, re-read the order, check everything once more, send, record.

No transaction is open while the store or the mail server is asked. What one message needs is done for that message
alone, so that one bad one stops nobody. Source of the protocol: reference/safety.md A2.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach import leaving, outbox, schedule
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, Mail, MailConnection, MailGateway, Order
from sidecar.recovery import last_check
from sidecar.recovery.rereading import reread
from sidecar.stores.connection import connected_stores

READ_AT_MOST = timedelta(seconds=2)  # an order older than this is read again before its message leaves
UNREADABLE_WAIT = timedelta(seconds=30)

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


@dataclass(frozen=True, slots=True)
class Taken:
    """One reserved message, with what is needed to check it."""

    message_id: int
    attempt: str
    attempts: int
    store_id: int
    order_id: int


def fill(*, now: datetime, limit: int = 100) -> int:
    """How many planned messages whose time has come were composed. Also drops those for which it is too late."""
    outbox.cancel_late(now=now)
    return outbox.fill(now=now, limit=limit)


def sweep(*, now: datetime) -> int:
    """How many messages that a dead worker held were settled: due again, or in review when they may have arrived."""
    return leaving.sweep(now=now)


def send_due(*, gateways: Gateways, clock: Callable[[], datetime], limit: int = 50) -> SendResult:
    """Sends what is due and allowed, at most `limit` messages over one connection; may run anywhere, any number of
    times at once. Never raises for one message's trouble."""
    batch, pace = _reserve(gateways, clock, limit)
    if not batch or gateways.mail is None:
        return SendResult()
    ended: Counter[str] = Counter()
    line = _Line(gateways.mail)
    orders = _Orders(batch, gateways, clock)
    checks = last_check.Checks(gateways, pace=pace)
    try:
        for taken in batch:
            ended[_send_one(taken, line, orders, checks, clock)] += 1
    finally:
        line.close()
    return SendResult(reserved=len(batch), **{name: ended[name] for name in _ENDS})


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
        found = {row.id: Taken(*row) for row in session().execute(query)}
    return [found[message_id] for message_id in ids], pace


def _send_one(
    taken: Taken, line: _Line, orders: _Orders, checks: last_check.Checks, clock: Callable[[], datetime]
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


def _hand_over(taken: Taken, mail: Mail, line: _Line, clock: Callable[[], datetime]) -> str:
    try:
        answer = line.send(mail)
    except GatewayError as error:
        return _refused(taken, error, clock)
    with transaction():
        now = clock()
        done = leaving.sent(taken.message_id, taken.attempt, answer=answer, provider_id=mail.message_id, now=now)
        message = session().get_one(Message, taken.message_id)
        leaving.mark_contacted(message.cart_id, message.contact_id, now=now)
        tell(message.cart_id, "mailed", f"E-mail sent: {message.subject}", at=now)
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


def _put_back(taken: Taken, code: str, words: str, due_at: datetime) -> str:
    with transaction():
        leaving.put_back(taken.message_id, taken.attempt, code, words, due_at=due_at, tried=True)
    return "put_back"


def _stumbled(taken: Taken, *, begun: bool, clock: Callable[[], datetime]) -> str:
    """After an error of our own: before the first byte it is tried later, after it nobody knows."""
    if not begun:
        words = "Something unexpected happened. The log says what."
        return _put_back(taken, "stumbled", words, schedule.next_try(taken.attempts, now=clock()))
    with transaction():
        leaving.unknown(taken.message_id, taken.attempt, words="Ended by an error of our own. The log says what.")
    return "review"


class _Line:
    """The one connection of a batch, opened when first needed and again after it broke."""

    def __init__(self, mail: MailGateway) -> None:
        self._mail = mail
        self._connection: MailConnection | None = None
        self._trouble: GatewayError | None = None

    def ready(self) -> None:
        """Raises GatewayError when there is no connection to be had; asked once, not once a message."""
        if self._trouble is not None:
            raise self._trouble
        if self._connection is None:
            try:
                self._connection = self._mail.connect()
            except GatewayError as error:
                self._trouble = error
                raise

    def send(self, mail: Mail) -> str:
        """The server's words of acceptance. Raises GatewayError."""
        if self._connection is None:
            raise GatewayError("There is no connection.", code="connection_lost")
        try:
            return self._connection.send(mail)
        except GatewayError as error:
            if not error.permanent:
                self.close()
            raise

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Orders:
    """The batch's orders as they stand now: read together, and again when they have grown too old."""

    def __init__(self, batch: list[Taken], gateways: Gateways, clock: Callable[[], datetime]) -> None:
        self._waiting = list(batch)
        self._gateways = gateways
        self._clock = clock
        self._read: dict[int, tuple[datetime, Mapping[int, Order | None]]] = {}
        self._unreadable: dict[int, GatewayError] = {}

    def now(self, taken: Taken) -> Order | None:
        """The order, at most READ_AT_MOST old; None when it is gone. Raises GatewayError when it cannot be read."""
        store_id = taken.store_id
        if store_id in self._unreadable:
            raise self._unreadable[store_id]
        at, orders = self._read.get(store_id, (None, {}))
        if at is None or self._clock() - at > READ_AT_MOST:
            orders = self._read_again(store_id)
        self._waiting.remove(taken)
        if taken.order_id not in orders:  # never read as "gone": only the store says that
            raise GatewayError("The store did not answer for this order.", code="order_unread")
        return orders[taken.order_id]

    def _read_again(self, store_id: int) -> Mapping[int, Order | None]:
        wanted = [taken.order_id for taken in self._waiting if taken.store_id == store_id]
        try:
            orders = reread(store_id, wanted, gateways=self._gateways, clock=self._clock)
        except GatewayError as error:
            self._unreadable[store_id] = error
            raise
        self._read[store_id] = (self._clock(), orders)
        return orders
