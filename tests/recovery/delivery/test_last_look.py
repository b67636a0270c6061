"""Just before the data: the server may have let us wait, the order may be paid, somebody may have pressed Pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from sidecar import clock
from sidecar.db import db, session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.message import Message
from sidecar.ports import OrderPage, OrderQuery
from sidecar.recovery.answers import opting_out
from sidecar.recovery.delivery import going_live, sending
from sidecar.recovery.orders.fresh_sales import read_sales
from sidecar.recovery.orders.rereading import reread
from sidecar.stores.connection import Cursor, Store
from tests.factories import VAULT, an_order
from tests.mail_server import MailSink, mail_server
from tests.recovery.answers.linked import linked_store
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop

OK = "250 2.1.5 Ok"


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store whose shop and mail server work; its changes were last read a minute ago."""
    with transaction():
        store = make_live_store()
        reached_at = clock.now() - timedelta(seconds=60)
        session().add(Cursor(store_id=store.id, kind="delta", reached_at=reached_at, overlap_seconds=120))
    return Desk(store.id, Shop(), sink.url)


class Late:
    """This machine's clock, a little later each time somebody was kept waiting."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        return clock.now() + self.by


def send(desk: Desk, late: Late) -> sending.SendResult:
    return sending.send_due(gateways=desk.gateways, clock=late)


def test_who_pays_while_the_server_lets_us_wait_is_not_written_to(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    late = Late()

    def slow(to: str) -> str:
        if to.startswith("p101"):
            late.by += timedelta(seconds=3)
            desk.shop.change(101, status="processing", paid_at=clock.now())
        return OK

    sink.at_recipient = slow
    assert send(desk, late) == sending.SendResult(reserved=2, sent=1, cancelled=1)
    assert desk.state(101) == ("cancelled", "paid")
    assert sink.recipients == ["p102@example.com"]


def test_a_server_that_always_takes_its_time_gets_every_mail_all_the_same(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    late = Late()

    def slow(_to: str) -> str:
        late.by += timedelta(seconds=4)
        return OK

    sink.at_recipient = slow
    assert send(desk, late).sent == 2
    assert sink.connections == 1


def test_a_shop_that_breaks_while_the_server_lets_us_wait_stops_the_mail(desk: Desk, sink: MailSink):
    desk.write(101)
    late = Late()

    def slow(_to: str) -> str:
        late.by += timedelta(seconds=3)
        desk.shop.broken = GatewayError("The store is under maintenance.", code="maintenance")
        return OK

    sink.at_recipient = slow
    assert send(desk, late).put_back == 1
    message = desk.message(101)
    assert (message.state, message.reason, message.data_started_at) == ("due", "store_unreadable", None)
    assert sink.accepted == []


@pytest.mark.parametrize("code", ["busy", "catching_up"])
def test_no_answer_about_an_order_never_means_that_it_is_gone(desk: Desk, sink: MailSink, code: str):
    """Trouble that says nothing about the store leaves it readable, so nothing else holds the message back."""
    desk.write(101)
    desk.shop.broken = GatewayError("Another question is under way.", code=code)
    assert desk.send() == sending.SendResult(reserved=1, put_back=1)
    assert desk.state(101) == ("due", "store_unreadable")


def test_pause_pressed_while_the_server_lets_us_wait_stops_the_mail(desk: Desk, sink: MailSink, app: Flask):
    desk.write(101, 102)

    def pause(_to: str) -> str:
        with app.app_context(), transaction():
            going_live.pause(desk.store_id, by="olive@example.com", now=clock.now())
        return OK

    sink.at_recipient = pause
    assert desk.send() == sending.SendResult(reserved=2, put_back=2)
    assert sink.accepted == []
    assert desk.state(101) == desk.state(102) == ("due", "paused")


def test_who_says_stop_while_the_server_lets_us_wait_and_takes_it_back_is_written_to_in_the_end(
    desk: Desk, sink: MailSink, app: Flask
):
    desk.write(101)
    message_id, late = desk.message(101).id, Late()

    def stop(_to: str) -> str:
        late.by += timedelta(seconds=3)
        with app.app_context(), transaction():
            opting_out.stop_emails(session().get_one(Message, message_id), vault=VAULT, now=clock.now())
        return OK

    sink.at_recipient = stop
    assert send(desk, late).cancelled == 1
    message = desk.message(101)
    assert (message.state, message.reason, message.data_started_at) == ("cancelled", "opted_out", None)
    with transaction():
        opting_out.take_back(session().get_one(Message, message_id), vault=VAULT, now=clock.now())
    assert desk.message(101).state == "planned"
    assert sink.accepted == []


def test_a_mail_that_was_swept_while_the_server_let_us_wait_is_due_again(desk: Desk, sink: MailSink, app: Flask):
    desk.write(101)

    def sweep(_to: str) -> str:
        with app.app_context(), transaction():
            sending.sweep(now=clock.now() + timedelta(minutes=11))
        return OK

    sink.at_recipient = sweep
    assert desk.send().put_back == 1
    assert desk.state(101) == ("due", None)
    assert sink.accepted == []


def test_a_pause_in_the_middle_of_a_batch_works_within_a_second(desk: Desk, sink: MailSink, app: Flask):
    """Measured: from the commit of the pause to the last data that any server was given."""
    desk.write(*range(200, 240))
    given: list[float] = []
    paused: list[float] = []

    def slow(_to: str) -> str:
        given.append(time.monotonic())
        time.sleep(0.02)
        return OK

    def press() -> None:
        with app.app_context():
            while len(given) < 10:
                time.sleep(0.005)
            with transaction():
                session().get_one(Store, desk.store_id).paused_at = clock.now()
            paused.append(time.monotonic())
            db.session.remove()

    sink.at_end = slow
    presser = threading.Thread(target=press)
    presser.start()
    result = desk.send()
    presser.join(timeout=10)
    assert 10 <= result.sent < 40
    assert result.put_back == 40 - result.sent
    assert max(given) - paused[0] < 1


def test_who_came_back_and_bought_otherwise_is_known_before_the_next_poll(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    now = clock.now()
    bought = an_order(900, now=now, age=timedelta(seconds=20), email="p101@example.com", phone="",
                      status="processing", paid_at=now)  # fmt: skip
    desk.shop.put(bought)
    desk.shop.asked = 0
    assert desk.send() == sending.SendResult(reserved=2, sent=1, cancelled=1)
    assert desk.state(101) == ("cancelled", "paid")
    assert sink.recipients == ["p102@example.com"]
    assert desk.shop.asked == 2  # one question for the orders, one for the sales, whatever the size of the batch


def test_a_sale_from_before_the_cart_changes_nothing(desk: Desk, sink: MailSink):
    desk.write(101)
    old = an_order(90, now=clock.now(), age=timedelta(days=30), email="p101@example.com", phone="",
                   status="completed")  # fmt: skip
    desk.shop.put(old)
    assert desk.send().sent == 1


def test_the_real_store_is_asked_for_its_latest_sales_in_the_same_breath(app: Flask, sink: MailSink):
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll_all()
        bought = shop.store.simulator.place(dict(order.billing), [(11, 1)], at=int(time.time()) - 5)
        shop.store.simulator.pay(bought.id)
        reread(shop.id, [order.id], gateways=shop.gateways, clock=shop.clock)
        assert shop.carts()[order.id] == "watching"
        reread(shop.id, [order.id], gateways=shop.gateways, clock=shop.clock, with_sales=True)
        assert shop.carts()[order.id] == "recovered"


class Behind:
    """A store with more sales since the last poll than can be read on the way."""

    def orders(self, query: OrderQuery) -> OrderPage:
        return OrderPage((), (), 400, 4)


def test_a_store_that_is_still_being_caught_up_with_is_not_written_for():
    with pytest.raises(GatewayError) as raised:
        read_sales(Behind(), OrderQuery(statuses=("processing",)))  # type: ignore[arg-type]
    assert raised.value.code == "catching_up"
