"""What verdicts lead to over days: messages, languages, the last try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Purchase
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.ports.mailbox import ReceivedMail
from sidecar.recovery.answers import replies
from sidecar.recovery.calls import calling
from sidecar.settings import put
from tests.factories import VAULT
from tests.mail_server import MailSink, mail_server
from tests.recovery.calls.on_the_phone import MINUTE, a_desk, save_on
from tests.recovery.calls.test_after_call import Desk
from tests.recovery.delivery.days import HOUR

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A rep with Dana's cart on a live store."""
    return a_desk(sink)


def test_a_wrong_number_is_asked_about_once_by_email(desk: Desk) -> None:
    call = desk.save("wrong_number")
    assert call.says.endswith("One email asks for the right number; it leaves a minute after saving.")
    desk.days.run(3 * DAY)
    assert [step for step, _ in desk.days.steps()] == ["wrong-number-1"]
    text = desk.days.message("wrong-number-1").text
    assert "reached somebody else. It will not be called again" in text
    assert "555" not in text


def test_nobody_is_asked_for_their_number_who_may_not_be_written_to(desk: Desk) -> None:
    with transaction():
        opt_out(desk.days.store_id, "email", "p101@example.com", source="reply", vault=VAULT, now=desk.days.now)
    call = desk.save("wrong_number")
    desk.days.run(DAY)
    assert "email" not in call.says
    assert desk.days.sent == []


def test_a_wrong_number_is_called_on_no_cart_that_comes_later(desk: Desk) -> None:
    desk.save("wrong_number")
    desk.days.order(102, phone="+1 212 555 0123", total_minor=90000)
    desk.days.run(2 * HOUR)
    later = desk.days.cart(102)
    assert later.route != "call"
    assert session().scalars(select(CallTask).where(CallTask.cart_id == later.id)).all() == []


def test_a_call_they_asked_for_is_tried_three_times_then_one_email_offers_another_time(desk: Desk) -> None:
    with transaction():
        queue.ask(desk.task().cart, threshold_minor=0, now=desk.days.now)
    waits = []
    for _ in range(2):
        call = desk.save("no_answer")
        assert call.next_at is not None
        waits.append(call.next_at - desk.days.now)
        desk.days.now = call.next_at
    assert waits == [10 * MINUTE, 60 * MINUTE]
    assert desk.save("no_answer").says.endswith("One email offers another time; it leaves a minute after saving.")
    assert desk.task().done_reason == "callback_missed"
    desk.days.run(3 * DAY)
    assert [step for step, _ in desk.days.steps()] == ["missed-1"]
    body = desk.days.sink.accepted[-1].get_body(("plain",))
    assert body is not None
    assert "/b/" in body.get_content()  # the page on which they choose another time


def test_who_speaks_no_language_of_ours_on_the_phone_is_written_to_in_theirs(desk: Desk) -> None:
    call = desk.save("language_barrier", language="de")
    assert call.says == (
        "Nobody else here speaks German, so Person is not called again. "
        "One email in their language leaves a minute after saving."
    ).replace("Person", desk.task().contact.first_name)
    desk.days.run(2 * DAY)
    assert [step for step, _ in desk.days.steps()] == ["language-1"]
    assert "keine gemeinsame Sprache" in desk.days.message("language-1").text


def test_a_language_is_taken_back_whole(desk: Desk) -> None:
    desk.save("language_barrier", language="de")
    desk.undo()
    desk.days.run(2 * HOUR, every=10 * MINUTE)
    task = desk.task()
    assert (task.language, task.contact.language, task.state, task.attempts) == ("", "", "claimed", 0)
    assert desk.days.sent == []


def test_a_payment_promised_on_the_last_call_is_waited_for_two_hours_and_then_it_ends(desk: Desk) -> None:
    with transaction():
        put(desk.days.store_id, "calls.most_tries", "1", by="test", now=desk.days.now)
    call = desk.save("recovered_on_call")
    assert "is not called again about it" in call.says
    assert desk.task().state == "waiting"
    with transaction():
        calling.tick(now=desk.days.now + 2 * HOUR + MINUTE)
    assert (desk.task().state, desk.task().done_reason) == ("done", "attempts_used")


def test_an_order_bought_instead_is_named(desk: Desk) -> None:
    cart = desk.days.cart()
    with transaction():
        session().add(
            Purchase(
                store_id=cart.store_id, order_id=900, number="900", contact_id=cart.contact_id, status="completed",
                currency="USD", total_minor=43000, goods_minor=43000, ordered_at=desk.days.now, paid_at=desk.days.now,
            )
        )  # fmt: skip
    desk.save("already_bought")
    assert desk.days.cart().reason == "Said on the phone: already bought. It is order 900."


def test_an_order_bought_elsewhere_is_a_reason(desk: Desk) -> None:
    call = desk.save("already_bought")
    assert call.reasons == ["bought_elsewhere"]
    assert desk.days.cart().closed_reason == "already_bought"


def test_an_undo_meets_a_cart_that_has_a_new_call_by_now(desk: Desk) -> None:
    """One of the person's other carts got a new task after "do not call" had ended its first: both cannot be open."""
    for order_id in (102, 103):
        desk.days.order(order_id, phone="+1 212 555 0123", email="p101@example.com", total_minor=90000)
    desk.days.run(2 * HOUR)
    mine, second, third = session().scalars(select(CallTask.id).order_by(CallTask.cart_id)).all()
    save_on(desk, mine, "do_not_call")
    with transaction():
        cart = session().get_one(CallTask, second).cart
        newer = CallTask(
            store_id=cart.store_id, cart=cart, contact=cart.contact, due_at=desk.days.now, state="waiting",
            created_at=desk.days.now, ranked_at=desk.days.now, changed_at=desk.days.now,
        )  # fmt: skip
        session().add(newer)

    desk.undo()

    session().expire_all()
    states = [session().get_one(CallTask, task_id).state for task_id in (mine, second, third, newer.id)]
    assert states == ["claimed", "done", "waiting", "waiting"]


def a_reply(desk: Desk, text: str) -> ReceivedMail:
    """What the customer writes back to the email about the voicemail, so that it is proven to be theirs."""
    message = desk.days.message("voicemail-1")
    return ReceivedMail(
        "reply-1@example.com", desk.days.now, message.to, "Re: x", text, names=(message.provider_id or "",)
    )


@pytest.mark.parametrize("ends", [True, False])
def test_an_agreed_call_ends_with_a_reply_where_the_rep_wants_that(desk: Desk, ends: bool) -> None:
    desk.save("left_voicemail")
    desk.days.run(2 * HOUR)
    at = desk.days.now + DAY - 3 * HOUR
    desk.save("callback", when=at.isoformat(), ends_on_reply=ends)
    assert desk.task().callback_at == at

    with transaction():
        replies.take_in(a_reply(desk, "I will pay tonight, thanks."), vault=VAULT, now=desk.days.now)

    task = desk.task()
    assert (task.callback_at is None) == ends
    assert task.for_user_id == desk.rep.id
    said = "They wrote back, so the agreed call is cancelled. The cart comes up with their words."
    assert (said in desk.days.told()) == ends
    assert (task.due_at <= desk.days.now) == ends


def test_an_agreed_call_ends_with_the_payment(desk: Desk) -> None:
    desk.save("callback", when=(desk.days.now + 2 * HOUR).isoformat())
    desk.days.order(101, status="processing", needs_payment=False, paid_at=desk.days.now)
    assert (desk.task().state, desk.task().done_reason) == ("done", "paid")
