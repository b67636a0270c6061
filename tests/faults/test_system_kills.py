"""The whole system at work while its processes are killed one after the other: nothing lost, nothing doubled.

RINGBACK_CHAOS_ROUNDS makes it longer (in each round every process is killed), RINGBACK_CHAOS_SEED different;
RINGBACK_CHAOS_DATABASE names an empty Postgres database to do it on.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select

from sidecar.app import create_core
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.task import HELD_STATES, Call, CallTask
from sidecar.carts.cart import Cart
from sidecar.db import db, session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from tests.acceptance.mail import MailServer
from tests.acceptance.processes import eventually, on_a_wednesday
from tests.acceptance.shop import LP, UNPAID, Shop, customer
from tests.acceptance.system import OWNER, PASSWORD, System
from tests.acceptance.visitor import Page, Visitor
from tests.faults.system_crowd import Carts, Rep, at_the_same_time, busy, leave_carts, now, trade
from tests.workers.running import until

ROUNDS = int(os.environ.get("RINGBACK_CHAOS_ROUNDS", "1"))
SEED = int(os.environ.get("RINGBACK_CHAOS_SEED", "1"))
DATABASE = os.environ.get("RINGBACK_CHAOS_DATABASE", "")
MESSAGES = 40 * ROUNDS
DUE_WITHIN_SECONDS = 20.0 + 20 * ROUNDS
ROLES = ("web", "web worker", "worker poll", "worker decide", "worker send", "clock", "broker")
SENDER = "worker send in the middle of a mail"
KINDS = (*ROLES, SENDER, "store", "supervisor")
REP = "sam@example.com"
READ_AT_MOST = 2.0  # an order is at most so old when its message leaves

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _on_a_wednesday() -> Iterator[None]:
    with on_a_wednesday():
        yield


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, so that the broker's socket lies in it."""
    path = Path(tempfile.mkdtemp(prefix="ringback-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Scene:
    """The store, the mail server, the reps, and the system that is killed."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.chance = chance
        self.shop = Shop(folder, "--no-people", remembers=True)
        self.carts = leave_carts(self.shop, chance, messages=MESSAGES, due_within=DUE_WITHIN_SECONDS)
        self.mail = MailServer(folder, seconds=0.4)
        environ = {"SIDECAR_SMTP_URL": self.mail.url, "SIDECAR_MAIL_FROM": "hello@example.com"}
        self.system = System(folder, self.shop.environment() | environ)
        self.system.set(poll__every="10s", poll__backoff_max="10s", outreach__backlog_within="7d")
        self.system.open()
        self.system.command("user", "add", REP, "--role", "rep")
        self.reps = [
            Rep(self.system.url, lambda door: door.sign_in(OWNER, PASSWORD), random.Random(f"owner {SEED}")),
            Rep(self.system.url, self._by_link, random.Random(f"rep {SEED}")),
        ]
        wanted = {*self.carts.called, *self.carts.written_to}
        eventually(lambda: wanted <= self._decided(), "everything is decided")
        self.system.command("go-live")
        self.killed: Counter[str] = Counter()

    def _by_link(self, door: Visitor) -> Page:
        return door.follow_link(self.system.command("user", "link", REP).strip())

    def _decided(self) -> set[int]:
        return {row["order_id"] for row in self.system.listing("carts") if row["route"]}

    def kill_everything_once(self) -> None:
        """Kills one process after the other, in an order of chance."""
        for kind in self.chance.sample(KINDS, len(KINDS)):
            self._kill(kind)
            self.killed[kind] += 1
            time.sleep(self.chance.uniform(0.1, 1.2))

    def _kill(self, kind: str) -> None:
        if kind == "supervisor":
            self.system.kill()
            self.system.open()
        elif kind == "store":
            self.shop.kill()
            time.sleep(self.chance.uniform(0, 1))
            self.shop.open()
        elif kind == SENDER:
            self._kill_role("worker send", after=self._mail_arrives)
        else:
            self._kill_role(kind)

    def _kill_role(self, role: str, after: Callable[[], None] = lambda: None) -> None:
        until(lambda: role in self.system.roles(), f"{role} runs")  # it may just be on its way back
        pid = self.system.roles()[role]
        after()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _mail_arrives(self) -> None:
        """Waits until the mail server has taken a mail that it has not answered yet; not for long."""
        known, deadline = self.mail.path.stat().st_size, time.monotonic() + 8
        while self.mail.path.stat().st_size == known and time.monotonic() < deadline:
            time.sleep(0.02)

    def flush_broker(self) -> float:
        """Takes everything from the broker; how many seconds later due work was done again."""
        until(self._flush, "the broker answers")
        began, flushed_at = time.monotonic(), now()
        new = self.shop.place(customer("new-after-flush"), (LP, 1))["id"]

        def resumed() -> bool:
            due = [row for row in self.system.listing("messages") if row["state"] in ("planned", "due")]
            late = [row for row in due if row["due_at"] <= flushed_at.isoformat()]
            return not late and new in self.system.by_order("carts")

        eventually(resumed, "due work goes on after the broker was emptied", 60)
        return time.monotonic() - began

    def _flush(self) -> bool:
        connection = Redis.from_url(self.system.config.broker_url)
        try:
            return bool(connection.flushall())
        except OSError:
            return False
        finally:
            connection.close()

    def close(self) -> None:
        """Ends every process."""
        self.system.end()
        for program in (self.shop, self.mail):
            if program.is_running:
                program.kill()


@pytest.fixture
def scene(folder: Path) -> Iterator[Scene]:
    """Live and at work."""
    chance = random.Random(SEED)
    it = Scene(folder, chance)
    try:
        yield it
    finally:
        it.close()


def test_nothing_is_lost_or_doubled_whatever_is_killed(scene: Scene) -> None:
    shop, system, carts, reps = scene.shop, scene.system, scene.carts, scene.reps
    had_calls = any(row["state"] == "ready" for row in system.listing("calls"))
    trade_seed = random.Random(f"trade {SEED}")
    with busy(*(rep.work for rep in reps), lambda over: trade(shop, carts, trade_seed, over)):
        for number in range(ROUNDS):
            scene.kill_everything_once()
            if number == 0:
                resumed_after = scene.flush_broker()
    assert resumed_after < 60

    every_cart_is_known_once(scene)
    # A payment whose answer was lost with the store is known only from the store itself.
    paid = {number for number, order in shop.orders().items() if order["date_paid_gmt"]}
    assert set(carts.paid_at) <= paid
    eventually(lambda: nothing_due(system), "everything that is due has left", 60)
    assert system.stop() == 0
    with create_core(system.config).app_context():
        no_task_is_held_by_two(reps)
        every_wrap_up_is_stored_once(reps, had_calls)
        no_message_is_doubled_or_lost(scene.mail, carts, paid)
        sweep_what_the_dead_held()
        db.engine.dispose()
    system.open()
    eventually(lambda: nothing_due(system, "sending"), "what the dead held has left too", 60)
    assert system.stop() == 0
    with create_core(system.config).app_context():
        no_message_is_doubled_or_lost(scene.mail, carts, paid)
        assert no_message_in("planned", "due", "sending", until_now=True)
        tell(scene, resumed_after)
        db.engine.dispose()


def every_cart_is_known_once(scene: Scene) -> None:
    """Every unpaid order of the store, and none twice."""

    def known() -> bool:
        wanted = {number for number, order in scene.shop.orders().items() if order["status"] in UNPAID}
        return wanted <= set(scene.system.by_order("carts"))

    eventually(known, "every unpaid order of the store is a cart", 90)


def nothing_due(system: System, *also: str) -> bool:
    """Whether no message waits whose time has come, and none is in one of the states `also`."""
    present = now().isoformat()
    rows = system.listing("messages")
    waiting = ("planned", "due", *also)
    return not [row for row in rows if row["state"] in waiting and row["due_at"] <= present]


def no_task_is_held_by_two(reps: list[Rep]) -> None:
    assert at_the_same_time(reps) == []
    held = session().execute(
        select(CallTask.claimed_by_id, func.count()).where(CallTask.state.in_(HELD_STATES)).group_by("claimed_by_id")
    )
    assert all(count == 1 for _, count in held)


def every_wrap_up_is_stored_once(reps: list[Rep], had_calls: bool) -> None:
    """What was answered with success is there once, what was not once or never, and tasks count what is there."""
    stored = Counter(session().scalars(select(Call.save_key)))
    saved = set().union(*(rep.saved for rep in reps))
    tried = set().union(*(rep.tried for rep in reps))
    assert {key: stored[key] for key in saved} == dict.fromkeys(saved, 1)
    assert set(stored) <= tried
    assert max(stored.values(), default=0) <= 1
    attempts = [code for code, one in DISPOSITIONS.items() if one.attempt]
    calls = select(Call.task_id, func.count()).where(Call.disposition.in_(attempts)).group_by(Call.task_id)
    counted = select(CallTask.id, CallTask.attempts).where(CallTask.attempts > 0)
    assert set(session().execute(calls)) == set(session().execute(counted))
    assert saved or not had_calls


def no_message_is_doubled_or_lost(mail: MailServer, carts: Carts, paid: set[int]) -> None:
    """Each message was accepted once if it is sent, at most once if it is for review, and else never."""
    counts = mail.counts()
    # The first one of each cart; the others of its sequence come days later.
    query = select(Cart.order_id, Message.state, Message.reason).join(Message.cart).where(Message.step == "reminder-1")
    rows = session().execute(query).all()
    messages = {order_id: (state, reason) for order_id, state, reason in rows}
    assert len(messages) == len(rows)
    for order_id, address in carts.written_to.items():
        state, reason = messages[order_id]
        allowed = {"sent": {1}, "review": {0, 1}, "sending": {0, 1}}.get(state, {0})
        assert counts[address] in allowed, f"order {order_id}: {state}, {reason}, accepted {counts[address]} times"
        assert state not in ("cancelled", "failed", "review") or reason, f"order {order_id} is {state} without a reason"
        if order_id not in paid:
            assert state in ("sent", "review", "sending", "due", "planned"), f"order {order_id}: {state}, {reason}"
    for one in mail.accepted():
        paid_at = next((carts.paid_at[number] for number in carts.paid_at if carts.written_to[number] == one.to), None)
        assert paid_at is None or one.at < paid_at + READ_AT_MOST, f"{one.to} had paid"


def sweep_what_the_dead_held() -> None:
    """Does what housekeeping does when the leases of killed senders have run out."""
    with transaction():
        leaving.sweep(now=now() + timedelta(minutes=11))


def no_message_in(*states: str, until_now: bool) -> bool:
    """Whether no message whose time has come stands in one of these states."""
    query = select(func.count()).select_from(Message).where(Message.state.in_(states))
    if until_now:
        query = query.where(Message.due_at <= now() - timedelta(seconds=5))
    return session().scalar(query) == 0


def tell(scene: Scene, resumed_after: float) -> None:
    """What happened, for whoever runs it by hand with -s."""
    states = Counter(session().scalars(select(Message.state)))
    saved, failures = sum(len(rep.saved) for rep in scene.reps), sum(rep.failures for rep in scene.reps)
    print(
        f"\nkilled {dict(scene.killed)}; messages {dict(states)}, accepted {len(scene.mail.accepted())}; "
        f"{saved} calls wrapped up, {failures} requests tried again; {len(scene.carts.paid_at)} carts paid; "
        f"resumed {resumed_after:.0f} s after the broker was emptied"
    )
