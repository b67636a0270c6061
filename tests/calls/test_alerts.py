"""Who is told of which callback, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from sidecar.accounts import User
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims, queue
from sidecar.calls.tasks.alerts import Alert, alerts_for
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_store, make_user

MINUTE = timedelta(minutes=1)
AT = NOW + 20 * MINUTE


@pytest.fixture
def sam(app: Flask) -> User:
    with transaction():
        return make_user(REP)


@pytest.fixture
def ana(app: Flask) -> User:
    with transaction():
        return make_user(OTHER_REP)


@pytest.fixture
def callback(app: Flask, sam: User) -> CallTask:
    """Dana agreed with Sam on 13:20; noise: a cart that nobody agreed on."""
    with transaction():
        store = make_store()
        a_ready_task(store, 1)
        task = a_ready_task(store, 0)
        task.callback_at, task.for_user_id = AT, sam.id
        return task


def told(user: User, minutes: float) -> list[tuple[str, str]]:
    """What the user is told so many minutes after the agreed time."""
    return [(alert.stage, alert.says) for alert in alerts_for(user, now=AT + minutes * MINUTE)]


def test_a_promise_is_told_ten_minutes_before_at_the_time_and_while_nobody_rings(callback: CallTask, sam: User) -> None:
    assert told(sam, -11) == []
    assert told(sam, -10) == [("soon", "Callback in 10 min: Dana N.")]
    assert told(sam, -0.5) == [("soon", "Callback in 1 min: Dana N.")]
    assert told(sam, 0) == [("now", "Callback now: Dana N.")]
    assert told(sam, 2) == [("unanswered", "Callback waits: Dana N.")]
    assert told(sam, 30) == []


def test_colleagues_hear_of_a_promise_that_nobody_keeps_for_two_minutes(callback: CallTask, ana: User) -> None:
    assert told(ana, 1.9) == []
    assert told(ana, 2) == [("unanswered", "Callback waits: Dana N.")]
    assert alerts_for(ana, now=AT + 2 * MINUTE)[0].more("America/New_York") == (
        "Agreed for 13:20 by Sam. Nobody has rung yet."
    )
    ana.paused_at = NOW
    assert told(ana, 2) == []


def test_levels_are_kept(callback: CallTask, sam: User, ana: User) -> None:
    ana.alerts, sam.alerts = "all", "none"
    assert [told(user, 0) for user in (ana, sam)] == [[("now", "Callback now: Dana N.")], []]
    ana.paused_at = NOW
    assert told(ana, -5) == [("soon", "Callback in 5 min: Dana N.")]


def test_what_nobody_promised_is_told_to_whoever_is_there(callback: CallTask, sam: User, ana: User) -> None:
    callback.for_user_id = None
    sam.paused_at = NOW
    assert told(ana, 0) == [("now", "Callback now: Dana N.")]
    assert told(sam, 0) == []


@pytest.mark.parametrize("end", ["taken", "person taken", "closed hours", "paid"])
def test_what_is_being_done_or_cannot_be_is_not_told(callback: CallTask, sam: User, ana: User, end: str) -> None:
    with transaction():
        if end == "taken":
            assert claims.claim(callback.id, sam, now=AT)
        elif end == "person taken":
            other = a_ready_task(session().get_one(Store, callback.store_id), 7, person=callback.contact)
            assert claims.claim(other.id, ana, now=NOW)
        elif end == "closed hours":
            callback.state, callback.open_until = "waiting", None
        else:
            queue.withdraw(callback.cart_id, "recovered", now=NOW)
    assert told(sam, 0) == []


def test_the_team_may_take_by_hand_what_it_is_told_of(callback: CallTask, ana: User) -> None:
    with transaction():
        handed_out = claims.claim_next(ana, now=AT + 3 * MINUTE)
        assert handed_out
        assert handed_out.id != callback.id
    alert = alerts_for(ana, now=AT + 3 * MINUTE)[0]
    assert alert.is_for_taking
    with transaction():
        assert claims.claim(callback.id, ana, now=AT + 3 * MINUTE).claimed_by_id == ana.id


def test_a_call_asked_for_without_a_cart_is_told_to_whoever_is_there(callback: CallTask, sam: User, ana: User) -> None:
    with transaction():
        asked = CallRequest(
            store_id=callback.store_id, reference="K7QM4", token_hash="t", form_key="f", number="+12125550123",
            zone="America/New_York", wish="slot", at=AT, asked_at=NOW, changed_at=NOW,
        )  # fmt: skip
        session().add(asked)
        callback.callback_at = None
    assert told(ana, -10) == [("soon", "Callback in 10 min: a customer.")]
    assert [alert.url for alert in alerts_for(sam, now=AT)] == ["/asked"]
    assert not alerts_for(sam, now=AT)[0].is_for_taking
    sam.paused_at = NOW
    assert told(sam, 0) == []
    asked.taken_until = AT + 10 * MINUTE
    assert told(ana, 3) == []


def test_an_alert_is_new_with_each_stage_and_each_time(callback: CallTask, sam: User) -> None:
    def key(minutes: int) -> str:
        found: Alert = alerts_for(sam, now=AT + minutes * MINUTE)[0]
        return found.key

    assert key(-10) == key(-5)
    assert len({key(-5), key(0), key(2)}) == 3
    before = key(0)
    callback.callback_at = AT + MINUTE
    assert key(1) != before


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [("Dana", "Ruiz", "Dana R."), ("  Da\nna ", "", "Da na"), ("", "Ruiz", "a customer"), ("X" * 90, "Y", "X" * 40)],
)
def test_a_name_is_a_first_name_and_an_initial(callback: CallTask, sam: User, first: str, last: str, says: str) -> None:
    with transaction():
        callback.contact.first_name, callback.contact.last_name = first, last
    assert told(sam, 0)[0][1].startswith(f"Callback now: {says}")
    assert "Ruiz" not in told(sam, 0)[0][1]
