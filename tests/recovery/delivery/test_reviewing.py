"""A person decides about messages that nobody answered for; two at once, or a late answer, never double one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.audit import AuditEntry
from sidecar.carts.queries import find_cart_by_order
from sidecar.carts.story import story
from sidecar.db import db, session, transaction
from sidecar.errors import Refused
from sidecar.outreach.delivery import doubt, leaving
from sidecar.recovery.delivery import reviewing
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A mail server that takes everything and dies without a word."""
    with mail_server(MailSink(at_end=lambda _to: "")) as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store with a message in doubt about order 101."""
    with transaction():
        store = make_live_store()
    desk = Desk(store.id, Shop(), sink.url)
    desk.write(101)
    assert desk.send().review == 1
    sink.at_end = lambda _to: "250 OK"
    return desk


def decide(desk: Desk, verdict: reviewing.Verdict, *, attempt: str | None = None, why: str = "") -> None:
    message = desk.message(101)
    with transaction():
        reviewing.decide(
            message.id, attempt or message.attempt, verdict, why=why, by="olive@example.com", now=clock.now()
        )


def test_what_is_in_doubt_stands_in_one_list_with_what_is_known(desk: Desk):
    (message,), in_all = doubt.waiting(desk.store_id)
    assert in_all == 1
    assert (message.state, message.reason, message.to) == ("review", "answer_lost", "p101@example.com")
    assert message.data_started_at is not None
    assert "ended before the answer" in (message.provider_answer or "")


def test_it_arrived_is_kept_as_sent_with_the_reason_and_who_said_so(desk: Desk, sink: MailSink):
    decide(desk, "arrived", why="Dana   thanked us for it.")
    message = desk.message(101)
    assert (message.state, message.reason) == ("sent", None)
    assert message.reason_words == "olive@example.com: it arrived. Dana thanked us for it."
    assert message.sent_at == message.data_started_at
    cart = find_cart_by_order(desk.store_id, 101)
    assert cart is not None
    assert cart.state == "contacted"
    assert message.reason_words in [told.text for told in story(cart.id)]
    (entry,) = session().scalars(select(AuditEntry))
    assert (entry.actor, entry.action) == ("olive@example.com", "decide message")
    assert entry.detail["verdict"] == "arrived"
    assert desk.send().reserved == 0
    assert len(sink.accepted) == 1


def test_send_again_goes_through_every_check_and_arrives_once_more(desk: Desk, sink: MailSink):
    sink.accepted.clear()
    decide(desk, "send_again")
    assert desk.state(101) == ("due", "send_again")
    assert desk.send().sent == 1
    assert len(sink.accepted) == 1
    assert doubt.waiting(desk.store_id) == ([], 0)


def test_send_again_about_an_order_paid_since_sends_nothing(desk: Desk, sink: MailSink):
    sink.accepted.clear()
    desk.shop.change(101, status="processing", paid_at=clock.now())
    decide(desk, "send_again")
    assert desk.send().cancelled == 1
    assert sink.accepted == []


def test_left_at_that_it_is_never_sent_again(desk: Desk, sink: MailSink):
    decide(desk, "leave")
    assert desk.state(101) == ("cancelled", "left_in_doubt")
    assert desk.send().reserved == 0


@pytest.mark.parametrize("second", ["arrived", "send_again", "leave"])
def test_the_second_to_decide_is_told_so_and_changes_nothing(desk: Desk, second: reviewing.Verdict):
    first = desk.message(101).attempt
    decide(desk, "send_again")
    with pytest.raises(Refused) as refused:
        decide(desk, second, attempt=first)
    assert refused.value.code == "decided_meanwhile"
    assert desk.state(101) == ("due", "send_again")
    assert len(session().scalars(select(AuditEntry)).all()) == 1


def test_of_many_deciding_at_the_same_moment_one_wins(desk: Desk, app: Flask):
    message = desk.message(101)
    message_id, attempt = message.id, message.attempt
    session().rollback()
    together = Barrier(6)

    def press(number: int) -> bool:
        verdict: reviewing.Verdict = "send_again" if number % 2 else "arrived"
        with app.app_context():
            together.wait(timeout=10)
            try:
                with transaction():
                    reviewing.decide(message_id, attempt, verdict, why="", by=f"{number}@example.com", now=clock.now())
                return True
            except Refused:
                return False
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(press, range(6))) == 1
    assert desk.message(101).state in ("sent", "due")
    assert len(session().scalars(select(AuditEntry)).all()) == 1


def test_a_late_answer_after_send_again_means_that_nothing_more_leaves(desk: Desk, sink: MailSink):
    sink.accepted.clear()
    message = desk.message(101)
    attempt = message.attempt or ""
    decide(desk, "send_again")
    with transaction():
        assert leaving.sent(message.id, attempt, answer="250 OK", provider_id="x", now=clock.now())
    assert desk.send().reserved == 0
    assert sink.accepted == []


def test_a_late_answer_after_leave_is_the_truth(desk: Desk):
    message = desk.message(101)
    decide(desk, "leave")
    with transaction():
        assert leaving.sent(message.id, message.attempt or "", answer="250 OK", provider_id="x", now=clock.now())
    assert desk.state(101) == ("sent", None)


def test_a_message_of_a_restored_copy_that_was_never_written_is_written_when_it_is_sent_again(
    desk: Desk, sink: MailSink
):
    with transaction():
        message = desk.message(101)
        message.attempt, message.composed_of, message.reason = None, "", "restored"
    decide(desk, "send_again")
    assert desk.message(101).state == "planned"


def test_too_late_to_send_again_means_dropped(desk: Desk, sink: MailSink):
    sink.accepted.clear()
    with transaction():
        desk.message(101).not_after_at = clock.now() - timedelta(seconds=1)
    decide(desk, "send_again")
    assert desk.send().reserved == 0
    assert sink.accepted == []
