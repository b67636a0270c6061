"""What leaves, what does not, and what is kept about it: a real mail server, a shop that changes its mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.carts.queries import find_cart_by_order
from sidecar.carts.story import story
from sidecar.contacts import silence
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import sending
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from tests.factories import VAULT, a_line
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store whose shop and mail server work."""
    with transaction():
        store = make_live_store()
    return Desk(store.id, Shop(), sink.url)


def put_setting(desk: Desk, name: str, value: str) -> None:
    with transaction():
        session().add(Setting(store_id=desk.store_id, name=name, value=value, set_at=clock.now(), set_by="test"))


def test_a_due_message_arrives_once_with_both_parts_and_the_cart_is_contacted(desk: Desk, sink: MailSink):
    put_setting(desk, "sender.reply_to", "sam@shop.example.com")
    desk.write(101)
    assert desk.send() == sending.SendResult(reserved=1, sent=1)
    assert desk.send() == sending.SendResult()
    (mail,) = sink.accepted
    message = desk.message(101)
    assert (message.state, message.reason, message.attempts) == ("sent", None, 1)
    assert mail["Message-ID"] == f"<{message.provider_id}>"
    assert mail["From"].addresses[0].addr_spec == "hello@shop.example.com"
    assert (mail["To"], mail["Reply-To"]) == ("p101@example.com", "sam@shop.example.com")
    assert mail["Subject"] == "Your Aurora Audio cart is saved"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    cart = find_cart_by_order(desk.store_id, 101)
    assert cart is not None
    assert cart.state == "contacted"
    assert cart.contacted_at is not None
    assert "Email sent: Your Aurora Audio cart is saved" in [told.text for told in story(cart.id)]
    assert "250" in (message.provider_answer or "")


def test_every_message_carries_its_own_working_way_out(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    desk.send()
    links = [mail["List-Unsubscribe"].strip("<>") for mail in sink.accepted]
    assert len(set(links)) == 2
    for mail, link in zip(sink.accepted, links, strict=True):
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert link.startswith("https://calls.example.com/u/")
        for part in mail.iter_parts():
            assert link in part.get_content()
            assert "ringback.invalid" not in part.get_content()
        token = link.rsplit("/", 1)[1]
        found = select(Message.to).where(Message.token_hash == leaving.token_hash_of(token))
        assert session().scalar(found) == mail["To"]
        assert token not in "".join(session().scalars(select(Message.html)))


def test_a_batch_goes_over_one_connection_after_one_question_to_the_shop(desk: Desk, sink: MailSink):
    desk.write(*range(200, 210))
    desk.shop.asked = 0
    moment = clock.now()  # on a busy machine two seconds pass, and the orders would rightly be read again
    assert sending.send_due(gateways=desk.gateways, clock=lambda: moment).sent == 10
    assert sink.connections == 1
    assert desk.shop.asked == 1


def test_who_paid_just_before_is_not_written_to_although_the_modified_date_stayed(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    desk.shop.change(101, status="processing", paid_at=clock.now())
    assert desk.send() == sending.SendResult(reserved=2, sent=1, cancelled=1)
    assert desk.state(101) == ("cancelled", "paid")
    assert sink.recipients == ["p102@example.com"]
    cart = find_cart_by_order(desk.store_id, 101)
    assert cart is not None
    assert cart.state == "recovered"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"status": "trash"}, "gone"), ({"status": "refunded"}, "paid"), ({"status": "completed"}, "paid")],
)
def test_what_ended_in_the_shop_ends_here(desk: Desk, sink: MailSink, changes: dict[str, str], reason: str):
    desk.write(101)
    desk.shop.change(101, **changes)
    desk.send()
    assert desk.state(101) == ("cancelled", reason)
    assert sink.accepted == []


def test_an_order_that_is_gone_is_not_written_about(desk: Desk, sink: MailSink):
    desk.write(101)
    del desk.shop.orders[101]
    desk.send()
    assert desk.state(101) == ("cancelled", "gone")
    assert sink.accepted == []


