"""Workers killed with -9 at every point and at random: nothing doubled, nothing silently lost.

The oracle is what the mail server accepted. A message may end in review when nobody can know; it is never sent twice.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.settings import Setting
from tests.faults.nursery import Nursery
from tests.faults.sender import POINTS, Errand
from tests.mail_server import MailSink, mail_server
from tests.recovery.writing import Desk, make_live_store
from tests.shop import Shop

pytestmark = pytest.mark.faults
SEED = int(os.environ.get("SIDECAR_TEST_SEED", "20261118"))
AGE = timedelta(hours=1)


@dataclass
class Ward:
    """A store with messages, a mail server that keeps what it accepts, and workers to kill."""

    desk: Desk
    sink: MailSink
    database_url: str
    data_dir: Path
    nurseries: list[Nursery]
    written: list[int] = field(default_factory=list)

    def write(self, count: int) -> None:
        """So many more messages that are due, each to somebody of their own."""
        fresh = [1000 + len(self.written) + n for n in range(count)]
        self.desk.write(*fresh, age=AGE)
        self.written += fresh

    def errand(self, **more: object) -> Errand:
        """What a worker is to do."""
        base = Errand(self.database_url, str(self.data_dir), self.sink.url, self.written, "")
        then = self.desk.shop.orders[self.written[0]].created_at.isoformat()
        return Errand(**{**base.__dict__, "ordered_at": then, **more})

    def run(self, **more: object) -> int:
        """One worker from its start to its end."""
        self.nurseries[0].start(self.errand(**more))
        return self.nurseries[0].wait()

    def states(self) -> dict[str, str]:
        """Each recipient's message: its state."""
        session().rollback()
        rows = session().execute(select(Message.to, Message.state))
        return {row.to: row.state for row in rows}

    def check(self) -> Counter[str]:
        """Nothing twice, nothing lost, nothing said to be sent that was not. Returns how many stand in each state."""
        accepted = Counter(self.sink.recipients)
        states = self.states()
        assert len(states) == len(self.written)
        assert [to for to, times in accepted.items() if times > 1] == []
        assert {to for to, state in states.items() if state == "sent"} <= set(accepted)
        assert set(accepted) <= {to for to, state in states.items() if state in ("sent", "review")}
        return Counter(states.values())


@pytest.fixture
def ward(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    with transaction():
        store = make_live_store()
        name, value = "sending.per_domain_per_minute", "6000"
        session().add(Setting(store_id=store.id, name=name, value=value, set_at=clock.now(), set_by="test"))
    nurseries = [Nursery(), Nursery()]
    with mail_server() as sink:
        yield Ward(Desk(store.id, Shop(), sink.url), sink, database_url, tmp_path, nurseries)
    for nursery in nurseries:
        nursery.close()


def test_a_worker_killed_at_every_named_point_doubles_and_loses_nothing(ward: Ward):
    killed = 0
    for point in POINTS:
        for count in range(1, 7):
            ward.write(2)
            killed += ward.run(die_at=(point, count), limit=2) == -signal.SIGKILL
    ward.run()
    found = ward.check()
    assert killed >= 20
    assert set(found) == {"sent", "review"}
    # Only what had begun and not ended is in doubt: at most one message for each kill.
    assert 0 < found["review"] <= killed


def test_a_worker_killed_while_the_server_answers_is_never_followed_by_a_second_mail(ward: Ward):
    ward.write(12)
    victims: list[int] = []

    def kill_then_accept(_to: str) -> str:
        if len(ward.sink.accepted) % 3 == 1:
            os.kill(victims[-1], signal.SIGKILL)
        return "250 OK"

    ward.sink.at_end = kill_then_accept
    for _ in range(12):
        if set(ward.states().values()) <= {"sent", "review"}:
            break
        victims.append(ward.nurseries[0].start(ward.errand()))
        ward.nurseries[0].wait()
    found = ward.check()
    assert found["sent"] + found["review"] == 12
    assert len(ward.sink.recipients) == 12
    assert found["review"] >= 3


def test_a_worker_killed_at_random_doubles_and_loses_nothing(ward: Ward):
    chance = random.Random(SEED)
    ward.write(60)
    killed = 0
    for _ in range(40):
        pid = ward.nurseries[0].start(ward.errand(limit=chance.choice((1, 5, 50))))
        time.sleep(chance.uniform(0.03, 0.35))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        killed += ward.nurseries[0].wait() == -signal.SIGKILL
        if set(ward.states().values()) <= {"sent", "review"}:
            ward.write(20)
    ward.run()
    found = ward.check()
    assert killed >= 10, f"seed {SEED}"
    assert set(found) <= {"sent", "review"}
    assert found["review"] <= killed


def test_two_workers_on_one_outbox_send_each_message_once(ward: Ward):
    ward.write(60)
    for nursery in ward.nurseries:
        nursery.start(ward.errand(alone=False, limit=4))
    assert [nursery.wait() for nursery in ward.nurseries] == [0, 0]
    ward.run()
    assert ward.check() == Counter(sent=60)
    assert len(ward.sink.recipients) == 60
