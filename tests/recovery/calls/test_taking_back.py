"""Every verdict is taken back whole: the task, the cart, the wishes, and the mails that would have followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.calls.task import Call
from sidecar.contacts.contact import OptOut
from sidecar.db import session, transaction
from sidecar.outreach.delivery.support_mail import SupportMail
from sidecar.settings import put
from tests.cast import OTHER_REP
from tests.factories import make_user
from tests.mail_server import MailSink, mail_server
from tests.recovery.calls.on_the_phone import a_desk
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


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        ("no_answer", {}),
        ("busy_failed", {}),
        ("left_voicemail", {}),
        ("left_with_person", {"discreet": True}),
        ("link_sent", {}),
        ("recovered_on_call", {}),
        ("callback", {"when": "in an hour"}),
        ("not_interested", {"reasons": ("just_looking",)}),
        ("wrong_number", {}),
        ("language_barrier", {"language": "es"}),
        ("language_barrier", {"language": "de"}),
        ("do_not_call", {"confirmed": True, "scope": "all"}),
        ("already_bought", {}),
        ("support_issue", {"note": "Broken lid."}),
        ("skip", {"skip_reason": "no_time"}),
    ],
)
def test_every_verdict_is_taken_back_whole(desk: Desk, outcome: str, more: dict[str, object]) -> None:
    with transaction():
        put(desk.days.store_id, "calls.support_email", "help@shop.example.com", by="test", now=desk.days.now)
        make_user(OTHER_REP).languages = ["es"]
    desk.save("no_answer")  # so that there is something to go back to
    desk.days.run(23 * HOUR)
    if "when" in more:
        more = {"when": (desk.days.now + HOUR).isoformat()}
    before = standing(desk)
    desk.save(outcome, **more)
    assert standing(desk) != before
    desk.days.now += 30 * SECOND
    desk.undo()

    assert standing(desk) == before
    desk.days.run(2 * DAY)
    assert desk.days.sent == []
    assert session().scalars(select(SupportMail).where(SupportMail.state != "cancelled")).all() == []


def standing(desk: Desk) -> dict[str, object]:
    """Everything that a verdict may change, apart from who holds the task since when."""
    task, cart = desk.task(), desk.days.cart()
    of_task = ("attempts", "tried_parts", "busy_before", "voicemail_left", "link_sent", "link_at", "callback_at",
               "callback_tries", "for_user_id", "ends_on_reply", "language", "unpaid_look_at", "first_attempt_at",
               "done_at", "done_reason")  # fmt: skip
    of_cart = ("state", "route", "contacted_at", "closed_at", "closed_reason")
    kept = session().scalars(select(OptOut.channel)).all()
    return (
        {name: getattr(task, name) for name in of_task}
        | {f"cart.{name}": getattr(cart, name) for name in of_cart}
        | {"open": task.state != "done", "said": task.contact.language, "no": list(kept), "rings": calls_made(desk)}
    )


def calls_made(desk: Desk) -> int:
    """How many calls stand, those that were taken back left out."""
    return len(session().scalars(select(Call.id).where(Call.undone_at.is_(None))).all())