def test_a_shop_that_cannot_be_read_stops_everything_until_it_can(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    desk.shop.broken = GatewayError("The store answered with a web page.", code="not_json")
    assert desk.send() == sending.SendResult(reserved=2, put_back=2)
    assert desk.shop.asked == 1
    assert desk.state(101) == ("due", "store_unreadable")
    assert sink.accepted == []
    desk.shop.broken = None
    assert desk.send() == sending.SendResult()
    with transaction():
        store = session().get_one(Store, desk.store_id)
        store.health, store.poll_due_at = "ok", None
        for message in session().scalars(select(Message)):
            message.due_at = clock.now()
    assert desk.send().sent == 2


def test_a_cart_that_changed_is_written_about_as_it_is_now(desk: Desk, sink: MailSink):
    desk.write(101)
    with transaction():
        message = desk.message(101)
        message.composed_of, message.html, message.text = "another", "old", "old"
    desk.send()
    (mail,) = sink.accepted
    assert "HX-2 Turntable" in next(mail.iter_parts()).get_content()


def test_a_customer_who_is_back_in_the_checkout_is_left_in_peace(desk: Desk, sink: MailSink):
    desk.write(101)
    now = clock.now()
    desk.shop.change(101, lines=(a_line(quantity=2, total_minor=80000),), total_minor=83000, modified_at=now)
    desk.send()
    assert sink.accepted == []
    message = desk.message(101)
    assert (message.state, message.reason) == ("planned", "cart_changed")
    assert message.due_at > now + timedelta(minutes=40)


def test_who_said_stop_a_second_ago_gets_nothing(desk: Desk, sink: MailSink):
    desk.write(101)
    with transaction():
        opt_out(desk.store_id, "email", "P101@example.com", source="call", vault=VAULT, now=clock.now())
    desk.send()
    assert desk.state(101) == ("cancelled", "opted_out")
    assert sink.accepted == []


def test_the_law_of_the_place_decides_and_its_rule_is_kept(desk: Desk, sink: MailSink):
    desk.write(101, country="DE", state="")
    desk.send()
    message = desk.message(101)
    assert (message.state, message.reason) == ("cancelled", "no_basis")
    assert "basis.consent.DE/" in (message.reason_words or "")
    assert sink.accepted == []


def test_a_person_whom_a_rep_has_is_waited_for(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    held = desk.message(101)
    with transaction():
        silence.hold(held.contact_id, "task:1", "Sam has a call with Dana.", clock.now() + timedelta(hours=1))
    assert desk.send().sent == 1
    assert desk.state(101) == ("due", "person_held")
    with transaction():
        silence.release(held.contact_id, "task:1")
    assert desk.send().sent == 1
    assert sink.recipients == ["p102@example.com", "p101@example.com"]


def test_a_person_whom_a_rep_has_is_not_even_reserved(desk: Desk):
    desk.write(101)
    with transaction():
        silence.hold(desk.message(101).contact_id, "task:1", "Sam has a call.", clock.now() + timedelta(hours=1))
        assert leaving.reserve(now=clock.now(), limit=10) == []
        assert len(leaving.reserve(now=clock.now() + timedelta(hours=2), limit=10)) == 1


def test_what_happens_while_the_shop_is_asked_still_counts(desk: Desk, sink: MailSink):
    desk.write(101, 102, 103)
    contact_id = desk.message(101).contact_id

    def meanwhile() -> None:
        with transaction():
            silence.hold(contact_id, "task:1", "Sam has a call.", clock.now() + timedelta(hours=1))
            opt_out(desk.store_id, "email", "p102@example.com", source="call", vault=VAULT, now=clock.now())
        desk.shop.meanwhile = None

    desk.shop.meanwhile = meanwhile
    assert desk.send() == sending.SendResult(reserved=3, sent=1, put_back=1, cancelled=1)
    assert sink.recipients == ["p103@example.com"]


def test_an_order_read_more_than_two_seconds_ago_is_read_again(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    start, late = clock.now(), [timedelta(0)]

    def slow_answer(_to: str) -> str:
        late[0] = timedelta(seconds=3)
        desk.shop.change(102, status="processing", paid_at=start)
        return "250 OK"

    sink.at_end = slow_answer
    sending.send_due(gateways=desk.gateways, clock=lambda: clock.now() + late[0])
    assert sink.recipients == ["p101@example.com"]
    assert desk.state(102) == ("cancelled", "paid")


def test_nothing_leaves_a_store_that_is_not_live_or_paused(desk: Desk, sink: MailSink):
    desk.write(101)
    with transaction():
        session().get_one(Store, desk.store_id).live_at = None
    assert desk.send() == sending.SendResult()
    assert desk.state(101) == ("due", "not_live")
    with transaction():
        store = session().get_one(Store, desk.store_id)
        store.live_at = store.paused_at = clock.now()
    assert desk.send() == sending.SendResult()
    assert desk.state(101) == ("due", "paused")
    assert sink.accepted == []


def test_a_pause_in_the_middle_of_a_batch_stops_the_rest(desk: Desk, sink: MailSink, app: Flask):
    desk.write(*range(300, 310))

    def pause_after_three(_to: str) -> str:
        if len(sink.accepted) == 2:
            with app.app_context(), transaction():
                session().get_one(Store, desk.store_id).paused_at = clock.now()
        return "250 OK"

    sink.at_end = pause_after_three
    assert desk.send() == sending.SendResult(reserved=10, sent=3, put_back=7)
    assert len(sink.accepted) == 3
    assert desk.state(309) == ("due", "paused")


def test_one_person_with_two_carts_gets_one_mail_in_twelve_hours(desk: Desk, sink: MailSink):
    desk.write(101, 102, email="dana@example.com")
    assert desk.send() == sending.SendResult(reserved=2, sent=1, put_back=1)
    assert desk.state(102) == ("due", "too_close")
    assert desk.message(102).due_at > clock.now() + timedelta(hours=11)


def test_a_message_that_has_become_too_late_is_dropped(desk: Desk, sink: MailSink):
    desk.write(101)
    with transaction():
        desk.message(101).not_after_at = clock.now() - timedelta(seconds=1)
        sending.fill(now=clock.now())
    assert desk.send() == sending.SendResult()
    assert desk.state(101) == ("cancelled", "too_late")


def test_one_mail_provider_is_not_flooded(desk: Desk, sink: MailSink):
    put_setting(desk, "sending.per_domain_per_minute", "3")
    desk.write(*range(400, 405))
    assert desk.send() == sending.SendResult(reserved=5, sent=3, put_back=2)
    assert desk.state(404) == ("due", "pacing")


def test_without_a_mail_server_messages_say_so(desk: Desk):
    desk.write(101)
    sending.send_due(gateways=replace(desk.gateways, mail=None), clock=clock.now)
    assert desk.state(101) == ("due", "no_transport")


def test_an_error_of_our_own_with_one_message_stops_no_other(desk: Desk, sink: MailSink):
    desk.write(101, 102)
    with transaction():
        desk.message(101).step = "no-such-step"
    assert desk.send() == sending.SendResult(reserved=2, sent=1, put_back=1)
    assert desk.state(101) == ("due", "stumbled")
    assert sink.recipients == ["p102@example.com"]
