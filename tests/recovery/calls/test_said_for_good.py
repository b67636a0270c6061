"""What somebody says on the phone for good: kept over imports, written down, and only the owner can take it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.audit import AuditEntry
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.calls import wishes
from tests.cast import OWNER
from tests.factories import VAULT, make_user
from tests.mail_server import MailSink, mail_server
from tests.recovery.calls.on_the_phone import MINUTE, a_desk, save_on
from tests.recovery.calls.test_after_call import Desk
from tests.recovery.delivery.days import HOUR


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A rep with Dana's cart on a live store."""
    return a_desk(sink)


@pytest.fixture
def olive(desk: Desk) -> User:
    with transaction():
        return make_user(OWNER, "owner")


def log() -> list[tuple[str, str, dict[str, object]]]:
    """Who did what, with its details, oldest first."""
    entries = session().scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [
        (one.actor, one.action, one.detail) for one in entries if "do not call" in one.action or "wrong" in one.action
    ]


def open_tasks() -> list[int]:
    """The carts that are in a queue."""
    return list(session().scalars(select(CallTask.cart_id).where(CallTask.state != "done")))


def test_do_not_call_empties_every_queue_and_imports_keep_it_so(desk: Desk) -> None:
    desk.days.order(102, phone="+1 212 555 0123", email="other@example.com", total_minor=90000)
    desk.days.run(2 * HOUR)
    assert len(open_tasks()) == 2
    first = desk.days.cart().id
    with transaction():
        task = session().scalars(select(CallTask).where(CallTask.cart_id == first)).one()
        task_id = task.id
    save_on(desk, task_id, "do_not_call")
    assert open_tasks() == []

    desk.days.order(103, phone="212-555-0123", email="third@example.com", total_minor=95000)
    desk.days.run(25 * HOUR)

    assert open_tasks() == []
    assert desk.days.cart(103).route != "call"
    assert log() == [(desk.rep.email, "keep do not call", {"channel": "calls", "ended": 1})]


def test_after_fifteen_minutes_only_the_owner_takes_it_back(desk: Desk, olive: User) -> None:
    desk.save("do_not_call", confirmed=True)
    cart_id = desk.days.cart().id
    desk.days.run(16 * MINUTE, every=MINUTE)
    with pytest.raises(Refused, match="nothing to undo"):
        desk.undo()
    with pytest.raises(Refused, match="Only the owner"), transaction():
        wishes.lift(cart_id, desk.rep, vault=VAULT, now=desk.days.now)
    assert open_tasks() == []

    with transaction():
        wishes.lift(cart_id, olive, vault=VAULT, now=desk.days.now)
    desk.days.run(HOUR)

    assert open_tasks() == [cart_id]
    assert log()[-1] == (OWNER, "lift do not call", {"verdict": "do_not_call", "addresses": 1})
    with pytest.raises(Refused, match="nothing to take back"), transaction():
        wishes.lift(cart_id, olive, vault=VAULT, now=desk.days.now)


def test_a_number_that_was_wrong_is_written_down(desk: Desk) -> None:
    desk.save("wrong_number")
    assert log() == [(desk.rep.email, "keep wrong number", {"channel": "calls", "ended": 0})]


def test_undo_within_the_minutes_lets_everything_go_on(desk: Desk) -> None:
    desk.days.order(102, email="p101@example.com", total_minor=6000)
    desk.days.run(2 * HOUR)
    first = session().scalars(select(CallTask.id)).one()
    save_on(desk, first, "do_not_call", scope="all")
    assert desk.days.states(102)["reminder-1"] == ("cancelled", "opted_out")
    desk.days.now += MINUTE
    desk.undo()
    assert desk.days.states(102)["reminder-1"][0] in ("planned", "due")
