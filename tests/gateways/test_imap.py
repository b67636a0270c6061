"""Reading a mailbox, against a real IMAP server and against ones that misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from sidecar import clock
from sidecar.errors import GatewayError
from sidecar.gateways import imap_client
from sidecar.gateways.imap import ImapMailbox
from tests.gateways.certificates import tls_for_loopback
from tests.mailbox_server import MailboxServer, mailbox_server


@pytest.fixture(scope="module")
def server() -> Iterator[MailboxServer]:
    """A server for all tests here; each finds what the others have left."""
    with mailbox_server() as running:
        yield running


def a_mail(subject: str = "Hello", text: str = "A question.\n", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Dana <dana@example.com>", "hello@shop.example.com", subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def waiting(url: str, *, after: int = 0) -> list[int]:
    connection = ImapMailbox(url).open()
    try:
        return connection.waiting(after=after, since=clock.now() - timedelta(days=2))
    finally:
        connection.close()


def test_mails_are_read_in_order_and_only_those_after_the_last_one(server: MailboxServer) -> None:
    before = waiting(server.url)
    server.deliver(a_mail("First", Message_ID="<first@example.com>"))
    server.deliver(a_mail("Second", In_Reply_To="<ours@shop.example.com>"))

    connection = ImapMailbox(server.url).open()
    first, second = connection.waiting(after=max(before, default=0), since=clock.now() - timedelta(days=2))
    mails = [connection.read(first), connection.read(second)]

    assert [mail.subject for mail in mails if mail] == ["First", "Second"]
    assert [mail.mail_id for mail in mails[:1] if mail] == ["first@example.com"]
    assert [mail.names for mail in mails[1:] if mail] == [("ours@shop.example.com",)]
    assert mails[0] is not None
    assert mails[0].sender == "dana@example.com"
    assert abs(mails[0].at - clock.now()) < timedelta(minutes=1)
    assert connection.waiting(after=second, since=clock.now()) == []
    assert connection.read(second + 100) is None
    assert connection.uid_validity > 0
    connection.close()


def test_reading_leaves_the_mailbox_as_it_was_unless_marking_is_allowed(server: MailboxServer) -> None:
    server.deliver(a_mail("Unread"))
    uid = waiting(server.url)[-1]
    for url, flagged in ((server.url, False), (f"{server.url}&mark=seen", True)):
        connection = ImapMailbox(url).open()
        connection.read(uid)
        connection.mark(uid)
        connection.close()
        assert (rb"\Seen" in server.flags()[-1]) is flagged
    assert waiting(server.url)[-1] == uid


def test_of_a_huge_mail_only_the_beginning_is_read(server: MailboxServer) -> None:
    server.deliver(a_mail("Huge", "Please stop.\n" + "x" * 2_000_000))
    connection = ImapMailbox(server.url).open()
    mail = connection.read(connection.waiting(after=0, since=clock.now() - timedelta(days=2))[-1])
    connection.close()
    assert mail is not None
    assert mail.text.startswith("Please stop.")
    assert len(mail.text) < 50_000


def test_a_refused_sign_in_says_who_and_never_the_password(server: MailboxServer) -> None:
    with pytest.raises(GatewayError) as refused:
        ImapMailbox(server.url.replace("p%3Aw", "secret")).open()
    assert refused.value.code == "mailbox_sign_in"
    assert "replies@shop.example.com" in refused.value.reason
    assert "secret" not in refused.value.reason
    assert "p:w" not in ImapMailbox(server.url).name


def test_a_folder_that_is_not_there_is_named(server: MailboxServer) -> None:
    with pytest.raises(GatewayError) as refused:
        ImapMailbox(server.url.replace("/INBOX", "/Nowhere")).open()
    assert "Nowhere" in refused.value.reason


@pytest.mark.parametrize("first_tls", [True, False])
def test_both_ways_of_encryption_work_and_a_strange_certificate_is_refused(tmp_path: Path, first_tls: bool) -> None:
    context, trusted = tls_for_loopback(tmp_path)
    with mailbox_server(tls=context, first_tls=first_tls) as server:
        url = server.url.replace("?tls=none", "" if first_tls else "?tls=starttls")
        url = url.replace("imap://", "imaps://") if first_tls else url
        ImapMailbox(url, tls_context=ssl.create_default_context(cafile=trusted)).open().close()
        with pytest.raises(GatewayError) as refused:
            ImapMailbox(url).open()
    assert refused.value.code == "mail_certificate"


def test_no_encryption_is_refused_where_it_is_asked_for_or_needed(server: MailboxServer) -> None:
    for url in (server.url.replace("tls=none", "tls=starttls"), "imap://u:p@192.0.2.1?tls=none"):
        with pytest.raises(GatewayError) as refused:
            ImapMailbox(url).open()
        assert refused.value.code == "mail_no_tls"


@contextmanager
def a_liar(answer: bytes, *, endless: bytes = b"") -> Iterator[str]:
    """A server that greets and then says the same to everything; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)
    stop = threading.Event()

    def serve() -> None:
        try:
            client, _ = listening.accept()
            client.sendall(answer)
            while endless and not stop.wait(0.05):
                client.sendall(endless)
            stop.wait(5)
            client.close()
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"imap://u:p@127.0.0.1:{listening.getsockname()[1]}?tls=none"
    finally:
        stop.set()
        listening.close()
        thread.join(5)


def test_a_server_that_sends_too_much_is_cut_off() -> None:
    with a_liar(b"* OK hi\r\n* CAPABILITY {999999999}\r\n") as url, pytest.raises(GatewayError) as cut:
        ImapMailbox(url).open()
    assert "999999999 bytes" in cut.value.reason


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_client, "LOOK_SECONDS", 0.3)
    began = time.monotonic()
    with a_liar(b"* OK ", endless=b"x") as url, pytest.raises(GatewayError) as late:
        ImapMailbox(url).open()
    assert "cannot be read" in late.value.reason
    assert time.monotonic() - began < 3


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(GatewayError) as refused:
        ImapMailbox("imap://u:p@127.0.0.1:9?tls=none").open()
    assert refused.value.reason.startswith("127.0.0.1:9 cannot be read")
    assert not refused.value.permanent
