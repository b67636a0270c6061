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
from sqlalchemy.exc import OperationalError

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.delivery import leaving, outbox, pace
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import schedule
from sidecar.ports import Gateways, Mail, Text
from sidecar.ports import Taken as Accepted
from sidecar.recovery.delivery import last_check, refusing
from sidecar.recovery.delivery.batch import MailLine, Orders, Taken, TextLine, lines_of
from sidecar.recovery.incentives.offering import Offers
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


def sweep(*, now: datetime, gateways: Gateways | None = None) -> int:
    """How many messages that a dead worker held were settled: due again, or in doubt when they may have arrived."""
    askable = ["sms"] if gateways is not None and gateways.texts is not None else []
    return leaving.sweep(now=now, askable=askable)


def send_due(
    *,
    gateways: Gateways,
    clock: Callable[[], datetime],
    limit: int = 50,
    is_stopping: Callable[[], bool] = lambda: False,
) -> SendResult:
    """Sends what is due and allowed, at most `limit` messages over one connection; may run anywhere, any number of
    times at once. Never raises for one message's trouble. When `is_stopping` says so, what has not begun is put back.
    """
    lines = lines_of(gateways)
    batch = _reserve(tuple(lines), clock, limit)
    if not batch:
        return SendResult()
    ended: Counter[str] = Counter()
    offers = Offers(gateways, clock)
    checks = last_check.Checks(gateways, offers=offers)
    round_ = _Round(lines, Orders(batch, gateways, clock), checks, offers, clock)
    until = clock() + BATCH_LASTS
    try:
        for taken in batch:
            if clock() > until or is_stopping():
                ended[_put_back(taken, None, None, None)] += 1
                continue
            ended[round_.send_one(taken)] += 1
    finally:
        for line in lines.values():
            line.close()
    return SendResult(reserved=len(batch), **{name: ended[name] for name in _ENDS})


_RECORD_TRIES = 3
_ENDS = ("sent", "failed", "cancelled", "put_back", "review")


def _reserve(channels: tuple[str, ...], clock: Callable[[], datetime], limit: int) -> list[Taken]:
    """The batch. While all mail is stopped, no mail is in it."""
    if session().scalar(select(Message.id).where(Message.state == "due").limit(1)) is None:
        return []
    with transaction():
        now = clock()
        stop = pace.stopped(pace.OURS, now=now)
        for store in connected_stores():
            outbox.explain(store, now=now, channels=channels, mail_stop=stop.says if stop else None)
        channels = tuple(one for one in channels if stop is None or one != "email")
        if not channels:
            return []
        ids = leaving.reserve(now=now, limit=limit, channels=channels)
        query = (
            select(Message.id, Message.attempt, Message.attempts, Message.store_id, Cart.order_id, Message.channel)
            .join(Cart, Cart.id == Message.cart_id)
            .where(Message.id.in_(ids))
        )
        found = {
            row.id: Taken(row.id, row.attempt or "", row.attempts, row.store_id, row.order_id, row.channel)
            for row in session().execute(query)
        }
    return [found[message_id] for message_id in ids]


