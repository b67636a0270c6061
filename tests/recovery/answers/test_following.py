"""What a click tells: the story, the call queue, the conditions of sequences; and what a program's click does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar.calls.priority import ranking
from sidecar.calls.task import CallTask
from sidecar.carts.cart import CartEvent
from sidecar.carts.pay_link import PAY_PAGE, THANKS, Way
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.outreach.visits.click import Click, people_clicked
from sidecar.outreach.visits.links import token_of
from sidecar.outreach.visits.visiting import PERSON, SCANNER
from sidecar.recovery.answers import following
from tests.calls.board import a_ready_task, a_task
from tests.factories import NOW, VAULT, make_store

PAGE = Way(PAY_PAGE, "https://shop.example.com/pay/1001")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def message_id(app) -> int:
    """A message to somebody who is also to be called; a second cart beside it has been left alone."""
    with transaction():
        store = make_store()
        task = a_ready_task(store, 1)
        a_task(store, 2)
        message = Message(store_id=store.id, cart=task.cart, contact_id=task.contact_id, channel="email", state="sent")
        message.step, message.to, message.subject = "personal-1", task.cart.email, "Your order at <b>Aurora</b>"
        message.created_at = message.due_at = message.not_after_at = message.sent_at = NOW - timedelta(hours=1)
        session().add(message)
        session().flush()
        return message.id


def note(message_id: int, by: str = PERSON, way: Way = PAGE, *, after: timedelta = timedelta(0)) -> bool:
    with transaction():
        return following.note(session().get_one(Message, message_id), way, by, now=NOW + after)


def take_back(message_id: int, *, after: timedelta) -> int:
    with transaction():
        since = NOW + after - 6 * SECOND
        return following.take_back(session().get_one(Message, message_id), since=since, now=NOW + after)


def story() -> list[str]:
    session().rollback()
    return list(session().scalars(select(CartEvent.text).where(CartEvent.kind == "clicked").order_by(CartEvent.at)))


def rank_class(message_id: int) -> int:
    session().rollback()
    message = session().get_one(Message, message_id)
    return session().scalars(select(CallTask.rank_class).where(CallTask.cart_id == message.cart_id)).one()


def test_persons_click_is_told_ranks_the_call_and_counts_for_conditions(message_id: int) -> None:
    assert note(message_id)

    assert story() == ["Opened the link in “Your order at <b>Aurora</b>” and came to the pay page."]
    assert rank_class(message_id) == ranking.NOW
    cart_id = session().get_one(Message, message_id).cart_id
    assert people_clicked([cart_id, cart_id + 1]) == {cart_id: NOW}


def test_scanners_click_is_kept_and_nothing_follows_from_it(message_id: int) -> None:
    assert note(message_id, SCANNER)

    assert story() == []
    assert rank_class(message_id) == ranking.BEST_NEXT
    assert people_clicked([session().get_one(Message, message_id).cart_id]) == {}
    assert session().scalars(select(Click.by)).all() == ["scanner"]


def test_clicks_of_one_half_hour_are_told_once_and_all_kept(message_id: int) -> None:
    assert note(message_id)
    assert not note(message_id, after=9 * SECOND)
    assert note(message_id, after=10 * SECOND)
    assert note(message_id, after=29 * MINUTE)
    assert len(story()) == 1
    assert note(message_id, after=31 * MINUTE)

    assert len(story()) == 2
    assert len(session().scalars(select(Click.id)).all()) == 4


def test_click_after_paying_is_no_signal_for_a_call(message_id: int) -> None:
    note(message_id)
    note(message_id, way=Way(THANKS, "https://shop.example.com/"), after=MINUTE)
    assert rank_class(message_id) == ranking.BEST_NEXT


def test_taking_back_a_programs_click_leaves_earlier_ones_alone(message_id: int) -> None:
    note(message_id)
    note(message_id, after=40 * MINUTE)
    assert len(story()) == 2

    assert take_back(message_id, after=40 * MINUTE + 2 * SECOND) == 1

    assert len(story()) == 1
    assert session().scalars(select(Click.by).order_by(Click.at)).all() == ["person", "scanner"]
    assert rank_class(message_id) == ranking.BEST_NEXT
    cart_id = session().get_one(Message, message_id).cart_id
    assert people_clicked([cart_id]) == {cart_id: NOW}


def test_tokens_differ_and_cannot_be_told_from_the_number(message_id: int) -> None:
    tokens = {token_of(number, VAULT) for number in range(1, 200)}
    assert len(tokens) == 199
    assert all(len(token) == 32 and set(token) <= set("0123456789abcdef") for token in tokens)
