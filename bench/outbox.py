"""A live store whose people each have one message waiting: what the benches of sending begin with."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from bench.cloning import FIRST, clone
from bench.crowd import gather
from bench.ground import KEY
from bench.sample import free_port
from bench.shop import Shop, order_of, outside, settle_cursors
from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.config import ROOT
from sidecar.db import Base, session, transaction
from sidecar.gateways.smtp import SmtpGateway
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, Order
from sidecar.recovery.delivery import sending
from sidecar.recovery.orders import polling
from sidecar.settings import put
from sidecar.stores.connection import Store
from sidecar.vault import Vault

STEP = "reminder-1"
SENDER = "Aurora Audio <hello@example.com>"
# When the customers left; processes of one bench must agree about it.
LEFT_AT = datetime.fromisoformat(os.environ.get("BENCH_LEFT_AT") or str(datetime.now(UTC) - timedelta(hours=2)))
_AT_ONCE = 100
_WORDS = ("language", "sender_name", "subject", "preheader", "html", "text")


@dataclass(frozen=True)
class Outbox:
    """One live store with `people` people, whose carts are as the store has them."""

    store_id: int
    people: int
    gateways: Gateways

    def plan(self, *, anew: bool = False) -> None:
        """Plans one message for each person, whose time has come. `anew` takes away what was there before."""
        now = datetime.now(UTC)
        with transaction():
            if anew:
                self._forget()
            message = _planned(session().scalars(select(Cart).where(Cart.id <= FIRST)).one(), now)
            session().add(message)
            session().flush()
            own, address = f"{FIRST} + i", "'person' || i || '@example.com'"
            table = Base.metadata.tables["message"]
            columns = {"cart_id": own, "contact_id": own, "to_address": address}
            clone(session().connection(), table, message.id, self.people, **columns)
            session().delete(message)

    def compose_most(self) -> None:
        """Three of four planned messages become due, with the words that one of them was given."""
        with transaction():
            sending.fill(now=datetime.now(UTC), limit=1)
            one = session().scalars(select(Message).where(Message.state == "due")).one()
            words = {name: getattr(one, name) for name in _WORDS}
            as_it_is = select(Cart.content_hash).where(Cart.id == Message.cart_id).scalar_subquery()
            most = update(Message).where(Message.state == "planned", Message.id % 4 != 0)
            session().execute(most.values(state="due", composed_of=as_it_is, **words))

    def _forget(self) -> None:
        tables = Base.metadata.tables
        for name in ("message", "cart_event"):
            session().execute(tables[name].delete())
        session().execute(update(tables["contact"]).values(last_contacted_at=None))
        session().execute(update(Cart).values(state="abandoned", contacted_at=None))


def prepare(people: int, smtp_port: int) -> Outbox:
    """Makes the store and its people. Needs the application's context."""
    vault = Vault((KEY,))
    crowd = gather(people, vault=vault, calls=False)
    settle_cursors(crowd.store_id)
    shop = Shop(find=_as_the_store_has_it)
    gateways = _outside(shop, vault, smtp_port)
    for first in range(0, people, _AT_ONCE):
        shop.changed = [_as_the_store_has_it(number) for number in crowd.order_ids()[first : first + _AT_ONCE]]
        polling.poll_store(crowd.store_id, gateways=gateways, clock=clock.now)
    shop.changed = []
    now = datetime.now(UTC)
    with transaction():
        session().get_one(Store, crowd.store_id).live_at = now
        session().execute(update(Cart).values(state="abandoned", route="sequence", decide_at=None))
        put(crowd.store_id, "sending.per_domain_per_minute", "6000", by="bench", now=now)
    return Outbox(crowd.store_id, people, gateways)


def gateways_to(smtp_port: int, vault: Vault) -> Gateways:
    """The same store and mail server, for another process."""
    return _outside(Shop(find=_as_the_store_has_it), vault, smtp_port)


def _outside(shop: Shop, vault: Vault, smtp_port: int) -> Gateways:
    return outside(shop, vault, SmtpGateway(f"smtp://127.0.0.1:{smtp_port}?tls=none", SENDER))


@contextlib.contextmanager
def listening(module: str, *arguments: str) -> Iterator[int]:
    """`python -m MODULE PORT …` as a process of its own, until the block ends; gives the port it listens on.

    In a session of its own: an interrupt from the keyboard ends the bench first, not what it measures.
    """
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *arguments], cwd=ROOT, start_new_session=True)
    try:
        _wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > deadline:
            raise RuntimeError("the mail server did not start")
        time.sleep(0.05)


def _as_the_store_has_it(number: int) -> Order:
    return order_of(number, at=LEFT_AT)


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
