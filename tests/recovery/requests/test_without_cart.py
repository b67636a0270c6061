"""A call about no cart is worked by itself: by one rep at a time, within the hours, with an end to its tries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.requests.finding import to_work
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims, queue
from sidecar.carts.cart import Cart
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.answers.heeding import stop_at_once
from sidecar.recovery.calls import calling
from sidecar.recovery.requests import request_calls, requesting
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, make_cart, make_contact, make_store, make_user
from tests.recovery.requests.wanting import NUMBER, ask, wanted

pytestmark = pytest.mark.usefixtures("app")
AT = NOW + timedelta(hours=2)
STRANGER = "+16465550142"


@pytest.fixture
def store(app) -> Store:
    """A live store with two reps."""
    with transaction():
        store = make_store(live_at=NOW)
        make_user("sam@example.com")
        make_user("ana@example.com")
    return store


def rep(name: str) -> User:
    return session().scalars(select(User).where(User.email == f"{name}@example.com")).one()


def take(request: CallRequest, name: str = "sam", *, now=AT) -> CallRequest:
    return request_calls.take(request.id, rep(name), vault=VAULT, now=now)


def finish(request: CallRequest, outcome: str, name: str = "sam", *, now=AT) -> str:
    return request_calls.finish(request.id, rep(name), outcome, vault=VAULT, now=now)


def test_it_waits_on_its_page_until_its_time_and_one_rep_gets_it(store):
    with transaction():
        request = ask(store, wanted(AT, number=STRANGER))
        assert [one.id for one in to_work(now=NOW)] == [request.id]
        with pytest.raises(Refused, match="not time yet"):
            take(request, now=NOW)
        take(request)
        with pytest.raises(Refused, match="A colleague was first"):
            take(request, "ana")
        finish(request, "reached")
        assert (request.state, to_work(now=AT)) == ("done", [])


def test_three_tries_that_nobody_answers_are_all(store):
    with transaction():
        request = ask(store, wanted(AT, number=STRANGER))
        moment = AT
        for wait in (timedelta(minutes=10), timedelta(hours=1), None):
            take(request, now=moment)
            finish(request, "no_answer", now=moment)
            if wait is not None:
                with pytest.raises(Refused, match="not time yet"):
                    take(request, now=moment + timedelta(minutes=1))
                moment += wait
        assert (request.state, request.ended_reason, request.place_at) == ("over", "no_answer", None)


def test_a_wish_not_to_be_called_holds_for_good(store):
    with transaction():
        request = ask(store, wanted(AT, number=STRANGER))
        take(request)
        finish(request, "do_not_call")
        assert is_opted_out(store.id, "calls", [STRANGER], vault=VAULT)
        again = ask(store, wanted(AT + timedelta(hours=1), number=STRANGER))
        assert again.state == "over"


def test_nobody_rings_outside_the_hours_after_a_no_or_while_the_store_is_paused(store):
    with transaction():
        request = ask(store, wanted(AT, number=STRANGER))
        assert request_calls.withheld(request, vault=VAULT, now=AT) == ""
        assert "outside" in request_calls.withheld(request, vault=VAULT, now=AT + timedelta(hours=9))
        opt_out(store.id, "calls", STRANGER, source="import", vault=VAULT, now=AT)
        assert "asked not to be called" in request_calls.withheld(request, vault=VAULT, now=AT)
        store.paused_at = AT
        assert "paused" in request_calls.withheld(request, vault=VAULT, now=AT)


def test_a_person_whom_a_colleague_has_in_hand_is_not_rung_beside_it(store):
    with transaction():
        dana = make_contact(store)
        cart = make_cart(store, dana, 101)
        request = ask(store, wanted(AT))
        request.task_id = None  # as if the cart could not be called about then
        session().flush()
        queue.add(cart, due_at=NOW, threshold_minor=10000, now=NOW)
        calling.tick(now=AT)
        assert claims.claim_next(rep("ana"), now=AT) is not None
        with pytest.raises(Refused, match="A colleague has this person"):
            take(request)


def test_a_time_in_words_becomes_a_promise_when_a_rep_has_read_it(store):
    with transaction():
        make_cart(store, make_contact(store), 101)
        request = ask(store, wanted(None, wish="words", wished="Tomorrow at three"))
        assert [one.id for one in to_work(now=NOW)] == [request.id]
        with pytest.raises(Refused, match="Nobody may be called then"):
            request_calls.set_time(request.id, "2026-11-19T23:00", rep("sam"), vault=VAULT, now=NOW)
    with transaction():
        request = session().scalars(select(CallRequest)).one()
        request_calls.set_time(request.id, "2026-11-19T15:00", rep("sam"), vault=VAULT, now=NOW)
        task = session().scalars(select(CallTask)).one()
        assert (task.callback_at, request.task_id) == (NOW + timedelta(hours=26), task.id)
        assert to_work(now=NOW) == []


def test_a_cancelled_one_leaves_the_page_and_gives_the_place_back(store):
    with transaction():
        request = ask(store, wanted(AT, number=STRANGER))
        requesting.cancel(request, now=NOW)
        assert to_work(now=NOW) == []
        with pytest.raises(Refused, match="not asked for any more"):
            take(request)


def test_a_no_said_meanwhile_ends_it_at_once(store):
    with transaction():
        dana = make_contact(store)
        make_cart(store, dana, 101, state="recovered", paid_at=NOW)
        request = ask(store, wanted(AT, number=NUMBER))
        stop_at_once([dana.id], ("calls",), now=NOW)
        assert (request.state, request.place_at, to_work(now=NOW)) == ("over", None, [])


def test_machines_are_silent_while_somebody_known_waits_for_a_call_about_no_cart(store):
    from sidecar.contacts import silence

    with transaction():
        dana = make_contact(store)
        make_cart(store, dana, 101, state="recovered", paid_at=NOW)
        request = ask(store, wanted(AT, number=NUMBER))
        assert (request.task_id, request.contact_id) == (None, dana.id)
        assert silence.held(dana.id, now=NOW) is not None
        requesting.cancel(request, now=NOW)
        assert silence.held(dana.id, now=NOW) is None
        assert session().scalars(select(Cart.state)).one() == "recovered"
