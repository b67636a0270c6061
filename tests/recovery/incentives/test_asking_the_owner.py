"""A rep asks the owner for more than the limits allow; the answer counts once, for this cart and this offer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.carts.cart import Cart
from sidecar.db import db, session, transaction
from sidecar.errors import Refused
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.recovery.incentives import questions
from sidecar.recovery.incentives.giving import BeyondLimits
from tests.factories import make_user
from tests.recovery.incentives.on_the_phone import Desk, desk


@pytest.fixture
def at(app: Flask) -> Iterator[Desk]:
    with desk(app) as found:
        yield found


def test_what_the_owner_approves_is_given_once_and_beyond_the_reps_limits(at: Desk) -> None:
    _, task_id = at.hold()
    asked = at.ask(task_id, "percent 15", "She buys every month.")
    row = at.question(asked)
    assert (row.state, row.user_id, row.words) == ("asked", at.sam_id, "She buys every month.")
    assert row.beyond == "10 % is the most a rep may give alone."
    with pytest.raises(BeyondLimits):
        at.give(task_id, "percent 15")

    at.answer(asked, words="Fine this once.")
    row = at.question(asked)
    assert (row.state, row.decided_by_id, row.answer) == ("approved", at.olive_id, "Fine this once.")
    assert at.at.made == []  # the rep gives it, when the customer wants it
    with pytest.raises(BeyondLimits):
        at.give(task_id, "percent 16")
    with pytest.raises(BeyondLimits):
        at.give(task_id, "fixed 60")  # worth less than what was approved, and not what was approved
    assert at.give(task_id, "percent 15").value_minor == 1500
    assert at.question(asked).state == "given"
    assert [text for text in at.told(task_id) if "Coupon" not in text] == [
        "Sam asked the owner for 15 % off.", "Olive approved 15 % off.", "Sam gives 15 % off on the phone.",
    ]  # fmt: skip


def test_the_rep_may_give_what_was_approved_after_leaving_the_card(at: Desk) -> None:
    _, task_id = at.hold()
    at.answer(at.ask(task_id, "percent 15"))
    at.hold()
    with pytest.raises(Refused, match="not with you"):
        at.give(task_id, "percent 15", by=at.ana_id)
    assert at.give(task_id, "percent 15").state == "active"


def test_a_no_stays_a_no_for_that_question_and_another_may_be_asked(at: Desk) -> None:
    _, task_id = at.hold()
    asked = at.ask(task_id, "percent 30")
    at.answer(asked, yes=False, words="Too much.")
    assert at.question(asked).state == "declined"
    with pytest.raises(BeyondLimits):
        at.give(task_id, "percent 30")
    at.answer(at.ask(task_id, "percent 12"))
    assert at.give(task_id, "percent 12").state == "active"


def test_nobody_answers_their_own_question(at: Desk) -> None:
    order, _ = at.hold()
    task_id = at.take(order, by=at.olive_id)
    asked = at.ask(task_id, "percent 20", by=at.olive_id)
    with pytest.raises(Refused, match="Nobody answers their own question"):
        at.answer(asked)
    assert at.question(asked).state == "asked"


def test_an_answer_about_a_cart_that_ended_does_nothing(at: Desk) -> None:
    order, task_id = at.hold()
    asked = at.ask(task_id, "percent 20")
    at.at.shop.store.simulator.pay(order.id)
    at.at.shop.poll_all()
    with pytest.raises(Refused, match="The cart has ended meanwhile"):
        at.answer(asked)
    assert at.question(asked).state == "asked"
    at.at.withdraw()
    assert at.question(asked).state == "expired"


def test_an_approval_does_nothing_once_the_cart_has_ended(at: Desk) -> None:
    order, task_id = at.hold()
    asked = at.ask(task_id, "percent 20")
    at.answer(asked)
    at.at.shop.store.simulator.pay(order.id)
    at.at.shop.poll_all()
    with pytest.raises(Refused):
        at.give(task_id, "percent 20")
    assert at.at.made == []


def test_questions_and_approvals_run_out_after_a_day(at: Desk) -> None:
    asked = at.ask(at.hold()[1], "percent 20")
    _, second = at.hold()
    allowed = at.ask(second, "percent 20")
    at.answer(allowed)
    at.at.shop.clock.move(timedelta(hours=25))
    with pytest.raises(Refused, match="run out"):
        at.answer(asked)
    with pytest.raises(BeyondLimits):
        at.give(second, "percent 20")
    at.at.withdraw()
    assert [at.question(one).state for one in (asked, allowed)] == ["expired", "expired"]


def test_what_a_rep_may_give_alone_or_asked_already_is_not_asked(at: Desk) -> None:
    _, task_id = at.hold()
    with pytest.raises(Refused, match="by yourself"):
        at.ask(task_id, "percent 5")
    asked = at.ask(task_id, "percent 20")
    with pytest.raises(Refused, match="asked about this cart already"):
        at.ask(task_id, "percent 25")
    sam = at.sam
    with transaction():
        assert questions.withdraw(task_id, sam, now=at.at.shop.clock())
    assert at.question(asked).state == "withdrawn"
    with pytest.raises(Refused, match="withdrawn by the rep already"):
        at.answer(asked)
    assert at.ask(task_id, "percent 25") != asked


def test_an_approval_does_not_grow_with_the_cart(at: Desk) -> None:
    order, task_id = at.hold()
    at.answer(at.ask(task_id, "percent 20"))
    with transaction():
        cart = session().scalars(select(Cart).where(Cart.order_id == order.id)).one()
        row = session().scalars(select(OfferRequest)).one()
        row.worth_minor = cart.goods_minor // 10
    with pytest.raises(BeyondLimits, match="The cart has changed since the owner said yes"):
        at.give(task_id, "percent 20")
    assert at.at.made == []


def test_of_two_answers_in_the_same_moment_one_counts(at: Desk, app: Flask) -> None:
    _, task_id = at.hold()
    asked = at.ask(task_id, "percent 20")
    with transaction():
        mona_id = make_user("mona@example.com", "manager", now=at.at.shop.clock()).id
    olive, mona = at.olive, at.user(mona_id)
    start, said = threading.Barrier(2), []

    def answer(user: Any, yes: bool) -> None:
        with app.app_context():
            start.wait(timeout=10)
            try:
                with transaction():
                    questions.decide(asked, user, is_approved=yes, answer="", now=at.at.shop.clock())
                said.append("approved" if yes else "declined")
            except Refused as refused:
                said.append(refused.code)
            db.session.remove()

    threads = [threading.Thread(target=answer, args=pair) for pair in ((olive, True), (mona, False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    (won,) = [one for one in said if one != "moved_on"]
    assert at.question(asked).state == won


def test_what_is_open_ends_when_the_cart_gets_another_offer(at: Desk) -> None:
    _, task_id = at.hold()
    asked = at.ask(task_id, "percent 20")
    at.answer(asked)
    at.give(task_id, "percent 5")
    assert at.question(asked).state == "withdrawn"
    assert questions.answered_for(at.sam, now=at.at.shop.clock()) == []
