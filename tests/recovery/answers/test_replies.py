"""What a mail that came back leads to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from sidecar.calls.priority.ranking import ASKED
from sidecar.calls.priority.ranking import NOW as HAPPENING
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.contacts import silence
from sidecar.contacts.consent import Permission, permission
from sidecar.contacts.contact import ConsentProof, ContactPoint, OptOut
from sidecar.contacts.opt_outs import is_opted_out
from sidecar.db import session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Enrollment, Message
from sidecar.outreach.replies.reply import Reply
from sidecar.ports.mailbox import DeliveryReport, ReceivedMail
from sidecar.recovery.answers import replies
from sidecar.settings import settings_of
from tests.factories import NOW, VAULT, make_cart, make_contact, make_store, make_user

OURS = "ours-1@shop.example.com"


@pytest.fixture
def cart_id(app: Flask) -> int:
    """Dana's cart, written to once, with one more email planned; Eve has one too."""
    with transaction():
        store = make_store(live_at=NOW)
        dana = make_contact(store)
        cart = make_cart(store, dana, state="contacted", route="sequence")
        eve = make_contact(store, email="eve@example.com", phone_e164="+12125550199", first_name="Eve")
        other = make_cart(store, eve, 202, state="contacted", route="sequence")
        for number, one in enumerate((cart, other), 1):
            session().add(Enrollment(cart_id=one.id, sequence="reminder", enrolled_at=NOW))
            a_message(one, "reminder-1", state="sent", provider_id=f"ours-{number}@shop.example.com", sent_at=NOW)
            a_message(one, "reminder-2", state="planned")
        return cart.id


def a_message(cart: Cart, step: str, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "store_id": cart.store_id, "cart_id": cart.id, "contact_id": cart.contact_id, "channel": "email",
        "step": step, "to": cart.email, "subject": "Your cart is saved", "text": "Hello.\nStop these emails: link.",
        "created_at": NOW, "due_at": NOW + timedelta(days=1), "not_after_at": NOW + timedelta(days=6),
    }  # fmt: skip
    message = Message(**values | changes)
    session().add(message)
    session().flush()
    return message


def a_mail(text: str = "Is it in stock?", **changes: Any) -> ReceivedMail:
    values: dict[str, Any] = {
        "mail_id": "theirs-1@example.com", "at": NOW, "sender": "dana@example.com",
        "subject": "Re: Your cart is saved", "text": text, "names": (OURS,),
    }  # fmt: skip
    return ReceivedMail(**values | changes)


def take(text: str = "Is it in stock?", **changes: Any) -> str:
    with transaction():
        return replies.take_in(a_mail(text, **changes), own=("hello@shop.example.com",), vault=VAULT, now=NOW)


def told(cart_id: int) -> str:
    return " | ".join(event.text for event in story(cart_id))


def planned(cart_id: int) -> tuple[str, str | None]:
    session().rollback()
    query = select(Message.state, Message.reason).where(Message.cart_id == cart_id, Message.step == "reminder-2")
    state, reason = session().execute(query).one()
    return state, reason


def says_no(address: str, channel: str = "email") -> bool:
    return is_opted_out(1, channel, [address], vault=VAULT)


def the_reply() -> Reply:
    session().rollback()
    return session().scalars(select(Reply)).one()


def task_of(cart_id: int) -> CallTask | None:
    session().rollback()
    return session().scalar(select(CallTask).where(CallTask.cart_id == cart_id))


def test_a_no_ends_everything_for_that_person_at_once_and_nothing_for_another(cart_id: int) -> None:
    assert take("Please stop emailing me.") == "stop"
    assert says_no("dana@example.com")
    assert says_no("dana@example.com", "calls")
    assert planned(cart_id) == ("cancelled", "opted_out")
    assert planned(cart_id + 1) == ("planned", None)
    assert not says_no("eve@example.com")
    assert "Asked for no more messages and calls, by reply." in told(cart_id)
    assert the_reply().seen_at is None  # there may be more to it


def test_a_bare_no_needs_nobody_to_read_it(cart_id: int) -> None:
    take("STOP")
    assert the_reply().seen_at == NOW


