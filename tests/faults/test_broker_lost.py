"""The broker only rings. Emptied, dead or back again, it costs time and nothing else: the work stands in the database.

A real broker, the clock and the worker as `up` runs them, and a mail server; the clock's seconds are counted by hand.
"""

from __future__ import annotations

import contextlib
import logging
import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from redis.exceptions import RedisError

from sidecar import accounts, clock
from sidecar.config import Config
from sidecar.db import session, transaction
from sidecar.gateways.bell import RedisBell, queue_named
from sidecar.outreach.message import Message
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop
from tests.workers.conftest import RealBroker
from workers.clock import Clock
from workers.runtime import QueueWorker
from workers.schedule import SCHEDULE

pytestmark = [pytest.mark.faults, pytest.mark.one_database]
FLUSHES = 40
SEND = next(entry for entry in SCHEDULE if entry.job == "send_due")
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass
class Works:
    """Clock, broker and worker of the queue "send"."""

    app: Flask
    broker: RealBroker
    desk: Desk
    sink: MailSink
    clock: Clock
    seconds: float = 0.0

    def tick(self) -> None:
        """The clock's next second."""
        self.seconds += 1
        self.clock.tick(self.seconds)

    def work(self) -> None:
        """The worker does what it was rung for."""
        if not queue_named("send", self.broker.connection).count:
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}
        with contextlib.suppress(RedisError):
            QueueWorker(self.app, "send", self.broker.connection).work(burst=True, logging_level="WARNING")
        for number, handler in before.items():
            signal.signal(number, handler)

    def make_due(self, order_id: int) -> None:
        """That order's message is due now; the others wait."""
        with transaction():
            self.desk.message(order_id).due_at = clock.now() - timedelta(seconds=1)

    def is_sent(self, order_id: int) -> bool:
        """Whether that order's message was taken."""
        return f"p{order_id}@example.com" in self.sink.recipients


@pytest.fixture
def works(app: Flask, config: Config) -> Iterator[Works]:
    broker = RealBroker(config)
    try:
        with mail_server() as sink:
            with transaction():
                desk = Desk(make_live_store().id, Shop(), sink.url)
            app.extensions["ringback.gateways"] = desk.gateways
            yield Works(app, broker, desk, sink, Clock(RedisBell(config).enqueue, (SEND,)))
    finally:
        broker.kill()


def put_off_everything() -> None:
    with transaction():
        for message in session().query(Message):
            message.due_at = clock.now() + timedelta(hours=1)


def test_due_work_goes_on_within_a_minute_of_forty_flushes(works: Works) -> None:
    chance = random.Random(12)
    works.desk.write(*range(1, FLUSHES + 1))
    put_off_everything()
    for order_id in range(1, FLUSHES + 1):
        works.make_due(order_id)
        if chance.random() < 0.5:
            works.tick()  # the ring is lost with everything else
        works.broker.connection.flushall()
        began = works.seconds
        while not works.is_sent(order_id):
            works.tick()
            works.work()
            assert works.seconds - began < 60
    assert len(works.sink.recipients) == FLUSHES
    assert len(set(works.sink.recipients)) == FLUSHES


def test_five_minutes_without_a_broker_lose_nothing_and_the_pages_stay(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    works.desk.write(1, 2, 3)
    with transaction():
        accounts.add_user("olive@example.com", "owner", password="a long walk by the river", now=clock.now())
    works.broker.kill()
    with caplog.at_level(logging.WARNING):
        for _ in range(300):
            works.tick()
    assert sum("the broker is away" in line for line in caplog.messages) == 1
    RedisBell(works.broker.config).ring("send")  # as a flow would: a line in the log, and no error
    page = works.app.test_client().get("/sign-in")
    assert page.status_code == 200
    assert works.sink.recipients == []

    works.broker.start()
    for _ in range(3):
        works.tick()
        works.work()

    assert sorted(works.sink.recipients) == [f"p{number}@example.com" for number in (1, 2, 3)]


def test_a_broker_that_comes_back_empty_is_rung_again(works: Works) -> None:
    works.desk.write(1)
    works.tick()
    works.broker.kill()
    shutil.rmtree(works.broker.config.data_dir / "broker")
    works.broker.start()
    assert works.broker.connection.dbsize() == 0
    works.seconds += SEND.every_seconds
    works.tick()
    works.work()
    assert works.sink.recipients == ["p1@example.com"]
