"""One e-mail as bytes, made strictly: nothing from an order can become a header or end a part.

By hand because the standard EmailMessage costs about 2 ms a message (stack.md); tests read what is made here back
with the standard parser. Sources: RFC 5322 (headers), RFC 2047 (words that are not ASCII), RFC 2045 (bodies).
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, getaddresses, parseaddr

from sidecar.errors import GatewayError
from sidecar.ports import Mail

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
# What mail servers take without SMTPUTF8; deliberately narrower than RFC 5321 allows.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9.+-]{1,100}@[A-Za-z0-9.-]{1,200}")
_OURS = {
    "date",
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "subject",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}


def to_bytes(mail: Mail, *, at: datetime) -> bytes:
    """The mail with CRLF line ends, ASCII throughout, without dots doubled.

    Raises GatewayError (permanent, code "unsafe_mail") when a header or an address is not what it should be.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise _unsafe("the Message-ID")
    boundary = "=_" + hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]
    lines = [
        f"Date: {format_datetime(at)}",
        f"From: {_mailbox('From', *parseaddr(mail.sender))}",
        f"To: {_mailbox('To', mail.to_name, mail.to)}",
        *([f"Reply-To: {_mailboxes('Reply-To', mail.reply_to)}"] if mail.reply_to else []),
        f"Subject: {_words('Subject', mail.subject)}",
        f"Message-ID: <{mail.message_id}>",
        *_more(mail.headers),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "text/plain", mail.text),
        *_part(boundary, "text/html", mail.html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def address_of(mailbox: str) -> str:
    """The bare address of "Aurora Audio <hello@example.com>", with its domain in ASCII.

    Raises GatewayError (permanent, code "unsafe_mail") when there is none that mail servers take.
    """
    return _address(parseaddr(mailbox)[1])


def _address(typed: str) -> str:
    local, at, domain = typed.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise _unsafe("an address") from None
    address = f"{local}{at}{ascii_domain}"
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise _unsafe("an address")
    return address


def _mailbox(header: str, name: str, typed: str) -> str:
    address = _address(typed)
    if not name:
        return address
    if _is_plain(name) and len(name) < 60:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_words(header, name)}\r\n <{address}>"


def _mailboxes(header: str, several: str) -> str:
    """One or more mailboxes, a line for each. Raises for one that is none."""
    return ",\r\n ".join(_mailbox(header, name, typed) for name, typed in getaddresses([several]))


def _words(header: str, value: str) -> str:
    """The value as it stands when that is safe, else in encoded words, folded."""
    if any(sign in value for sign in "\r\n\0"):
        raise _unsafe(header)
    if _is_plain(value) and len(header) + len(value) < 200:
        return value
    return Header(value, "utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")


def _is_plain(value: str) -> bool:
    """Printable ASCII that no reader takes for an encoded word."""
    return value.isascii() and value.isprintable() and "=?" not in value and value == value.strip()


def _more(headers: Mapping[str, str]) -> list[str]:
    lines = []
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            raise _unsafe(f"the header {name[:40]!r}")
        if not _is_plain(value) or len(value) > 900:
            raise _unsafe(name)
        lines.append(f"{name}: {value}")
    return lines


def _part(boundary: str, kind: str, body: str) -> list[str]:
    """Quoted-printable: every "=" is encoded, so no line of the body can be the boundary."""
    unix = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    encoded = binascii.b2a_qp(unix.encode("utf-8", "replace"), istext=True).decode("ascii")
    head = [f"--{boundary}", f"Content-Type: {kind}; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", ""]
    return [*head, encoded.replace("\n", "\r\n").rstrip("\r\n"), ""]


def _unsafe(what: str) -> GatewayError:
    return GatewayError(
        f"{what[:1].upper()}{what[1:]} cannot be put into an email.", code="unsafe_mail", permanent=True
    )
