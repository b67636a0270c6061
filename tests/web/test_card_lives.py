"""The card beside a store that goes on living: asked over HTTP on opening, on Call and with every heartbeat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar import accounts
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.demo.store import SampleStore, running_store
from sidecar.recovery.calls import calling
from sidecar.stores.connection import Store
from tests.cast import REP
from tests.recovery.answers.linked import DANA, TURNTABLE, Linked, link

BRUSH = 23
HTMX = {"HX-Request": "true"}
# The law of New York lets nobody call by night: the store and we both live on a Wednesday at noon there.
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[SampleStore]:
    """The store, over HTTP."""
    with time_machine.travel(NOON, tick=True), running_store(people=False, now=NOON) as running:
        yield running


@dataclass
class Desk:
    """Dana's cart with a rep, and the store that it came from."""

    linked: Linked
    order_id: int
    task_id: int
    rep: object

    def beat(self) -> str:
        """What the heartbeat brings."""
        return self.rep.post(f"/calls/{self.task_id}/beat", headers=HTMX).text  # type: ignore[attr-defined]

    def page(self) -> str:
        """The desk as a page."""
        return self.rep.get("/queue").text  # type: ignore[attr-defined]

    def dial(self) -> tuple[int, str]:
        """What pressing Call brings."""
        answer = self.rep.post(f"/calls/{self.task_id}/dial", headers=HTMX)  # type: ignore[attr-defined]
        return answer.status_code, answer.text


@pytest.fixture
def desk(app: Flask, store: SampleStore, visit: Callable[..., object]) -> Desk:
    rep = visit("rep", REP)
    linked = link(app, store)
    app.extensions["ringback.gateways"] = linked.gateways
    at = int((NOON - timedelta(hours=26)).timestamp())
    order = store.simulator.place(DANA, [(TURNTABLE, 1), (BRUSH, 2)], at=at)
    linked.poll_all()
    with transaction():
        session().get_one(Store, linked.id).live_at = NOON - timedelta(days=1)
        cart = session().scalars(select(Cart).where(Cart.order_id == order.id)).one()
        cart.state, cart.route, cart.decide_at = "abandoned", "call", None
        task = queue.add(cart, due_at=NOON, threshold_minor=10000, now=datetime.now(UTC))
        assert task is not None
        sam = accounts.find_user_by_email(REP)
        assert sam is not None
        calling.tick(now=datetime.now(UTC))
        queue.claim(task.id, sam, now=datetime.now(UTC))
        task_id = task.id
    return Desk(linked, order.id, task_id, rep)


def test_the_card_asks_the_store_as_soon_as_it_is_open_and_then_goes_on(desk: Desk) -> None:
    line = re.search(r'<div class="card__status[^>]*>', desk.page(), re.S)
    assert line is not None
    assert f'hx-post="/calls/{desk.task_id}/beat"' in line[0]
    assert "load" in line[0]
    before = desk.linked.asked()
    assert "no call needed" not in desk.beat()
    assert desk.linked.asked() > before


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        ("pay", "Paid just now, no call needed."),
        ("trash", "The shop moved the order to the trash."),
        ("delete", "The store no longer has the order."),
    ],
)
def test_what_happens_in_the_store_stands_on_the_card_with_the_next_heartbeat(
    desk: Desk, happens: str, says: str
) -> None:
    getattr(desk.linked.store.simulator, happens)(desk.order_id)

    assert says in desk.beat()
    assert 'form="dial-form"' not in desk.page()


def test_call_is_refused_when_it_was_paid_in_this_very_moment(desk: Desk) -> None:
    desk.linked.store.simulator.pay(desk.order_id)

    status, text = desk.dial()

    assert status == 409
    assert "Paid just now, no call needed." in text
    assert 'href="tel:' not in text


def test_what_changed_in_the_order_is_on_the_card_when_call_is_pressed(desk: Desk) -> None:
    desk.linked.store.simulator.edit(desk.order_id, billing=DANA | {"phone": "(212) 555-0199"})

    status, text = desk.dial()

    assert status == 200
    assert "555-0199" in text
    assert "555-0123" not in text


def test_what_was_bought_in_another_order_is_struck_through(desk: Desk) -> None:
    simulator = desk.linked.store.simulator
    other = simulator.place(DANA, [(BRUSH, 1)])
    simulator.pay(other.id)
    desk.linked.poll_all()

    text = desk.beat()

    assert "no call needed" in text
    assert len(re.findall(r"<s>[^<]+</s> <small>Bought since</small>", text)) == 1
    assert desk.page().count("<s>") <= 1
