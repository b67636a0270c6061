"""Messages out of the outbox: composed, their orders re-read, checked once more, sent by SMTP, each step committed.

The floor composes the same messages from carts that are loaded already, and hands them over one connection of the
same code, without a database. The store answers the re-reading from memory; the mail server is a process of its own
that takes everything.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bench.cloning import FIRST
from bench.figures import Effort, Figure, in_turn, seconds, speed
from bench.ground import Ground
from bench.outbox import STEP, Outbox, listening, prepare
from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.outreach.letters import wording
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called
from sidecar.ports import Gateways, Mail
from sidecar.recovery.delivery import sending
from sidecar.settings import settings_of
from sidecar.stores.connection import Store

EACH, QUICK = 100, 20  # messages a round


def measure(ground: Ground, effort: Effort) -> Figure:
    """Messages a second."""
    rounds, each = min(effort.rounds, 9), QUICK if effort.quick else EACH
    count = each * (rounds + 1)
    with ground.application(), listening("bench.sink") as port:
        outbox = prepare(count, port)
        outbox.plan()
        floor = _Floor(outbox, each)
        pairs = in_turn(floor.send, lambda: seconds(lambda: send(outbox.gateways, each)), rounds)
        sent = len(list(session().scalars(select(Message.id).where(Message.state == "sent"))))
        return speed(
            "messages",
            pairs,
            per_round=each,
            unit=f"messages/s, one worker, orders re-read from memory, {ground.database_name}",
            goal=0.5,
            sent=sent,
            all_sent_met=sent == count,
        )


def send(gateways: Gateways, count: int) -> None:
    """What the send job does, for so many messages."""
    left = count
    with transaction():
        sending.fill(now=clock.now(), limit=count)
    while left > 0:
        result = sending.send_due(gateways=gateways, clock=clock.now, limit=min(50, left))
        if not result.sent:
            why = (
                session()
                .execute(select(Message.reason, Message.reason_words).where(Message.reason.isnot(None)))
                .first()
            )
            raise RuntimeError(f"nothing was sent: {result}, {why}")
        left -= result.sent


class _Floor:
    """The same messages without a database."""

    def __init__(self, outbox: Outbox, each: int) -> None:
        if outbox.gateways.mail is None:
            raise RuntimeError("there is no mail server")
        query = select(Cart).where(Cart.id > FIRST).options(selectinload(Cart.lines), selectinload(Cart.contact))
        self._carts = list(session().scalars(query.limit(each)))
        self._store, self._settings = session().get_one(Store, outbox.store_id), settings_of(outbox.store_id)
        self._mail = outbox.gateways.mail
        session().expunge_all()

    def send(self) -> float:
        """Seconds for a round."""
        return seconds(self._all)

    def _all(self) -> None:
        connection = self._mail.connect()
        for cart in self._carts:
            connection.send(self._composed(cart))
        connection.close()

    def _composed(self, cart: Cart) -> Mail:
        if cart.contact is None:
            raise RuntimeError("a cart without a person")
        found = wording.compose(step_called(STEP), cart, cart.contact, self._store, self._settings)
        return Mail(
            message_id=f"{cart.id}@example.com",
            to=cart.email,
            to_name="",
            sender=self._mail.sender,
            reply_to="",
            subject=found.subject,
            text=found.text,
            html=found.html,
            headers={"List-Unsubscribe": "<https://example.com/u/x>"},
        )
