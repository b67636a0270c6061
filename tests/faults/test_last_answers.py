"""The last look at the order before a message leaves: whatever the store answers instead, and whatever is paid,
stopped or slow meanwhile, nobody gets a message who should not, and nobody gets two."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import db, session, transaction
from sidecar.demo.faults import NAMES
from sidecar.gateways import smtp
from sidecar.outreach import enrollment
from sidecar.outreach.message import Message
from sidecar.recovery import sending
from sidecar.settings import settings_of
from sidecar.stores.connection import Store
from tests.factories import VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.linked import Linked, linked_store
from tests.recovery.writing import FROM, Desk, make_live_store
from tests.shop import Shop
from tests.workers.running import until

pytestmark = pytest.mark.faults
# A slow answer is an answer.
BAD = [name for name in NAMES if name != "slow"]
SEED = 20


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_server() as found:
        yield found


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    with transaction():
        return Desk(make_live_store().id, Shop(), sink.url)


def test_no_bad_answer_of_a_store_lets_a_message_leave(app: Flask, sink: MailSink) -> None:
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll_all()
        plan_message(shop, order.id)
        for fault in BAD:
            shop.store.fault(fault)
            result = send(shop, sink)
            message = session().scalars(select(Message).order_by(Message.due_at).limit(1)).one()
            assert (result.sent, result.put_back) == (0, 1), fault
            assert (message.state, message.reason) == ("due", "store_unreadable"), fault
            shop.store.heal()
            make_ready_again(shop)
        assert sink.recipients == []
        assert send(shop, sink).sent == 1
        assert len(sink.recipients) == 1


def plan_message(shop: Linked, order_id: int) -> None:
    """The order's cart is written to now."""
    now = clock.now()
    with transaction():
        store = session().get_one(Store, shop.id)
        store.live_at = now - timedelta(hours=2)
        cart = session().scalars(select(Cart).where(Cart.order_id == order_id)).one()
        cart.state, cart.route, cart.decide_at = "abandoned", "sequence", None
        cart.active_at = now - timedelta(hours=1)
        enrollment.enroll(cart, "reminder", store=store, settings=settings_of(shop.id), now=now)
    with transaction():
        assert sending.fill(now=now) == 1


def make_ready_again(shop: Linked) -> None:
    """As after the next poll, when the store answers again."""
    with transaction():
        row = session().get_one(Store, shop.id)
        row.health, row.poll_due_at, row.unreadable_reason = "ok", None, None
        for message in session().scalars(select(Message).where(Message.state == "due")):
            message.due_at = clock.now()


def send(shop: Linked, sink: MailSink) -> sending.SendResult:
    gateways = replace(shop.gateways, mail=smtp.SmtpGateway(sink.url, FROM))
    found = sending.send_due(gateways=gateways, clock=clock.now)
    session().rollback()
    return found


@pytest.mark.parametrize("seed", range(8))
def test_whoever_pays_around_the_moment_of_sending_gets_at_most_what_was_on_its_way(
    desk: Desk, sink: MailSink, seed: int
) -> None:
    chance = random.Random(f"{SEED} {seed}")
    desk.write(*range(1, 21))
    ahead, paid_at, taken_at = timedelta(0), dict[int, datetime](), dict[str, datetime]()

    def moment() -> datetime:
        return clock.now() + ahead

    def somebody_pays(to: str) -> str:
        nonlocal ahead
        taken_at[to] = moment()
        ahead += timedelta(seconds=chance.uniform(0, 2.5))
        order_id = chance.choice([number for number in range(1, 21) if number not in paid_at])
        desk.shop.change(order_id, status="processing", paid_at=moment())  # its modified date stays
        paid_at[order_id] = moment()
        ahead += timedelta(seconds=chance.uniform(0, 2.5))
        return "250 OK"

    sink.at_end = somebody_pays
    sending.send_due(gateways=desk.gateways, clock=moment)
    late = [to for to, at in taken_at.items() if late_for(to, at, paid_at)]
    assert late == [], f"seed {SEED} {seed}"
    unsent = [number for number in range(1, 21) if f"p{number}@example.com" not in taken_at]
    assert unsent
    assert {desk.state(number) for number in unsent} == {("cancelled", "paid")}


def late_for(to: str, at: datetime, paid_at: dict[int, datetime]) -> bool:
    """Whether a mail was taken more than two seconds after its order had been paid."""
    paid = paid_at.get(int(to.partition("@")[0].removeprefix("p")))
    return paid is not None and at > paid + timedelta(seconds=2)


def test_a_stop_that_is_kept_while_messages_leave_is_heeded_at_once(app: Flask, desk: Desk, sink: MailSink) -> None:
    people = list(range(1, 61))
    desk.write(*people)
    stopped: dict[str, datetime] = {}
    over = threading.Event()

    def say_stop() -> None:
        with app.app_context():
            for number in random.Random(30).sample(people, 40):
                to = f"p{number}@example.com"
                with transaction():
                    opt_out(desk.store_id, "email", to, source="link", vault=VAULT, now=clock.now())
                stopped[to] = clock.now()
                if over.wait(0.01):
                    break
            db.session.remove()

    speaker = threading.Thread(target=say_stop)
    speaker.start()
    while desk.send(limit=10).reserved:
        pass
    over.set()
    speaker.join(30)
    session().rollback()
    begun = {row.to: row.data_started_at for row in session().execute(select(Message.to, Message.data_started_at))}
    assert [to for to in sink.recipients if to in stopped and begun[to] > stopped[to]] == []
    heeded = set(stopped) - set(sink.recipients)
    assert heeded
    assert {desk.state(number) for number in people if f"p{number}@example.com" in heeded} == {
        ("cancelled", "opted_out")
    }


def test_a_slow_last_answer_is_waited_for(
    desk: Desk, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "COMMAND_SECONDS", 0.5)
    monkeypatch.setattr(smtp, "LAST_ANSWER_SECONDS", 20)
    desk.write(1)
    sink.at_end = lambda _to: time.sleep(1.0) or "250 OK"  # type: ignore[func-returns-value]
    assert desk.send() == sending.SendResult(reserved=1, sent=1)
    assert sink.recipients == ["p1@example.com"]


def test_a_last_answer_that_does_not_come_in_time_is_for_a_person_and_no_reason_to_send_again(
    desk: Desk, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LAST_ANSWER_SECONDS", 0.3)
    desk.write(1)
    sink.at_end = lambda _to: time.sleep(1.0) or "250 OK"  # type: ignore[func-returns-value]
    assert desk.send() == sending.SendResult(reserved=1, review=1)
    assert desk.state(1) == ("review", "answer_lost")
    until(lambda: bool(sink.recipients), "the server has taken it after all")
    sink.at_end = lambda _to: "250 OK"
    for hours in (1, 20, 40):
        later = timedelta(hours=hours)
        with transaction():
            sending.sweep(now=clock.now() + later)
        sending.send_due(gateways=desk.gateways, clock=lambda later=later: clock.now() + later)  # type: ignore[misc]
    assert sink.recipients == ["p1@example.com"]
