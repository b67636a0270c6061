"""A call asked for on the page comes to the queue at its time, about the right cart, and never about another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar.accounts import User
from sidecar.calls.requests.finding import stands
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims
from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.contacts import proof, silence
from sidecar.contacts.contact import Contact, ContactPoint
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.recovery.calls import calling
from sidecar.recovery.orders.settling import settle_cart
from sidecar.recovery.requests import requesting
from sidecar.settings import settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, make_cart, make_contact, make_store, make_user
from tests.outreach.making import make_message
from tests.recovery.requests.wanting import NUMBER, ask, opening, wanted

pytestmark = pytest.mark.usefixtures("app")
AT = NOW + timedelta(hours=2)  # 15:00 in New York, where the store and Dana are
OTHER = "+16465550142"


@pytest.fixture
def store(app) -> Store:
    """A live store with one rep, and Dana's cart that nobody has decided about."""
    with transaction():
        store = make_store(live_at=NOW)
        make_user("sam@example.com")
        make_cart(store, make_contact(store), 101)
    return store


def message_to_dana(store: Store) -> Message:
    dana = session().scalars(select(Cart)).first()
    assert dana is not None
    assert dana.contact is not None
    cart = {"email": "dana@example.com"}
    return make_message(store, dana.contact, 102, now=NOW, state="sent", sent_at=NOW, cart=cart)


def task() -> CallTask:
    return session().scalars(select(CallTask).order_by(CallTask.id.desc())).first()  # type: ignore[return-value]


def test_the_number_leads_to_the_cart_which_comes_first_at_the_time(store):
    with transaction():
        request = ask(store, wanted(AT))
        assert (request.task_id, request.at, request.is_proven) == (task().id, AT, False)
        assert task().callback_at == task().due_at == AT
        calling.tick(now=NOW)
        assert task().state == "waiting"
        calling.tick(now=AT)
        assert (task().state, task().rank_class) == ("ready", 0)
        assert silence.held(task().contact_id, now=AT) is not None
    told = [one.text for one in story(task().cart_id)]
    assert any("Asked on the page to be called at 15:00 (New York time)." in text for text in told)


def test_an_address_or_order_number_of_somebody_else_leads_to_no_cart(store):
    with transaction():
        request = ask(store, wanted(AT, number=OTHER, email="dana@example.com", order_number="101"))
        assert (request.cart_id, request.task_id, request.state) == (None, None, "open")
        assert session().scalars(select(CallTask)).all() == []


def test_only_a_cart_with_the_very_number_is_rung_about_without_proof(store):
    with transaction():
        dana = session().scalars(select(Contact)).one()
        session().add(ContactPoint(store_id=store.id, contact_id=dana.id, kind="phone", address=OTHER))
        session().flush()
        request = ask(store, wanted(AT, number=OTHER))
        assert (request.contact_id, request.cart_id, request.task_id) == (dana.id, None, None)


def test_who_comes_by_their_message_may_give_another_number(store):
    with transaction():
        request = ask(store, wanted(AT, number=OTHER), message_to_dana(store))
        assert request.is_proven
        assert task().asked_number == OTHER
        source = f"asked call {request.reference}"
        assert proof.find_yes(store.id, "calls", OTHER, vault=VAULT, source=source) is not None
        assert proof.find_yes(store.id, "calls", OTHER, vault=VAULT) is None  # for this call alone


def test_the_yes_lets_a_rep_ring_where_the_law_asks_for_consent(store):
    with transaction():
        cart = session().scalars(select(Cart)).one()
        cart.country, cart.region = "DE", ""
        session().flush()
        ask(store, wanted(AT))
        calling.tick(now=AT)
        sam = session().scalars(select(User)).one()
        claimed = claims.claim_next(sam, now=AT)
        assert claimed is not None
        assert calling.dial(claimed.id, sam, vault=VAULT, now=AT).state == "in_call"


def test_a_proven_no_to_calls_is_asked_about_and_taken_back_for_calls_alone(store):
    with transaction():
        opt_out(store.id, "all", "dana@example.com", source="preferences page", vault=VAULT, now=NOW)
        message = message_to_dana(store)
    with pytest.raises(Refused) as refused, transaction():
        ask(store, wanted(AT), message)
    assert refused.value.code == "opted_out"
    with transaction():
        assert ask(store, wanted(AT, agreed=True), message).task_id is not None
        assert not is_opted_out(store.id, "calls", ["dana@example.com"], vault=VAULT)
        assert is_opted_out(store.id, "email", ["dana@example.com"], vault=VAULT)