def test_a_no_from_another_address_of_theirs_counts_for_both(cart_id: int) -> None:
    take("unsubscribe", sender="dana.private@example.org")
    assert says_no("dana@example.com")
    assert says_no("dana.private@example.org")


def test_a_no_is_honoured_however_unproven_even_from_strangers(cart_id: int) -> None:
    assert take("stop", names=()) == "stop"
    assert says_no("dana@example.com")
    assert take("stop", names=(), sender="stranger@example.net") == "stop"
    assert says_no("stranger@example.net")
    assert session().scalar(select(func.count()).select_from(Reply)) == 1  # of strangers nothing is kept


def test_a_no_under_the_name_of_an_earlier_mail_still_counts(cart_id: int) -> None:
    assert take("A question.") == "other"
    assert take("STOP") == "known"
    assert says_no("dana@example.com")


def test_a_mail_is_taken_in_once(cart_id: int) -> None:
    assert [take(), take()] == ["other", "known"]
    assert session().scalar(select(func.count()).select_from(Reply)) == 1
    assert told(cart_id).count("Wrote back") == 1


def test_a_question_stops_the_messages_and_waits_for_a_person(cart_id: int) -> None:
    assert take("Is it in stock?\n\nOn Tuesday, Sam <sam@example.com> wrote:\n> Stop these emails: link.") == "other"
    assert planned(cart_id) == ("cancelled", "replied")
    reply = the_reply()
    assert (reply.text, reply.cart_id, reply.is_proven, reply.seen_at) == ("Is it in stock?", cart_id, True, None)
    assert not session().scalars(select(OptOut)).all()
    held = silence.held(reply.contact_id or 0, now=NOW)
    assert held is not None
    with transaction():
        replies.see(reply.id, now=NOW)
    assert the_reply().seen_at == NOW
    assert silence.held(the_reply().contact_id or 0, now=NOW) is None


def test_a_reply_is_a_live_signal_for_a_cart_that_waits_for_a_call(cart_id: int) -> None:
    with transaction():
        queue.add(session().get_one(Cart, cart_id), due_at=NOW, threshold_minor=30000, now=NOW)
    take()
    task = task_of(cart_id)
    assert task is not None
    assert (task.rank_class, task.replied_at) == (HAPPENING, NOW)
    assert "wrote back" in task.why
    with transaction():
        queue.place(task, now=NOW + timedelta(minutes=16))
    assert task.rank_class > HAPPENING


def test_who_asks_to_be_called_is_first_in_the_queue_with_the_known_number(cart_id: int) -> None:
    assert take("Please call me on +49 30 1234567.") == "call_me"
    task = task_of(cart_id)
    assert task is not None
    assert (task.rank_class, task.state, task.callback_at) == (ASKED, "waiting", NOW)
    cart = session().get_one(Cart, cart_id)
    assert (cart.phone_e164, cart.route, cart.reason_code) == ("+12125550123", "call", "asked_for_call")
    proof = session().scalars(select(ConsentProof)).one()
    assert (proof.channel, proof.said_yes, proof.words) == ("calls", True, "Please call me on +49 30 1234567.")


def test_a_wish_to_be_called_is_consent_where_the_law_asks_for_one(cart_id: int) -> None:
    def may_call() -> Permission:
        cart = session().get_one(Cart, cart_id)
        return permission(1, cart.contact, cart, "calls", settings=settings_of(1), vault=VAULT, now=NOW)

    with transaction():
        cart = session().get_one(Cart, cart_id)
        cart.country, cart.phone_e164 = "DE", "+493012345678"
    assert not may_call().allowed
    take("Bitte rufen Sie mich an.")
    assert (may_call().allowed, may_call().code) == (True, "asked")
    take("Bitte rufen Sie mich nicht mehr an.", mail_id="theirs-2@example.com")
    assert not may_call().allowed


def test_a_wish_to_be_called_that_anybody_can_have_written_only_waits_to_be_read(cart_id: int) -> None:
    assert take("Please call me.", names=()) == "call_me"
    assert task_of(cart_id) is None
    assert the_reply().seen_at is None
    assert "anybody can have written" in told(cart_id)
    assert not session().scalars(select(ConsentProof)).all()


