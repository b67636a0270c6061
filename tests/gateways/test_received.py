"""Mails as they come: broken, huge, lying and hostile ones become a value all the same."""

from __future__ import annotations

import random
import time

import pytest

from sidecar.gateways.received import READ_AT_MOST, read_mail

HEAD = b"From: Dana <Dana@Example.com>\r\nMessage-ID: <m1@example.com>\r\n"


def mail(*headers: str, body: bytes = b"Hello\r\n") -> bytes:
    return HEAD + "".join(f"{header}\r\n" for header in headers).encode("utf-8", "surrogateescape") + b"\r\n" + body


def report(status: str, words: str, *, action: str = "failed") -> bytes:
    """What a mail server reports, enclosing the head of our mail."""
    return mail(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        body=(
            "--b\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
            f"Final-Recipient: rfc822; Dana@Example.com\r\nAction: {action}\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; {words}\r\n\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: <ours@shop.example.com>\r\n"
            "--b--\r\n"
        ).encode(),
    )


def test_an_ordinary_answer_is_read_whole() -> None:
    read = read_mail(
        mail(
            "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=",
            "References: <one@x.example> <two@x.example>",
            "In-Reply-To: <two@x.example>",
            "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: quoted-printable",
            body=b"Gr=FC=DFe\r\n> quoted\r\n",
        )
    )
    assert (read.mail_id, read.sender, read.subject) == ("m1@example.com", "dana@example.com", "Größe")
    assert read.text == "Grüße\n> quoted"
    assert read.names == ("two@x.example", "one@x.example")
    assert not read.is_automatic


def test_html_alone_is_read_as_text_and_its_quotes_are_marked() -> None:
    page = (
        b"<html><head><style>p{}</style><title>t</title></head><body><p>Please&nbsp;call <b>me</b></p><!-- no -->"
        b"<script>alert(1)</script><div>4 &lt; 5</div><blockquote><p>You left this</p></blockquote></body></html>"
    )
    read = read_mail(mail("Content-Type: text/html; charset=utf-8", body=page))
    assert [line for line in read.text.split("\n") if line] == ["Please call me", "4 < 5", "> You left this"]


@pytest.mark.parametrize(
    ("status", "words", "is_nobody"),
    [
        ("5.1.1", "550 5.1.1 user unknown", True),
        ("5.0.0", "550 No such user here", True),
        ("5.2.2", "552 5.2.2 mailbox full", False),
        ("5.7.1", "550 5.7.1 blocked for spam; user unknown", False),
        ("4.4.1", "no answer", False),
    ],
)
def test_a_delivery_report_says_who_and_whether_there_is_nobody(status: str, words: str, is_nobody: bool) -> None:
    read = read_mail(report(status, words))
    (found,) = read.reports
    assert (found.recipient, found.status, found.is_nobody) == ("dana@example.com", status, is_nobody)
    assert read.names == ("ours@shop.example.com",)
    assert read.is_automatic


def test_a_delay_is_not_the_end_of_an_address() -> None:
    (found,) = read_mail(report("5.1.1", "550 5.1.1 user unknown", action="delayed")).reports
    assert not found.is_nobody


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "List-Id: <news.example.com>",
        "Subject: Automatische Antwort: Warenkorb",
        "Subject: Out of Office: back on Monday",
        "Return-Path: <>",
    ],
)
def test_automatic_answers_are_known(header: str) -> None:
    assert read_mail(mail(header)).is_automatic
    assert not read_mail(mail("Auto-Submitted: no", "Subject: Office chairs")).is_automatic


def test_the_same_mail_without_an_id_has_the_same_digest() -> None:
    one = read_mail(b"From: a@example.com\r\n\r\nHi")
    assert one.mail_id == read_mail(b"From: a@example.com\r\n\r\nHi").mail_id
    assert one.mail_id != read_mail(b"From: a@example.com\r\n\r\nHo").mail_id


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000))
ENCLOSED = b"Content-Type: message/rfc822\r\n\r\n" * 7000
HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 1000,
    "one long line": b"Subject: " + b"x" * 3_000_000,
    "no end of headers": b"X: y\r\n" * 50_000,
    "a wall of boundaries": HEAD + NESTED,
    "mails in mails": HEAD + ENCLOSED,
    "an unknown charset": mail("Content-Type: text/plain; charset=klingon", body=b"\xff\xfe stop"),
    "a charset that is none": mail("Content-Type: text/plain; charset=zip", body=b"\xff\xfe stop"),
    "a lie about base64": mail("Content-Transfer-Encoding: base64", body=b"!!! not base64 ==="),
    "a broken word": mail("Subject: =?utf-8?b?//8=?= =?x?q?=?= =?utf-8?b?####?="),
    "two senders": mail("From: <evil@example.com>, dana@example.com", "Sender: x"),
    "a sender that is none": b"From: \"<a@b.c>\" <@@>\r\nMessage-ID: <>\r\n\r\nx",
    "open tags": mail("Content-Type: text/html", body=b"<" * 200_000),
    "open comments": mail("Content-Type: text/html", body=b"<!--" * 60_000),
    "open styles": mail("Content-Type: text/html", body=b"<style>" * 30_000),
    "deep quotes": mail("Content-Type: text/html", body=b"<blockquote>x" * 18_000),
    "turned text": mail("Subject: \u202egnp.exe", body="\u202epots\u200b".encode()),
    "a report about nobody": mail(
        "Content-Type: multipart/report; boundary=b",
        body=b"--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 9\r\n--b--",
    ),
    "a header of a header": mail("Subject: a\r\n\tBcc: b@example.com"),
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mail_is_read_in_time_and_stays_small(raw: bytes) -> None:
    began = time.monotonic()
    read = read_mail(raw)
    assert time.monotonic() - began < 3
    assert read.mail_id
    assert len(read.text) <= 20_000
    assert "\n" not in read.subject + read.sender
    assert not set(read.text + read.subject) & set("\u202e\u200b\0")


def test_random_damage_never_stops_the_reader() -> None:
    dice = random.Random(8)
    whole = report("5.1.1", "550 5.1.1 user unknown") + mail("Content-Type: text/html", body=b"<p>stop</p>")
    for _ in range(300):
        torn = bytearray(whole)
        for _ in range(dice.randrange(1, 30)):
            torn[dice.randrange(len(torn))] = dice.randrange(256)
        read_mail(bytes(torn[: dice.randrange(len(torn))]))


def test_no_more_than_the_beginning_is_looked_at() -> None:
    read = read_mail(mail(body=b"Stop.\r\n" + b"x" * READ_AT_MOST + b"\r\nend"))
    assert read.text.startswith("Stop.")
    assert "end" not in read.text
