"""Taking a verdict back, and the checks before a number is rung."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.claims import start_call
from sidecar.carts.story import story
from sidecar.contacts import silence
from sidecar.contacts.consent import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.calls import calling
from sidecar.recovery.orders.settling import settle_cart
from sidecar.stores.connection import Store
from tests.calls.board import a_person, a_ready_task, a_task
from tests.cast import OTHER_REP
from tests.factories import NOW, VAULT, make_user

MINUTE = timedelta(minutes=1)


def save(task: CallTask, user: User, outcome: str, *, at: object = NOW, **more: object) -> None:
    """Saves a verdict, in a transaction of its own."""
    with transaction():
        found = session().get_one(CallTask, task.id)
        form = OutcomeForm(key=key_of(found, user), outcome=outcome, **more)  # type: ignore[arg-type]
        calling.wrap_up(task.id, user, form, vault=VAULT, now=at)  # type: ignore[arg-type]


def undo(user: User, *, at: object = NOW + MINUTE) -> CallTask:
    """Takes the last one back, in a transaction of its own."""
    with transaction():
        return calling.undo(user, vault=VAULT, now=at)  # type: ignore[arg-type]


def dial(task: CallTask, user: User, *, at: object = NOW) -> CallTask:
    """Rings, in a transaction of its own."""
    with transaction():
        return calling.dial(task.id, user, vault=VAULT, now=at)  # type: ignore[arg-type]


def test_undo_gives_the_cart_back_as_it_was(task: CallTask, sam: User) -> None:
    save(task, sam, "no_answer")

    back = undo(sam)

    assert (back.id, back.state, back.attempts, back.due_at) == (task.id, "claimed", 0, NOW)
    assert (back.rest_until, back.first_attempt_at, back.tried_parts) == (None, None, [])
    assert back.lease_until == NOW + 11 * MINUTE
    assert (back.cart.state, back.cart.contacted_at) == ("abandoned", None)
    assert story(task.cart_id)[0].text == "Sam took back: no answer."


def test_a_call_that_was_made_comes_back_as_its_wrap_up(task: CallTask, sam: User) -> None:
    with transaction():
        start_call(task.id, sam, now=NOW)
    save(task, sam, "no_answer", at=NOW + MINUTE)

    assert undo(sam, at=NOW + 2 * MINUTE).state == "wrap_up"


def test_the_next_card_goes_back_when_the_last_is_taken_back(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        following = a_ready_task(store, 1)
    save(task, sam, "no_answer")
    with transaction():
        queue.claim(following.id, sam, now=NOW)

    undo(sam)

    assert session().get_one(CallTask, following.id).state == "ready"


def test_undo_waits_for_a_call_that_is_going_on(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        following = a_ready_task(store, 1)
    save(task, sam, "no_answer")
    with transaction():
        queue.claim(following.id, sam, now=NOW)
        start_call(following.id, sam, now=NOW)

    with pytest.raises(Refused, match="Finish the call with Jo Number 1 first"):
        undo(sam)


def test_undo_reaches_back_fifteen_minutes(task: CallTask, sam: User) -> None:
    save(task, sam, "no_answer")

    with pytest.raises(Refused, match="nothing to undo"):
        undo(sam, at=NOW + 15 * MINUTE)
    assert undo(sam, at=NOW + 15 * MINUTE - timedelta(seconds=1)).id == task.id


def test_undo_reaches_back_two_saves(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        others = [a_ready_task(store, number) for number in (1, 2)]
    save(task, sam, "skip", skip_reason="no_time")
    for number, other in enumerate(others):
        with transaction():
            queue.claim(other.id, sam, now=NOW)
        save(other, sam, "skip", at=NOW + number * MINUTE, skip_reason="no_time")

    assert undo(sam, at=NOW + 2 * MINUTE).id == others[1].id
    assert undo(sam, at=NOW + 2 * MINUTE).id == others[0].id
    with pytest.raises(Refused, match="nothing to undo"):
        undo(sam, at=NOW + 2 * MINUTE)


def test_do_not_call_can_be_taken_back_with_all_it_ended(store: Store, sam: User) -> None:
    with transaction():
        dana = a_person(store, 0)
        task, other = a_task(store, 1, person=dana), a_task(store, 2, person=dana)
        calling.tick(now=NOW)
        queue.claim(task.id, sam, now=NOW)
    save(task, sam, "do_not_call", confirmed=True, scope="all")

    undo(sam)

    assert not is_opted_out(store.id, "calls", [dana.phone_e164, dana.email], vault=VAULT)
    assert (task.state, other.state) == ("claimed", "waiting")
    assert silence.held(dana.id, now=NOW) is not None


@pytest.mark.parametrize("source", ["import", "call"])
def test_an_earlier_wish_survives_undo(store: Store, task: CallTask, sam: User, source: str) -> None:
    with transaction():
        opt_out(store.id, "calls", task.cart.phone_e164, source=source, vault=VAULT, now=NOW - MINUTE)
    save(task, sam, "wrong_number")

    undo(sam)

    assert is_opted_out(store.id, "calls", [task.cart.phone_e164], vault=VAULT)


def test_a_closed_cart_is_opened_again(task: CallTask, sam: User) -> None:
    save(task, sam, "not_interested", reasons=("just_looking",))

    back = undo(sam)

    assert (back.cart.state, back.cart.closed_at, back.cart.closed_reason) == ("abandoned", None, None)
    assert back.state == "claimed"


def test_a_cart_paid_since_cannot_be_taken_back(task: CallTask, sam: User) -> None:
    save(task, sam, "no_answer")
    with transaction():
        settle_cart(task.cart, "recovered", "paid", "The order was paid.", now=NOW + MINUTE)

    with pytest.raises(Refused, match="settled by now"):
        undo(sam, at=NOW + 2 * MINUTE)


def test_a_cart_that_another_rep_took_cannot_be_taken_back(task: CallTask, sam: User) -> None:
    with transaction():
        ana = make_user(OTHER_REP)
    save(task, sam, "busy_failed")
    with transaction():
        task.due_at, task.rest_until = NOW, None
        calling.tick(now=NOW)
        queue.claim(task.id, ana, now=NOW)

    with pytest.raises(Refused, match="Ana has Dana Number 0 now"):
        undo(sam)
    assert session().get_one(CallTask, task.id).claimed_by_id == ana.id


def test_ringing_starts_the_call_and_leaves_the_person_in_peace_after(task: CallTask, sam: User) -> None:
    rung = dial(task, sam)

    assert (rung.state, rung.dialled_at, rung.rest_until) == ("in_call", NOW, NOW + 60 * MINUTE)
    assert rung.contact.last_contacted_at == NOW


def test_nobody_is_rung_before_go_live(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        store.live_at = None

    with pytest.raises(Refused, match="Practice: the store is not live"):
        dial(task, sam)


def test_nobody_is_rung_while_the_store_is_paused_or_unreadable(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        store.paused_at = NOW
    with pytest.raises(Refused):
        dial(task, sam)
    with transaction():
        store.paused_at, store.health, store.unreadable_reason = None, "unreadable", "It timed out."
    with pytest.raises(Refused, match=r"The store does not answer: It timed out\. Don't call on old news"):
        dial(task, sam)


def test_nobody_is_rung_who_said_no_since(store: Store, task: CallTask, sam: User) -> None:
    with transaction():
        opt_out(store.id, "calls", task.cart.phone_e164, source="reply", vault=VAULT, now=NOW)

    with pytest.raises(Refused, match="Don't call: This customer asked not to be called"):
        dial(task, sam)


def test_nobody_is_rung_outside_their_hours(task: CallTask, sam: User) -> None:
    with pytest.raises(Refused, match="outside the call hours"):
        dial(task, sam, at=NOW + timedelta(hours=7))


def test_nobody_is_rung_who_has_paid(task: CallTask, sam: User) -> None:
    with transaction():
        start_call(task.id, sam, now=NOW)
        settle_cart(task.cart, "recovered", "paid", "The order was paid.", now=NOW)

    with pytest.raises(Refused, match="No call needed: Dana Number 0 paid"):
        dial(task, sam, at=NOW + MINUTE)
    assert session().scalars(select(Call)).all() == []


def test_only_the_rep_who_holds_a_cart_rings(store: Store, task: CallTask) -> None:
    with transaction():
        ana = make_user(OTHER_REP)

    with pytest.raises(Refused, match="not with you any more"):
        dial(task, ana)
