"""Calls change hands: from a rep to a colleague, from a manager to anybody, and away from a rep who is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import accounts
from sidecar.accounts import User
from sidecar.audit import AuditEntry
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims
from sidecar.calls.tasks.handing_over import hand_over, reassign
from sidecar.carts.story import story
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.recovery.calls import calling
from sidecar.stores.connection import Store
from tests.calls.board import a_person, a_ready_task, a_task
from tests.cast import OTHER_REP, OWNER, REP, VIEWER
from tests.factories import NOW, make_store, make_user

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(app: Flask) -> Store:
    return make_store(live_at=NOW - timedelta(days=1))


@pytest.fixture
def sam(app: Flask) -> User:
    return make_user(REP)


@pytest.fixture
def ana(app: Flask) -> User:
    return make_user(OTHER_REP)


def _promised(store: Store, user: User, number: int = 0) -> CallTask:
    """A callback that this rep agreed on for half an hour from now."""
    task = a_task(store, number)
    task.callback_at = task.due_at = NOW + 30 * MINUTE
    task.for_user_id = user.id
    session().flush()
    return task


def _told(task: CallTask) -> str:
    return story(task.cart_id)[0].text


def test_handed_over_call_waits_for_the_colleague_with_the_note(store: Store, sam: User, ana: User) -> None:
    task = a_ready_task(store, 0)
    claims.claim_next(sam, now=NOW)

    hand_over(task.id, sam, ana.id, "She speaks\nFrench only.", now=NOW)

    assert claims.held_by(sam) is None
    assert claims.claim_next(sam, now=NOW + 50 * MINUTE) is None
    taken = claims.claim_next(ana, now=NOW + 50 * MINUTE)
    assert taken is not None
    assert (taken.id, taken.handed_over) == (task.id, "Sam: She speaks French only.")
    assert _told(task) == "Sam handed it over to Ana. Note: She speaks French only."


def test_handed_over_call_comes_before_what_is_worth_more_even_in_a_language_they_do_not_speak(
    store: Store, sam: User, ana: User
) -> None:
    worth_less, worth_more = a_ready_task(store, 0), a_ready_task(store, 1, goods_minor=190000)
    worth_less.language = "fr"
    sam.languages = ["fr"]
    session().flush()
    claims.claim(worth_less.id, sam, now=NOW)
    hand_over(worth_less.id, sam, ana.id, "", now=NOW)

    assert worth_less.chips[0] == "Handed over"
    with pytest.raises(Refused, match="kept for a colleague"):
        claims.claim(worth_less.id, sam, now=NOW + 5 * MINUTE)
    taken = claims.claim_next(ana, now=NOW)
    assert taken is not None
    assert (taken.id, worth_more.state) == (worth_less.id, "ready")


def test_promised_callback_can_be_handed_over_and_keeps_its_time(store: Store, sam: User, ana: User) -> None:
    task = _promised(store, sam)
    hand_over(task.id, sam, ana.id, "", now=NOW)
    assert (task.for_user_id, task.state, task.callback_at) == (ana.id, "waiting", NOW + 30 * MINUTE)


@pytest.mark.parametrize(
    ("state", "why"),
    [("in_call", "You have begun this call"), ("wrap_up", "You have begun this call"), ("done", "not in the queue")],
)
def test_call_that_has_begun_is_not_handed_over(store: Store, sam: User, ana: User, state: str, why: str) -> None:
    task = a_ready_task(store, 0)
    claims.claim_next(sam, now=NOW)
    task.state = state
    session().flush()
    with pytest.raises(Refused, match=why):
        hand_over(task.id, sam, ana.id, "", now=NOW)
    assert task.for_user_id is None


def test_only_ones_own_call_goes_to_a_colleague_who_calls(store: Store, sam: User, ana: User) -> None:
    task = a_ready_task(store, 0)
    with pytest.raises(Refused, match="not yours to hand over"):
        hand_over(task.id, sam, ana.id, "", now=NOW)
    claims.claim_next(sam, now=NOW)
    vera = make_user(VIEWER, "viewer")
    for whom, field in ((sam.id, "colleague"), (vera.id, "colleague"), (424242, "colleague")):
        with pytest.raises(Refused) as refused:
            hand_over(task.id, sam, whom, "", now=NOW)
        assert refused.value.field == field
    with pytest.raises(Refused, match="Shorten the note"):
        hand_over(task.id, sam, ana.id, "x" * 501, now=NOW)
    assert claims.held_by(sam) is not None


def test_manager_takes_a_held_call_and_gives_it_to_another_or_to_anybody(store: Store, sam: User, ana: User) -> None:
    olive = make_user(OWNER, "owner")
    task = a_ready_task(store, 0)
    claims.claim_next(sam, now=NOW)

    reassign(task.id, olive, ana.id, "", now=NOW)
    assert claims.held_by(sam) is None
    assert claims.claim_next(sam, now=NOW) is None
    assert _told(task) == "Olive gave it to Ana."

    reassign(task.id, olive, None, "", now=NOW)
    entries = list(session().scalars(select(AuditEntry).where(AuditEntry.action == "call.reassign")))
    assert [entry.detail for entry in entries] == [{"to": OTHER_REP}, {"to": ""}]
    assert claims.claim_next(sam, now=NOW) is not None


def test_manager_cannot_take_a_call_that_has_begun_unless_its_rep_is_disabled(
    store: Store, sam: User, ana: User
) -> None:
    olive = make_user(OWNER, "owner")
    task = a_ready_task(store, 0)
    claims.claim_next(sam, now=NOW)
    claims.start_call(task.id, sam, now=NOW)
    with pytest.raises(Refused, match="Sam has begun this call"):
        reassign(task.id, olive, ana.id, "", now=NOW)
    assert claims.held_by(sam) is not None

    accounts.disable_user(sam, now=NOW, by=OWNER)
    given = reassign(task.id, olive, ana.id, "", now=NOW)
    assert (given.state, given.for_user_id) == ("ready", ana.id)


def test_late_callback_that_is_reassigned_is_the_new_reps_for_ten_minutes(store: Store, sam: User, ana: User) -> None:
    olive = make_user(OWNER, "owner")
    task = _promised(store, sam)
    late = NOW + 90 * MINUTE
    calling.tick(now=late)
    reassign(task.id, olive, ana.id, "", now=late)
    calling.tick(now=late + 5 * MINUTE)
    assert claims.claim_next(sam, now=late + 5 * MINUTE) is None
    calling.tick(now=late + 10 * MINUTE)
    assert claims.claim_next(sam, now=late + 10 * MINUTE) is not None


def _on_a_break(user: User) -> None:
    user.paused_at = NOW


def _disabled(user: User) -> None:
    user.disabled_at = NOW


def _off_by_then(user: User) -> None:
    user.hours = {"2": [["09:00", "13:15"]]}  # the callback is at 13:30 in New York


def _only_looks_on(user: User) -> None:
    user.role = "viewer"


@pytest.mark.parametrize(
    ("goes", "says"),
    [
        (_on_a_break, "Sam is on a break. Anybody may call Dana now."),
        (_disabled, "Sam does not call any more. Anybody may call Dana now."),
        (_off_by_then, "Sam does not work at this time. Anybody may call Dana now."),
        (_only_looks_on, "Sam does not call any more. Anybody may call Dana now."),
    ],
)
def test_promise_of_a_rep_who_is_away_is_anybodys_when_its_time_comes(
    store: Store, sam: User, ana: User, goes: Callable[[User], None], says: str
) -> None:
    task = _promised(store, sam)
    goes(sam)
    session().flush()

    calling.tick(now=NOW + 27 * MINUTE)
    assert task.for_user_id == sam.id
    calling.tick(now=NOW + 29 * MINUTE)

    assert session().get_one(CallTask, task.id, populate_existing=True).for_user_id is None
    assert _told(task) == says
    assert claims.claim_next(ana, now=NOW + 29 * MINUTE) is not None


def test_promise_of_a_rep_who_is_there_is_theirs_for_ten_minutes(store: Store, sam: User, ana: User) -> None:
    task = _promised(store, sam)
    sam.hours = {"2": [["09:00", "17:00"]]}
    session().flush()
    for minutes in (29, 30, 39):
        calling.tick(now=NOW + minutes * MINUTE)
        assert claims.claim_next(ana, now=NOW + minutes * MINUTE) is None
    calling.tick(now=NOW + 40 * MINUTE)
    assert _told(task) == "Sam has not called within 10 minutes. Anybody may call Dana now."
    assert claims.claim_next(ana, now=NOW + 40 * MINUTE) is not None


def test_call_in_hand_is_not_let_go_when_the_reps_hours_end(store: Store, sam: User) -> None:
    task = _promised(store, sam)
    sam.hours = {"2": [["09:00", "13:35"]]}
    session().flush()
    calling.tick(now=NOW + 30 * MINUTE)
    claims.claim(task.id, sam, now=NOW + 30 * MINUTE)
    claims.start_call(task.id, sam, now=NOW + 31 * MINUTE)
    calling.tick(now=NOW + 40 * MINUTE)
    assert session().get_one(CallTask, task.id, populate_existing=True).for_user_id == sam.id


def test_rep_who_has_taken_their_callback_keeps_it_and_a_call_handed_over_waits_an_hour(
    store: Store, sam: User, ana: User
) -> None:
    promised, handed = _promised(store, sam), a_ready_task(store, 1, person=a_person(store, 1))
    claims.claim(handed.id, ana, now=NOW)
    hand_over(handed.id, ana, sam.id, "", now=NOW)
    calling.tick(now=NOW + 29 * MINUTE)
    claims.claim(promised.id, sam, now=NOW + 29 * MINUTE)
    claims.start_call(promised.id, sam, now=NOW + 29 * MINUTE)

    calling.tick(now=NOW + 59 * MINUTE)
    session().refresh(promised)
    assert (promised.state, promised.for_user_id) == ("in_call", sam.id)
    assert claims.claim_next(ana, now=NOW + 59 * MINUTE) is None
    calling.tick(now=NOW + 60 * MINUTE)
    taken = claims.claim_next(ana, now=NOW + 60 * MINUTE)
    assert taken is not None
    assert taken.id == handed.id