@pytest.mark.parametrize("without", ["number", "will", "payment"])
def test_nobody_is_called_without_a_number_or_against_a_no_or_after_paying(cart_id: int, without: str) -> None:
    with transaction():
        cart = session().get_one(Cart, cart_id)
        if without == "number":
            cart.phone_e164 = ""
        elif without == "payment":
            cart.status, cart.state, cart.paid_at = "processing", "recovered", NOW
        else:
            session().add(OptOut(store_id=1, channel="calls", address_fingerprint=VAULT.fingerprint(
                "address", "+12125550123"), said_at=NOW, source="call"))  # fmt: skip
    assert take("Please call me.") == "call_me"
    assert task_of(cart_id) is None
    assert "Not put into the call queue" in told(cart_id)
    assert the_reply().seen_at is None


def test_no_more_mails_but_a_call_gives_just_that(cart_id: int) -> None:
    assert take("Please stop emailing me. Call me instead.") == "stop"
    assert says_no("dana@example.com")
    assert not says_no("dana@example.com", "calls")
    task = task_of(cart_id)
    assert task is not None
    assert task.rank_class == ASKED


def test_an_automatic_answer_is_kept_and_changes_nothing(cart_id: int) -> None:
    assert take("I am away. To unsubscribe, click here. Please call me.", is_automatic=True) == "away"
    assert planned(cart_id) == ("planned", None)
    assert the_reply().seen_at == NOW
    assert not session().scalars(select(OptOut)).all()


def a_report(*, is_nobody: bool, action: str = "failed") -> tuple[DeliveryReport, ...]:
    status = "5.1.1" if is_nobody else "5.2.2"
    return (DeliveryReport("dana@example.com", action, status, f"550 {status} no", is_nobody),)


def dead() -> list[str]:
    session().rollback()
    return list(session().scalars(select(ContactPoint.address).where(ContactPoint.dead_at.is_not(None))))


def test_a_report_about_our_message_ends_a_dead_address(cart_id: int) -> None:
    assert take("", sender="mailer-daemon@example.com", reports=a_report(is_nobody=True)) == "bounce"
    assert dead() == ["dana@example.com"]
    assert planned(cart_id) == ("cancelled", "dead_address")
    assert the_reply().meaning == "bounce"


@pytest.mark.parametrize(
    ("names", "report"),
    [((), a_report(is_nobody=True)), ((OURS,), a_report(is_nobody=False)),
     ((OURS,), a_report(is_nobody=False, action="delayed"))],
)  # fmt: skip
def test_a_forged_report_or_a_full_mailbox_ends_nothing(cart_id: int, names: Any, report: Any) -> None:
    for number, sender in enumerate(("mailer-daemon@example.com", "dana@example.com")):
        take("", mail_id=f"r{number}@example.com", sender=sender, names=names, reports=report)
    assert dead() == []
    assert planned(cart_id) == ("planned", None)


def test_what_the_shop_itself_writes_is_no_reply(cart_id: int) -> None:
    with transaction():
        make_user("sam@shop.example.com")
    assert take("We stop sending you emails.", sender="sam@shop.example.com") == "ours"
    assert take("We stop sending you emails.", sender="hello@shop.example.com") == "ours"
    assert not session().scalars(select(OptOut)).all()


def test_an_answer_to_a_message_in_doubt_shows_that_it_arrived(cart_id: int) -> None:
    with transaction():
        doubtful = a_message(
            session().get_one(Cart, cart_id), "personal-1", state="review", attempt="a:9", data_started_at=NOW
        )
        name = leaving.message_id_of("a:9", "shop.example.com")
    assert take("Thanks!", names=(name,)) == "other"
    session().rollback()
    message = session().get_one(Message, doubtful.id)
    assert (message.state, message.provider_id) == ("sent", name)


def test_of_people_we_do_not_know_nothing_is_kept(cart_id: int) -> None:
    assert take("Do you sell cables?", names=("x@y.z",), sender="stranger@example.net") == "nobody"
    assert not session().scalars(select(Reply)).all()
