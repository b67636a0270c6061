"""Messages out of the outbox: composed, their orders re-read, checked once more, sent by SMTP, each step committed.

The floor composes the same messages from carts that are loaded already, and hands them over one connection of the
same code, without a database. The store answers the re-reading from memory; the mail server is a process of its own
that takes everything.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from bench.cloning import FIRST, clone
from bench.crowd import gather
from bench.figures import Effort, Figure, in_turn, seconds, speed
from bench.ground import KEY, Ground
from bench.sample import free_port
from bench.shop import Shop, order_of, outside, settle_cursors
from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.config import ROOT
from sidecar.db import Base, session, transaction
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach import wording
from sidecar.outreach.message import Message
from sidecar.outreach.sequence import step_called
from sidecar.ports import Gateways, Mail, Order
from sidecar.recovery import polling, sending
from sidecar.settings import put, settings_of
from sidecar.stores.connection import Store
from sidecar.vault import Vault

EACH = 100  # messages a round
STEP = "reminder-1"


def measure(ground: Ground, effort: Effort) -> Figure:
    """Messages a second."""
    rounds = min(effort.rounds, 9)
    count = EACH * (rounds + 1)
    with ground.application(), _sink() as port:
        mail = SmtpGateway(f"smtp://127.0.0.1:{port}?tls=none", "Aurora Audio <hello@example.com>")
        store_id, gateways = _ready(count, mail)
        floor = _Floor(store_id, mail)
        pairs = in_turn(floor.send, lambda: seconds(lambda: _send(gateways)), rounds)
        sent = len(list(session().scalars(select(Message.id).where(Message.state == "sent"))))
        return speed(
            "messages",
            pairs,
            per_round=EACH,
            unit=f"messages/s, one worker, orders re-read from memory, {ground.database_name}",
            goal=0.5,
            sent=sent,
            all_sent_met=sent == count,
        )


def _send(gateways: Gateways) -> None:
    """What the send job does, for as many messages as a round has."""
    left = EACH
    with transaction():
        sending.fill(now=clock.now(), limit=EACH)
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

    def __init__(self, store_id: int, mail: SmtpGateway) -> None:
        query = select(Cart).where(Cart.id > FIRST).options(selectinload(Cart.lines), selectinload(Cart.contact))
        self._carts = list(session().scalars(query.limit(EACH)))
        self._store, self._settings = session().get_one(Store, store_id), settings_of(store_id)
        self._mail = mail
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


def _ready(count: int, mail: SmtpGateway) -> tuple[int, Gateways]:
    """A live store with `count` people, each with a message whose time has come, and carts that are up to date."""
    vault = Vault((KEY,))
    crowd = gather(count, vault=vault, calls=False)
    settle_cursors(crowd.store_id)
    shop = Shop(find=_as_the_store_has_it)
    gateways = outside(shop, vault, mail)
    for first in range(0, count, 100):
        shop.changed = [_as_the_store_has_it(number) for number in crowd.order_ids()[first : first + 100]]
        polling.poll_store(crowd.store_id, gateways=gateways, clock=clock.now)
    shop.changed = []
    now = datetime.now(UTC)
    with transaction():
        session().get_one(Store, crowd.store_id).live_at = now
        session().execute(update(Cart).values(state="abandoned", route="sequence", decide_at=None))
        put(crowd.store_id, "sending.per_domain_per_minute", "6000", by="bench", now=now)
        message = _planned(session().scalars(select(Cart).where(Cart.id <= FIRST)).one(), now)
        session().add(message)
        session().flush()
        own = f"{FIRST} + i"
        table = Base.metadata.tables["message"]
        address = "'person' || i || '@example.com'"
        clone(session().connection(), table, message.id, count, cart_id=own, contact_id=own, to_address=address)
        session().delete(message)
    return crowd.store_id, gateways


_AT = datetime.now(UTC) - timedelta(hours=2)  # when the customers left


def _as_the_store_has_it(number: int) -> Order:
    return order_of(number, at=_AT)


def _planned(cart: Cart, now: datetime) -> Message:
    return Message(
        store_id=cart.store_id,
        cart_id=cart.id,
        contact_id=cart.contact_id,
        channel="email",
        step=STEP,
        to=cart.email,
        state="planned",
        created_at=now,
        due_at=now - timedelta(minutes=5),
        not_after_at=now + timedelta(days=3),
    )


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise RuntimeError("the mail sink did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