def test_an_imported_list_wins_even_over_who_proves_to_be_the_customer(store):
    with transaction():
        opt_out(store.id, "calls", NUMBER, source="import", vault=VAULT, now=NOW)
        message = message_to_dana(store)
    with pytest.raises(Refused) as refused, transaction():
        ask(store, wanted(AT, agreed=True), message)
    assert refused.value.code == "listed"


def test_a_stranger_neither_learns_of_a_no_nor_undoes_it(store):
    with transaction():
        opt_out(store.id, "calls", NUMBER, source="call", vault=VAULT, now=NOW)
        request = ask(store, wanted(AT, agreed=True))
        assert (request.at, request.task_id, request.state, request.place_at) == (AT, None, "over", None)
        assert session().scalars(select(CallTask)).all() == []
        assert is_opted_out(store.id, "calls", [NUMBER], vault=VAULT)


def test_the_same_form_again_is_the_same_request(store):
    with transaction():
        what = wanted(AT)
        assert ask(store, what).id == ask(store, what).id


def test_cancelling_frees_the_place_and_ends_the_call_it_made(store):
    with transaction():
        request = ask(store, wanted(AT))
        assert requesting.cancel(request, now=NOW)
        assert (request.state, request.place_at, task().state) == ("cancelled", None, "done")
        assert not requesting.cancel(request, now=NOW)
        assert silence.held(task().contact_id, now=NOW) is None
    assert story(task().cart_id)[0].text.startswith("Cancelled the asked-for call.")


def test_a_strangers_request_taken_back_leaves_the_call_that_was_planned(store):
    from sidecar.calls.tasks import queue

    with transaction():
        cart = session().scalars(select(Cart)).one()
        planned = queue.add(cart, due_at=NOW + timedelta(hours=5), threshold_minor=10000, now=NOW)
        assert planned is not None
        request = ask(store, wanted(AT))
        assert planned.callback_at == AT
        requesting.cancel(request, now=NOW)
        course = [planned.state, planned.callback_at, planned.due_at]
        assert course == ["waiting", None, NOW + timedelta(hours=5)]


def test_moving_takes_the_new_place_and_gives_back_the_old(store):
    with transaction():
        request = ask(store, wanted(AT))
        later = AT + timedelta(hours=1)
        requesting.move(request, wanted(later), store, settings=settings_of(store.id), now=NOW)
        assert (request.at, request.place_at, task().callback_at) == (later, later, later)


def test_who_pays_meanwhile_is_not_called_and_the_page_says_so(store):
    with transaction():
        request = ask(store, wanted(AT))
        cart = session().scalars(select(Cart)).one()
        settle_cart(cart, "recovered", "paid", "The customer paid.", now=NOW)
        session().expire_all()
        assert stands(request, now=NOW) == "paid"
        calling.tick(now=NOW)
        session().expire_all()
        assert (request.state, request.place_at) == ("paid", None)


def test_a_request_for_a_cart_in_a_reps_hands_gets_its_time_when_they_let_go(store):
    from sidecar.calls.tasks import queue

    with transaction():
        cart = session().scalars(select(Cart)).one()
        queue.add(cart, due_at=NOW, threshold_minor=10000, now=NOW)
        calling.tick(now=NOW)
        sam = session().scalars(select(User)).one()
        held = claims.claim_next(sam, now=NOW)
        assert held is not None
        request = ask(store, wanted(AT))
        assert request.placed_at is None
        claims.release(held.id, sam, now=NOW)
        session().expire_all()
        calling.tick(now=NOW)
        session().expire_all()
        assert [request.placed_at, held.callback_at] == [NOW, AT]


def test_a_call_before_its_time_that_nobody_answered_does_not_lose_the_time(store):
    with transaction():
        request = ask(store, wanted(AT))
        task().callback_at = None  # as after a try that was not about it
        session().flush()
        calling.tick(now=NOW)
        session().expire_all()
        assert (request.state, task().callback_at) == ("open", AT)


def test_a_time_in_words_waits_for_a_person_and_takes_no_place(store):
    with transaction():
        request = ask(store, wanted(None, wish="words", wished="Tuesday evening"))
        assert (request.at, request.place_at, request.task_id) == (None, None, None)
        assert request.cart_id is not None


def test_now_is_promised_only_while_a_rep_works_and_the_law_lets_us(store):
    assert opening(store).can_now()
    assert not opening(store, now=NOW.replace(hour=3)).can_now()
    with transaction():
        session().execute(select(User)).scalar_one().paused_at = NOW
    assert not opening(store).can_now()
    with pytest.raises(Refused) as refused, transaction():
        ask(store, wanted())
    assert refused.value.code == "not_now"
    assert session().scalars(select(CallRequest)).all() == []