class _Settled(Exception):
    """The last look, just before the data, has ended it: `how` is one of _ENDS or "lost"."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


@dataclass(frozen=True)
class _Round:
    """One batch on its way: its lines by channel, its orders as just read, its checks."""

    lines: Mapping[str, MailLine | TextLine]
    orders: Orders
    checks: last_check.Checks
    offers: Offers
    clock: Callable[[], datetime]

    def send_one(self, taken: Taken) -> str:
        """How it ended: one of _ENDS, or "lost" when somebody else had settled it."""
        begun = False
        try:
            try:
                self.lines[taken.channel].ready()
            except GatewayError as error:
                with transaction():
                    return refusing.unreachable(taken, error, now=self.clock())
            checked = self._checked(taken)
            if isinstance(checked, str):
                return checked
            begun = True
            return self._hand_over(taken, checked)
        except Exception:
            log.exception("message %s could not be sent", taken.message_id)
            return _stumbled(taken, self.lines[taken.channel], begun=begun, clock=self.clock)

    def _checked(self, taken: Taken) -> Mail | Text | str:
        """The message with its intent on disk, or how it was settled. The order is at most two seconds old."""
        try:
            order = self.orders.now(taken)
        except GatewayError as error:
            return _put_back(taken, "store_unreadable", error.reason, self.clock() + UNREADABLE_WAIT)
        with transaction():
            checked = self.checks.pass_or_settle(taken.message_id, taken.attempt, order, now=self.clock())
        if checked != last_check.OFFER_FIRST:
            return checked
        self.offers.provide(taken.message_id)  # tried once: a message does not wait for its offer
        return self._checked(taken)

    def _hand_over(self, taken: Taken, out: Mail | Text) -> str:
        line = self.lines[taken.channel]
        try:
            accepted = line.send(out, lambda: self._look_again(taken, out))
        except _Settled as settled:
            return settled.how
        except GatewayError as error:
            return _refused(taken, error, line, self.clock)
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                return record_sent(taken.message_id, taken.attempt, accepted, now=self.clock())
            except OperationalError:  # a busy or restarted database must not make a message doubtful
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _look_again(self, taken: Taken, out: Mail | Text) -> None:
        """Just before the data: a server may have let us wait, and somebody may have pressed Pause meanwhile.

        Raises _Settled when the message may not leave after all; nothing of it has.
        """
        may_go_on = leaving.may_go_on(taken.message_id, taken.attempt, now=self.clock())
        rest()
        if may_go_on and self.orders.is_fresh(taken.store_id):
            return
        checked = self._checked(taken)
        # Swept for its age, or written anew, perhaps to another address: nothing of it has left, so it is due again.
        if checked == "lost" or not (isinstance(checked, str) or checked == out):
            checked = _put_back(taken, None, None, None)
        if isinstance(checked, str):
            raise _Settled(checked)


def record_sent(message_id: int, attempt: str, accepted: Accepted, *, now: datetime) -> str:
    """Writes down that it was taken, on the message, the cart and the person: "sent", or "lost" when a later attempt
    has begun."""
    with transaction():
        message = session().get_one(Message, message_id)
        # Person, cart, message: the order in which everybody locks them.
        leaving.mark_contacted(message.cart_id, message.contact_id, now=now)
        words = f"Email sent: {message.subject}" if message.channel == "email" else "Text sent."
        tell(message.cart_id, "mailed", words, at=now)
        done = leaving.sent(message_id, attempt, answer=accepted.words, provider_id=accepted.provider_id, now=now)
        if message.channel == "email":
            pace.went_well(pace.provider_of(message.to))
    return "sent" if done else "lost"


def _refused(taken: Taken, error: GatewayError, line: MailLine | TextLine, clock: Callable[[], datetime]) -> str:
    """Records why it was not taken; silence after the end is for the provider to answer, or a person to judge."""
    if error.outcome_unknown:
        _doubt(taken, line, error.reason, clock)
        return "review"
    with transaction():
        return refusing.refused(taken, error, line.says, now=clock())


def _put_back(taken: Taken, code: str | None, words: str | None, due_at: datetime | None) -> str:
    with transaction():
        leaving.put_back(taken.message_id, taken.attempt, code, words, due_at=due_at, tried=code is not None)
    return "put_back"


def _stumbled(taken: Taken, line: MailLine | TextLine, *, begun: bool, clock: Callable[[], datetime]) -> str:
    """After an error of our own: before the first byte it is tried later, after it nobody knows."""
    if not begun:
        words = "Something unexpected happened. The log says what."
        return _put_back(taken, "stumbled", words, schedule.next_try(taken.attempts, now=clock()))
    _doubt(taken, line, "Ended by an error of our own. The log says what.", clock)
    return "review"


def _doubt(taken: Taken, line: MailLine | TextLine, words: str, clock: Callable[[], datetime]) -> None:
    """Nobody can tell whether it arrived: its provider is asked once that can show, else a person decides."""
    ask_at = clock() + line.settle if line.settle is not None else None
    with transaction():
        leaving.unknown(taken.message_id, taken.attempt, words=words, ask_at=ask_at)
