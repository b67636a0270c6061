"""One more email about a cart, after a call: only where it is permitted, once, and in the rep's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask

from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment
from sidecar.outreach.sequences.sequence import (
    TRIED,
    VOICEMAIL,
    Step,
    follows_call,
    is_asked_for,
    pay_link,
    step_called,
)
from sidecar.settings import Settings
from tests.cast import REP
from tests.factories import NOW, VAULT, make_cart, make_contact, make_store, make_user

MINUTE = timedelta(minutes=1)


@dataclass
class Called:
    """A cart somebody was called about, and the rep."""

    cart: Cart
    rep: User

    def add(self, step: Step = VOICEMAIL, *, at: datetime = NOW) -> Message:
        """Adds the email that follows, a minute later."""
        with transaction():
            return enrollment.add_step(
                session().get_one(Cart, self.cart.id),
                step,
                due_at=at + MINUTE,
                signed_by=self.rep.id,
                settings=Settings(),
                vault=VAULT,
                now=at,
            )


@pytest.fixture
def called(app: Flask) -> Called:
    with transaction():
        store = make_store()
        return Called(make_cart(store, make_contact(store), route="call"), make_user(REP))


def test_it_is_planned_in_the_reps_name_and_lives_for_a_day(called: Called) -> None:
    message = called.add()
    assert (message.step, message.state, message.reason) == ("voicemail-1", "planned", "follows_call")
    assert (message.signed_by, message.to) == (called.rep.id, "dana@example.com")
    assert (message.due_at, message.not_after_at) == (NOW + MINUTE, NOW + MINUTE + timedelta(hours=24))


def test_the_same_one_again_is_moved_and_not_doubled(called: Called) -> None:
    first = called.add()
    again = called.add(at=NOW + 5 * MINUTE)
    assert again.id == first.id
    assert again.due_at == NOW + 6 * MINUTE


def test_one_that_has_left_is_not_sent_again(called: Called) -> None:
    message = called.add()
    with transaction():
        message.state = "sent"
    with pytest.raises(Refused, match="After a voicemail: this email has left already"):
        called.add(at=NOW + 5 * MINUTE)


def test_nobody_is_written_to_who_said_no(called: Called) -> None:
    with transaction():
        opt_out(called.cart.store_id, "email", "dana@example.com", source="reply", vault=VAULT, now=NOW)
    with pytest.raises(Refused, match="asked not to be written to"):
        called.add()


def test_nobody_is_written_to_whose_country_asks_for_consent(called: Called) -> None:
    with transaction():
        session().get_one(Cart, called.cart.id).country = "DE"
    with pytest.raises(Refused, match="need consent"):
        called.add()


def test_without_an_address_there_is_nobody_to_write_to(called: Called) -> None:
    with transaction():
        session().get_one(Cart, called.cart.id).email = ""
    with pytest.raises(Refused, match="no email address"):
        called.add()


def test_it_stops_with_its_cart_and_can_be_promised_anew_by_the_next_call(called: Called) -> None:
    called.add(TRIED)
    with transaction():
        assert enrollment.stop(called.cart.id, "replied", now=NOW) == 1
    message = called.add(pay_link(7), at=NOW + 5 * MINUTE)
    assert (message.step, message.state) == ("pay-link-7", "planned")


def test_a_decision_about_reminders_leaves_it_alone(called: Called) -> None:
    message = called.add()
    with transaction():
        cart = session().get_one(Cart, called.cart.id)
        make_store(url="https://other.example.com")
        enrollment.enroll(cart, "reminder", settings=Settings(), now=NOW)
    session().refresh(message)
    assert message.state == "planned"


def test_steps_know_what_they_are_by_their_keys() -> None:
    assert step_called("pay-link-12").kind == "pay-link"
    assert [follows_call(key) for key in ("pay-link-12", "voicemail-1", "tried-1", "reminder-1", "personal-1")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert is_asked_for("pay-link-12")
    assert not is_asked_for("voicemail-1")
    for unknown in ("pay-link-x", "reminder-9", ""):
        with pytest.raises(KeyError):
            follows_call(unknown)
