"""From our mail through a real mailbox back to the cart: read once, whatever lies in it and whatever goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select, update

from sidecar import clock
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.gateways.imap import ImapMailbox
from sidecar.outreach.replies.reply import MailboxPlace, Reply
from sidecar.ports import Gateways
from sidecar.recovery.answers import mailbox, replies
from tests.gateways.test_received import HOSTILE, report
from tests.mail_server import MailSink, mail_server
from tests.mailbox_server import MailboxServer, mailbox_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop
from workers import jobs


@pytest.fixture
def box() -> Iterator[MailboxServer]:
    """An empty mailbox."""
    with mailbox_server() as running:
        yield running


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(app: Flask, sink: MailSink) -> Desk:
    """A live store with one email that has just been sent to p101@example.com."""
    with transaction():
        store = make_live_store()
    desk = Desk(store.id, Shop(), sink.url)
    desk.write(101)
    assert desk.send().sent == 1
    return desk


def gateways(desk: Desk, box: MailboxServer) -> Gateways:
    return replace(desk.gateways, mailbox=ImapMailbox(box.url))


def look(desk: Desk, box: MailboxServer, after: timedelta = timedelta(0)) -> Counter[str]:
    session().rollback()
    return mailbox.read_mailbox(gateways=gateways(desk, box), clock=lambda: clock.now() + after)


def answer(sink: MailSink, text: str, message_id: str = "<theirs@example.com>") -> EmailMessage:
    """What a mail program makes of an answer to the mail that arrived."""
    ours = sink.accepted[0]
    mail = EmailMessage()
    mail["From"], mail["To"] = "P <p101@example.com>", str(ours["Reply-To"] or ours["From"])
    mail["Subject"], mail["Message-ID"] = f"Re: {ours['Subject']}", message_id
    mail["In-Reply-To"] = mail["References"] = str(ours["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in next(ours.iter_parts()).get_content().splitlines())
    mail.set_content(f"{text}\n\nOn Tuesday, Aurora Audio <hello@shop.example.com> wrote:\n{quoted}\n")
    return mail


def place() -> MailboxPlace:
    session().rollback()
    return session().scalars(select(MailboxPlace)).one()


def kept() -> list[Reply]:
    session().rollback()
    return list(session().scalars(select(Reply).order_by(Reply.id)))


def test_an_answer_finds_its_way_from_our_mail_to_the_cart_once(desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    box.deliver(answer(sink, "Is the walnut one in stock?"))
    assert look(desk, box) == {"other": 1}
    assert look(desk, box) == {}
    (reply,) = kept()
    assert (reply.text, reply.message_id) == ("Is the walnut one in stock?", desk.message(101).id)
    assert reply.is_proven
    box.deliver(answer(sink, "STOP", "<second@example.com>"))
    assert look(desk, box) == {"stop": 1}
    assert not box.flags()[0].count(rb"\Seen")


def test_a_mailbox_that_numbers_its_mails_anew_is_read_again_and_nothing_twice(
    desk: Desk, sink: MailSink, box: MailboxServer
) -> None:
    box.deliver(answer(sink, "A question"))
    look(desk, box)
    with transaction():
        session().execute(update(MailboxPlace).values(uid_validity=1, last_uid=999999))
    assert look(desk, box) == {"known": 1}
    assert len(kept()) == 1


def test_a_report_of_a_mail_server_is_read_like_any_mail(desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    ours = str(sink.accepted[0]["Message-ID"]).strip("<>")
    came_back = report("5.1.1", "550 5.1.1 user unknown")
    box.deliver(came_back.replace(b"ours@shop.example.com", ours.encode()).replace(b"Dana@Example", b"p101@Example"))
    assert look(desk, box) == {"bounce": 1}
    desk.write(102, email="p101@example.com")
    assert desk.state(102)[0] in ("due", "planned")
    desk.send()
    assert len(sink.accepted) == 1


def test_hostile_mails_keep_no_other_waiting(desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    for raw in HOSTILE.values():
        if 0 < len(raw) < 5000:  # the long ones are too much for the server itself; read_mail is tried with all
            box.deliver(raw)
    box.deliver(answer(sink, "STOP"))
    taken = look(desk, box)
    assert taken["stop"] >= 1
    assert taken["broken"] == 0
    assert len(kept()) == 1


def test_an_error_of_our_own_with_one_mail_keeps_no_other_waiting(
    desk: Desk, sink: MailSink, box: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_given: object, **_named: object) -> None:
        raise RuntimeError("made up")

    box.deliver(answer(sink, "First"))
    with monkeypatch.context() as patched:
        patched.setattr(replies, "find_match", stumble)
        assert look(desk, box) == {"broken": 1}
    box.deliver(answer(sink, "Second", "<second@example.com>"))
    assert look(desk, box) == {"other": 1}
    assert [reply.text for reply in kept()] == ["Second"]


def test_two_workers_take_in_each_mail_once(desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    box.deliver(answer(sink, "A question"))
    uid = 0
    connection = ImapMailbox(box.url).open()
    uid = connection.waiting(after=0, since=clock.now() - timedelta(days=1))[0]
    connection.close()
    mailbox_name = ImapMailbox(box.url).name
    with transaction():
        session().add(MailboxPlace(name=mailbox_name, uid_validity=connection.uid_validity, last_uid=uid - 1))

    class Late:
        """The other worker has moved on while this one was reading."""

        name = mailbox_name

        def open(self) -> object:
            opened = ImapMailbox(box.url).open()
            waiting = opened.waiting(after=uid - 1, since=clock.now() - timedelta(days=1))
            look(desk, box)
            opened.waiting = lambda **_asked: waiting  # type: ignore[method-assign]
            return opened

    taken = mailbox.read_mailbox(gateways=replace(desk.gateways, mailbox=Late()), clock=clock.now)  # type: ignore[arg-type]
    assert taken == {"taken_elsewhere": 1}
    assert len(kept()) == 1


def test_a_mailbox_that_cannot_be_read_is_told_and_left_alone_for_a_while(desk: Desk, box: MailboxServer) -> None:
    wrong = MailboxServer(9)
    assert look(desk, wrong) == {}
    trouble = mailbox.find_trouble()
    assert trouble is not None
    assert "127.0.0.1:9 cannot be read" in (trouble.trouble or "")
    first = place().failures
    look(desk, wrong)
    assert place().failures == first
    look(desk, wrong, timedelta(minutes=1))
    assert place().failures == first + 1


def test_a_mailbox_that_is_back_is_no_trouble_any_more(desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    with transaction():
        name, since = ImapMailbox(box.url).name, clock.now()
        session().add(MailboxPlace(name=name, trouble="away", failures=3, trouble_since=since))
    box.deliver(answer(sink, "Hello"))
    assert look(desk, box) == {"other": 1}
    assert mailbox.find_trouble() is None


def test_without_a_mailbox_nothing_is_read(desk: Desk) -> None:
    assert mailbox.read_mailbox(gateways=desk.gateways, clock=clock.now) == {}


def test_the_workers_job_reads_it(app: Flask, desk: Desk, sink: MailSink, box: MailboxServer) -> None:
    app.extensions["ringback.gateways"] = gateways(desk, box)
    box.deliver(answer(sink, "A question"))
    session().rollback()
    jobs.read_mailbox()
    assert [reply.text for reply in kept()] == ["A question"]


def test_of_many_mails_a_look_takes_some_and_the_next_look_the_rest(
    desk: Desk, sink: MailSink, box: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "AT_ONCE", 2)
    with box.client() as imap:
        for number in range(3):
            imap.append("INBOX", "", "", answer(sink, f"Question {number}", f"<q{number}@example.com>").as_bytes())
    assert [look(desk, box), look(desk, box), look(desk, box)] == [{"other": 2}, {"other": 1}, {}]
    assert [reply.text for reply in kept()] == ["Question 0", "Question 1", "Question 2"]


def test_a_look_that_breaks_off_keeps_what_it_has_and_is_no_trouble(
    desk: Desk, sink: MailSink, box: MailboxServer
) -> None:
    box.deliver(answer(sink, "First"))
    box.deliver(answer(sink, "Second", "<second@example.com>"))

    class Tired:
        """A server that is away after the first mail."""

        name = ImapMailbox(box.url).name

        def open(self) -> object:
            opened = ImapMailbox(box.url).open()
            first, read = opened.waiting(after=0, since=clock.now() - timedelta(days=1))[0], opened.read

            def once(uid: int) -> object:
                if uid != first:
                    raise GatewayError("it took longer than 60 s")
                return read(uid)

            opened.read = once  # type: ignore[method-assign, assignment]
            return opened

    tired = replace(desk.gateways, mailbox=Tired())  # type: ignore[arg-type]
    assert mailbox.read_mailbox(gateways=tired, clock=clock.now) == {"other": 1}
    assert mailbox.find_trouble() is None
    assert look(desk, box) == {"other": 1}
    assert [reply.text for reply in kept()] == ["First", "Second"]
