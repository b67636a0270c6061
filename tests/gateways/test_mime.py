"""What stands on the wire is what was meant, whatever an order says."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.errors import GatewayError
from sidecar.gateways.mime import to_bytes
from sidecar.ports import Mail

AT = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


def a_mail(**changes: Any) -> Mail:
    values: dict[str, Any] = {
        "message_id": "5f0c@example.com",
        "to": "dana@example.com",
        "to_name": "",
        "sender": '"Aurora Audio" <hello@example.com>',
        "reply_to": "sam@example.com",
        "subject": "Your Aurora Audio cart is saved",
        "text": "Hi Dana,\n",
        "html": "<p>Hi Dana,</p>\n",
        "headers": {"List-Unsubscribe": "<https://calls.example.com/u/abc>"},
    }
    return Mail(**values | changes)


def read(mail: Mail) -> EmailMessage:
    made = to_bytes(mail, at=AT)
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert max(len(line) for line in made.split(b"\r\n")) < 998
    return email.message_from_bytes(made, policy=email.policy.default)


def bodies(message: EmailMessage) -> list[str]:
    return [str(part.get_content()).replace("\r\n", "\n") for part in message.iter_parts()]


def test_a_plain_mail_is_read_back_as_it_was_written():
    message = read(a_mail())
    assert message["Subject"] == "Your Aurora Audio cart is saved"
    assert message["From"] == '"Aurora Audio" <hello@example.com>' or str(message["From"].addresses[0]) == (
        "Aurora Audio <hello@example.com>"
    )
    assert message["To"] == "dana@example.com"
    assert message["Reply-To"] == "sam@example.com"
    assert message["Message-ID"] == "<5f0c@example.com>"
    assert message["Date"].datetime == AT
    assert message["List-Unsubscribe"] == "<https://calls.example.com/u/abc>"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert bodies(message) == ["Hi Dana,\n", "<p>Hi Dana,</p>\n"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_subject_arrives_and_adds_no_header(subject: str):
    message = read(a_mail(subject=subject))
    assert "".join(message["Subject"].split()) == "".join(subject.split())
    assert sorted(message.keys()) == sorted(read(a_mail()).keys())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_body_arrives_whole_and_ends_no_part(body: str):
    text, html = bodies(read(a_mail(text=body, html=body)))
    assert text.rstrip("\n") == html.rstrip("\n") == body.rstrip("\n")


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hello\r\nBcc: everyone@example.com"},
        {"subject": "Hello\nBcc: everyone@example.com"},
        {"to": "dana@example.com\r\nBcc: everyone@example.com"},
        {"to": "dana@example.com, everyone@example.com"},
        {"to": "<dana@example.com> SIZE=1"},
        {"to": "dana@exam ple.com"},
        {"to": ""},
        {"to_name": "Dana\nBcc: everyone@example.com"},
        {"message_id": "a> \r\nBcc: x <b@example.com"},
        {"headers": {"X-A\r\nBcc": "everyone@example.com"}},
        {"headers": {"List-Unsubscribe": "<x>\r\nBcc: everyone@example.com"}},
        {"headers": {"Bcc": "everyone@example.com"}},
    ],
)
def test_nothing_can_add_a_header_or_a_recipient(change: dict[str, Any]):
    with pytest.raises(GatewayError) as refused:
        to_bytes(a_mail(**change), at=AT)
    assert refused.value.permanent


def test_a_subject_that_looks_encoded_is_shown_as_it_stands():
    message = read(a_mail(subject="=?utf-8?q?Free_money?="))
    assert message["Subject"] == "=?utf-8?q?Free_money?="


def test_names_with_quotes_and_letters_of_any_alphabet_stay_names():
    message = read(a_mail(sender='"Sam \\"S\\" von Öl, GmbH" <hello@example.com>', to_name="Ольга Иванова"))
    assert message["From"].addresses[0].display_name == 'Sam "S" von Öl, GmbH'
    assert message["From"].addresses[0].addr_spec == "hello@example.com"
    assert message["To"].addresses[0].display_name == "Ольга Иванова"


def test_a_domain_in_another_alphabet_is_written_in_ascii():
    assert read(a_mail(to="dana@exämple.com"))["To"] == "dana@xn--exmple-cua.com"
