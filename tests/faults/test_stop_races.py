"""Fault 30: customers say stop while their message is queued, being checked, or on its way. After the commit of a stop
nothing more is begun; what had begun by then may still arrive."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import OptOut
from sidecar.db import db, session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.ports import Gateways, Mail, MailConnection
from sidecar.recovery.answers import opting_out, preferring
from sidecar.recovery.delivery import sending
from sidecar.stores.connection import Store
from tests.factories import VAULT, an_order
from tests.recovery.delivery.writing import Silent, make_live_store, take_in
from tests.shop import Shop

# Of so many people in each round nine in ten say stop. A thousand stops take minutes: ROUNDS = 23.
ROUNDS, EACH, WHO_STOP = 4, 50, 45
_AN_HOUR = timedelta(hours=1)


@dataclass
class Post:
    """Takes every mail, and writes down for whom and when its data began."""

    begun: dict[str, datetime] = field(default_factory=dict)
    sender: str = "Aurora Audio <hello@shop.example.com>"

    def connect(self) -> MailConnection:
        return self

    def send(self, mail: Mail, look: Callable[[], None] | None = None) -> str:
        if look is not None:
            look()
        assert mail.to not in self.begun
        self.begun[mail.to] = clock.now()
        time.sleep(0.002)
        return "250 OK"

    def close(self) -> None:
        """Nothing stays open."""


@dataclass
class Desk:
    """A live store and its post."""

    store_id: int
    shop: Shop
    post: Post

    @property
    def gateways(self) -> Gateways:
        return Gateways(stores=self.shop, mail=self.post, bell=Silent(), vault=VAULT, base_url="https://c.example.com")


@pytest.fixture
def desk(app: Flask) -> Desk:
    """A store with EACH messages due in every round."""
    with transaction():
        store = make_live_store()
    return Desk(store.id, Shop(), Post())


def write(desk: Desk, first: int) -> dict[str, int]:
    """EACH messages that are due, of one person each: their ids by address."""
    now = clock.now()
    numbers = range(first, first + EACH)
    orders = [an_order(n, now=now, age=_AN_HOUR, email=f"p{n}@example.com", phone="") for n in numbers]
    desk.shop.orders = {order.order_id: order for order in orders}
    found = {}
    with transaction():
        store = session().get_one(Store, desk.store_id)
        take_in(store, orders, now=now)
        for cart in session().scalars(select(Cart).where(Cart.order_id.in_(numbers))):
            cart.state, cart.route, cart.decide_at = "abandoned", "sequence", None
            message = Message(
                store_id=store.id, cart_id=cart.id, contact_id=cart.contact_id, channel="email", step="reminder-1",
                to=cart.email, subject="Your cart", html="<p>Your cart</p>", text="Your cart", state="due",
                composed_of=cart.content_hash, created_at=now, due_at=now, not_after_at=now + 47 * _AN_HOUR,
            )  # fmt: skip
            session().add(message)
            session().flush()
            message.token_hash = leaving.token_hash_of(links.token_of(message.id, VAULT))
            found[cart.email] = message.id
    return found


def say_stop(app: Flask, people: dict[str, int], stopped: dict[str, datetime], dice: random.Random) -> None:
    """Most of them say stop, one after the other, by the link or on the preferences page, at any moment."""
    with app.app_context():
        for address in dice.sample(sorted(people), WHO_STOP):
            time.sleep(dice.random() * 0.012)
            with transaction():
                message = session().get_one(Message, people[address])
                if dice.random() < 0.5:
                    opting_out.stop_emails(message, vault=VAULT, now=clock.now())
                else:
                    preferring.leave_alone(message, vault=VAULT, now=clock.now())
            stopped[address] = clock.now()
        db.session.remove()


@pytest.mark.faults
@pytest.mark.slow
def test_nothing_is_begun_after_the_commit_of_a_stop(desk: Desk, app: Flask):
    dice = random.Random(30)
    stopped: dict[str, datetime] = {}
    intents: dict[str, datetime] = {}
    for number in range(ROUNDS):
        people = write(desk, 1000 + number * EACH)
        customers = threading.Thread(target=say_stop, args=(app, people, stopped, random.Random(dice.random())))
        customers.start()
        for _ in range(10):
            if not sending.send_due(gateways=desk.gateways, clock=clock.now, limit=20).reserved:
                break
        customers.join(timeout=60)
        session().rollback()
        begun = select(Message.to, Message.data_started_at).where(Message.data_started_at.is_not(None))
        rows = session().execute(begun)
        intents |= {to: at for to, at in rows if at is not None}
    assert len(stopped) == ROUNDS * WHO_STOP
    late = {to for to, at in stopped.items() if to in desk.post.begun and intents[to] > at}
    assert late == set()
    in_flight = [to for to in stopped if to in desk.post.begun]
    spared = [to for to in stopped if to not in desk.post.begun]
    assert in_flight  # the race was one
    assert len(spared) > len(stopped) / 10
    assert set(desk.post.begun) >= {f"p{n}@example.com" for n in range(1000, 1000 + ROUNDS * EACH)} - set(stopped)
    assert (session().scalar(select(func.count()).select_from(OptOut)) or 0) >= len(stopped)
