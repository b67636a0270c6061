"""A note for support: a mail to the shop with everything about the case, undoable for a minute, never to a customer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.db import session, transaction
from sidecar.outreach.delivery.support_mail import SupportMail
from sidecar.recovery.calls import support
from sidecar.stores.connection import Store
from tests.mail_server import MailSink, fine, mail_server
from tests.recovery.calls.on_the_phone import MINUTE, a_desk
from tests.recovery.calls.test_after_call import Desk
from tests.recovery.delivery.days import HOUR
from tests.recovery.delivery.writing import gateways

NOTE = "The walnut lid arrived broken the last time. They want a new one."


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A rep with Dana's cart, on a store whose support has an address."""
    return a_desk(sink, calls__support_email="support@shop.example.com")


def work(desk: Desk) -> int:
    """One round of the worker that hands over to support."""
    sent = support.send_due(gateways=gateways(desk.days.shop, desk.days.sink.url), clock=lambda: desk.days.now)
    session().rollback()
    return sent


def row() -> SupportMail:
    """The one mail to support, read anew."""
    return session().scalars(select(SupportMail).execution_options(populate_existing=True)).one()


def test_support_gets_the_note_with_order_items_and_who_to_answer(desk: Desk) -> None:
    call = desk.save("support_issue", note=NOTE)
    assert call.says.startswith("Your note goes to support@shop.example.com a minute after saving.")
    assert work(desk) == 0
    desk.days.now += MINUTE

    assert (work(desk), work(desk)) == (1, 0)

    [mail] = desk.days.sink.accepted
    assert (mail["To"], mail["Reply-To"]) == ("support@shop.example.com", desk.rep.email)
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert NOTE in text
    for said in ("101", "p101@example.com", "+12125550123", "/wp-admin/post.php?post=101&action=edit", "- 1 x"):
        assert said in text, said
    assert mail["List-Unsubscribe"] is None
    assert desk.days.told()[-1] == "Handed over to support: support@shop.example.com."
    assert row().state == "sent"


def test_what_is_taken_back_within_the_minute_never_leaves(desk: Desk) -> None:
    desk.save("support_issue", note=NOTE)
    desk.days.now += MINUTE / 2
    desk.undo()
    desk.days.now += HOUR
    assert work(desk) == 0
    assert (row().state, desk.days.sink.accepted) == ("cancelled", [])


def test_undo_after_that_says_that_it_has_left(desk: Desk) -> None:
    desk.save("support_issue", note=NOTE)
    desk.days.now += MINUTE
    work(desk)
    desk.undo()
    assert desk.days.told()[-1].endswith("The mail to support has left and cannot be called back.")


def test_nothing_leaves_while_the_store_is_paused(desk: Desk) -> None:
    desk.save("support_issue", note=NOTE)
    with transaction():
        session().get_one(Store, desk.days.store_id).paused_at = desk.days.now
    desk.days.now += HOUR
    assert work(desk) == 0
    with transaction():
        session().get_one(Store, desk.days.store_id).paused_at = None
    assert work(desk) == 1


def test_without_an_address_the_note_stands_on_the_cart(app: Flask, sink: MailSink) -> None:
    desk = a_desk(sink)
    assert desk.save("support_issue", note=NOTE).says.startswith("Your note stands on the cart.")
    assert session().scalars(select(SupportMail)).all() == []


def test_a_busy_server_is_asked_again_and_a_silent_one_never(desk: Desk) -> None:
    desk.save("support_issue", note=NOTE)
    desk.days.now += MINUTE
    desk.days.sink.at_recipient = lambda _to: "451 4.7.1 later"
    assert work(desk) == 0
    assert row().state == "due"
    desk.days.now += 2 * MINUTE
    desk.days.sink.at_recipient, desk.days.sink.at_end = fine, lambda _to: ""
    assert work(desk) == 0
    assert row().state == "unknown"
    desk.days.now += HOUR
    assert (work(desk), len(desk.days.sink.accepted)) == (0, 1)


def test_a_sender_that_died_leaves_doubt_and_nothing_twice(desk: Desk) -> None:
    desk.save("support_issue", note=NOTE)
    desk.days.now += MINUTE
    with transaction():
        row().state, row().lease_until = "sending", desk.days.now
    assert work(desk) == 0
    assert (row().state, desk.days.sink.accepted) == ("unknown", [])
    assert desk.days.told()[-1] == "Nobody knows whether the mail to support arrived. Ask there."
