"""The verdict of a call and everything that follows from it, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import Stale, key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.claims import end_call, start_call
from sidecar.carts.story import story
from sidecar.contacts import silence
from sidecar.contacts.consent import is_opted_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.calls import calling
from sidecar.recovery.orders.settling import settle_cart
from sidecar.stores.connection import Store
from tests.calls.board import a_person, a_task
from tests.factories import NOW, VAULT

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def a_form(task: CallTask, user: User, outcome: str, **more: object) -> OutcomeForm:
    """The form of the present claim."""
    return replace(OutcomeForm(key=key_of(task, user), outcome=outcome), **more)  # type: ignore[arg-type]


def saved(task: CallTask, user: User, outcome: str, *, at: object = NOW, **more: object) -> calling.Saved:
    """Saves a verdict, in a transaction of its own."""
    with transaction():
        form = a_form(session().get_one(CallTask, task.id), user, outcome, **more)
        return calling.wrap_up(task.id, user, form, vault=VAULT, now=at)  # type: ignore[arg-type]


def test_a_verdict_is_stored_told_and_counted(task: CallTask, sam: User) -> None:
    saved(task, sam, "no_answer", reasons=("extra_costs", "nonsense"), note=" She was out. ")

    call = session().scalars(select(Call)).one()
    assert (call.disposition, call.reasons, call.note) == ("no_answer", ["extra_costs"], "She was out.")
    assert (task.state, task.attempts, task.due_at) == ("waiting", 1, NOW + 4 * HOUR)
    assert (task.cart.state, task.cart.contacted_at) == ("contacted", NOW)
    assert story(task.cart_id)[0].text == (
        "Sam called: no answer (delivery cost). Next try today at 17:00 in New York. It is try 2 of 3. "
        "Note: She was out."
    )


def test_the_same_form_sent_twice_is_one_call(task: CallTask, sam: User) -> None:
    form = a_form(task, sam, "left_voicemail")

    with transaction():
        first = calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW)
    with transaction():
        again = calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW + MINUTE)

    assert (first.again, again.again) == (False, True)
    assert again.call.id == first.call.id
    assert task.attempts == 1


def test_a_late_form_is_saved_when_nobody_has_taken_the_cart(task: CallTask, sam: User) -> None:
    with transaction():
        calling.tick(now=NOW + 11 * MINUTE)

    saved(task, sam, "no_answer", at=NOW + 12 * MINUTE)

    assert task.attempts == 1


def test_a_form_is_stale_once_another_rep_has_saved(task: CallTask, sam: User, ana: User) -> None:
    form = a_form(task, sam, "no_answer", note="She hung up.")
    with transaction():
        calling.tick(now=NOW + 11 * MINUTE)
        queue.claim(task.id, ana, now=NOW + 12 * MINUTE)
    saved(task, ana, "link_sent", at=NOW + 13 * MINUTE)

    with pytest.raises(Stale, match="Ana logged Link sent 30 s ago"), transaction():
        calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW + 13.5 * MINUTE)
    with transaction():
        calling.add_late(task.id, sam, form, vault=VAULT, now=NOW + 14 * MINUTE)
        calling.add_late(task.id, sam, form, vault=VAULT, now=NOW + 15 * MINUTE)

    calls = session().scalars(select(Call).order_by(Call.id)).all()
    assert [(call.disposition, call.counted) for call in calls] == [("link_sent", True), ("no_answer", False)]
    assert (task.attempts, task.state) == (1, "waiting")
    assert "She hung up." in story(task.cart_id)[0].text


def test_a_form_is_stale_while_another_rep_holds_the_cart(task: CallTask, sam: User, ana: User) -> None:
    form = a_form(task, sam, "no_answer")
    with transaction():
        calling.tick(now=NOW + 11 * MINUTE)
        queue.claim(task.id, ana, now=NOW + 12 * MINUTE)

    with pytest.raises(Stale, match="Ana has Dana Number 0 now"), transaction():
        calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW + 13 * MINUTE)


def test_a_cart_paid_before_the_call_makes_the_form_stale(task: CallTask, sam: User) -> None:
    form = a_form(task, sam, "no_answer")
    with transaction():
        settle_cart(task.cart, "recovered", "paid", "The order was paid.", now=NOW + MINUTE)

    with pytest.raises(Stale, match="Dana Number 0 paid 2 min ago"), transaction():
        calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW + 3 * MINUTE)


def test_a_cart_paid_during_the_call_keeps_the_call_and_its_own_end(task: CallTask, sam: User) -> None:
    with transaction():
        start_call(task.id, sam, now=NOW)
        settle_cart(task.cart, "recovered", "paid", "The order was paid.", now=NOW + MINUTE)

    saved(task, sam, "no_answer", at=NOW + 2 * MINUTE)

    assert (task.state, task.done_reason, task.cart.state) == ("done", "paid", "recovered")
    assert session().scalars(select(Call)).one().counted


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ("", "outcome"),
        ("no_such_thing", "outcome"),
        ("callback", "when"),
        ("not_interested", "reason"),
        ("do_not_call", "confirm"),
        ("language_barrier", "language"),
        ("support_issue", "note"),
        ("skip", "skip_reason"),
    ],
)
def test_what_an_outcome_needs_is_asked_for(task: CallTask, sam: User, outcome: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        saved(task, sam, outcome)

    assert refused.value.field == field
    assert session().get_one(CallTask, task.id).state == "claimed"


def test_a_callback_outside_the_call_hours_is_refused_with_when_they_open(task: CallTask, sam: User) -> None:
    with pytest.raises(Refused, match="From tomorrow at 10:00 it is possible again"):
        saved(task, sam, "callback", when="pick", picked="2026-11-18T21:00")


def test_a_callback_is_pinned_to_its_rep_at_the_customers_time(task: CallTask, sam: User) -> None:
    saved(task, sam, "callback", when="pick", picked="2026-11-19T10:30")

    assert task.callback_at == task.due_at == NOW + timedelta(hours=21, minutes=30)
    assert task.for_user_id == sam.id
    held = silence.held(task.contact_id, now=NOW)
    assert held is not None
    assert held.why == "a callback is agreed"


def test_not_interested_closes_the_cart_and_lets_machines_go(task: CallTask, sam: User) -> None:
    saved(task, sam, "not_interested", reasons=("price_comparing",))

    assert (task.state, task.done_reason) == ("done", "not_interested")
    assert (task.cart.state, task.cart.closed_reason) == ("closed", "not_interested")
    assert silence.held(task.contact_id, now=NOW) is None


def test_do_not_call_ends_every_call_to_the_person(store: Store, sam: User) -> None:
    with transaction():
        dana = a_person(store, 0)
        task, other = a_task(store, 1, person=dana), a_task(store, 2, person=dana)
        stranger = a_task(store, 3)
        calling.tick(now=NOW)
        queue.claim(task.id, sam, now=NOW)

    saved(task, sam, "do_not_call", confirmed=True)

    assert (task.state, other.state, stranger.state) == ("done", "done", "ready")
    assert other.done_reason == "do_not_call"
    assert is_opted_out(store.id, "calls", [dana.phone_e164], vault=VAULT)
    assert not is_opted_out(store.id, "email", [dana.email], vault=VAULT)


def test_everything_means_messages_too(task: CallTask, store: Store, sam: User) -> None:
    saved(task, sam, "do_not_call", confirmed=True, scope="all")

    assert is_opted_out(store.id, "email", [task.contact.email], vault=VAULT)


def test_a_wrong_number_is_never_rung_again(task: CallTask, store: Store, sam: User) -> None:
    saved(task, sam, "wrong_number")

    assert is_opted_out(store.id, "calls", [task.cart.phone_e164], vault=VAULT)
    assert task.done_reason == "wrong_number"


def test_recovered_becomes_link_sent_when_no_payment_comes(task: CallTask, sam: User) -> None:
    saved(task, sam, "recovered_on_call")
    with transaction():
        early = calling.tick(now=NOW + 2 * HOUR - MINUTE)
    with transaction():
        late = calling.tick(now=NOW + 2 * HOUR)

    assert (early.unpaid, late.unpaid) == ([], [task.cart_id])
    assert session().scalars(select(Call)).one().disposition == "link_sent"
    assert story(task.cart_id)[0].text.startswith("No payment within 2 h")


def test_recovered_stays_recovered_when_the_order_is_paid(task: CallTask, sam: User) -> None:
    saved(task, sam, "recovered_on_call")
    with transaction():
        settle_cart(task.cart, "recovered", "paid", "The order was paid.", now=NOW + HOUR)
        calling.tick(now=NOW + 3 * HOUR)

    assert session().scalars(select(Call)).one().disposition == "recovered_on_call"
    assert session().get_one(CallTask, task.id).state == "done"


def test_a_skip_counts_no_attempt_and_contacts_nobody(task: CallTask, sam: User) -> None:
    saved(task, sam, "skip", skip_reason="no_time")

    assert (task.attempts, task.cart.state, task.cart.contacted_at) == (0, "abandoned", None)
    assert story(task.cart_id)[0].text.startswith("Sam skipped it: no time for it now. Back in the queue")


def test_after_three_misses_the_calls_end(task: CallTask, sam: User) -> None:
    for attempt in range(3):
        saved(task, sam, "left_with_person", at=NOW + attempt * 24 * HOUR)
        if attempt < 2:
            with transaction():
                calling.tick(now=NOW + (attempt + 1) * 24 * HOUR)
                queue.claim(task.id, sam, now=NOW + (attempt + 1) * 24 * HOUR)

    assert (task.state, task.done_reason, task.attempts) == ("done", "attempts_used", 3)


def test_a_break_gives_back_what_was_not_called(task: CallTask, sam: User) -> None:
    with transaction():
        calling.pause(sam, now=NOW)

    assert session().get_one(CallTask, task.id).state == "ready"
    with transaction():
        calling.resume(sam)
        assert queue.claim_next(sam, now=NOW) is not None


def test_a_break_keeps_a_call_that_waits_for_its_verdict(task: CallTask, sam: User) -> None:
    with transaction():
        start_call(task.id, sam, now=NOW)
        end_call(task.id, sam, now=NOW)
        calling.pause(sam, now=NOW)

    assert session().get_one(CallTask, task.id).state == "wrap_up"
