"""A mail as it came, read without trust: broken, huge, lying or hostile, it becomes a ReceivedMail all the same.

Sources: RFC 5322 (headers), 3464 (delivery reports), 3834 (automatic answers).
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from sidecar.gateways.html_text import text_of_html
from sidecar.gateways.smtp_answers import says_nobody
from sidecar.ports.mailbox import DeliveryReport, ReceivedMail

READ_AT_MOST = 256_000  # bytes of one mail; what a person writes stands at the beginning
_TEXT_AT_MOST = 20_000
_BOUNDARIES_AT_MOST = 40  # more is no letter, and reading each line against all of them takes minutes
_PARTS_AT_MOST = 60
_NAMES_AT_MOST = 30
_REPORTS_AT_MOST = 20

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250}@[^<>\s]{1,250})>")
_ADDRESS = re.compile(r"[^\s<>\"(),:;@]{1,64}@[A-Za-z0-9.-]{1,255}")
_AUTOMATIC_SUBJECT = re.compile(
    r"^(?:auto(?:matic|matische)?[- ]?(?:reply|response|antwort)|out of (?:the )?office|abwesen|automatische antwort"
    r"|autoreply|réponse automatique|risposta automatica|respuesta automática)",
    re.IGNORECASE,
)
_MACHINES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply", "bounce", "bounces")
_BROKEN = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError, AssertionError)


def read_mail(raw: bytes, *, at: datetime | None = None) -> ReceivedMail:
    """What can be read of a mail; `at` is when the server got it. Never raises."""
    raw = raw[:READ_AT_MOST]
    try:
        plain_enough = raw.lower().count(b"boundary") <= _BOUNDARIES_AT_MOST
        whole = email.message_from_bytes(raw) if plain_enough else BytesHeaderParser().parsebytes(raw)
        return _read(whole, raw, at)
    except _BROKEN:
        digest = hashlib.sha256(raw).hexdigest()
        return ReceivedMail(f"digest:{digest}", at or datetime.now(UTC), "", "", "", is_automatic=True)


def _read(mail: Message, raw: bytes, at: datetime | None) -> ReceivedMail:
    parts = list(_parts(mail))
    own = _MESSAGE_ID.search(_header(mail, "Message-ID"))
    sender = _bare(_header(mail, "From"))
    return ReceivedMail(
        mail_id=own[1] if own else f"digest:{hashlib.sha256(raw).hexdigest()}",
        at=at or datetime.now(UTC),
        sender=sender,
        subject=_header(mail, "Subject", 300),
        text=_text(parts),
        names=_names(mail, parts),
        is_automatic=_is_automatic(mail, sender),
        reports=tuple(_reports(parts))[:_REPORTS_AT_MOST],
    )


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of the mail that are no containers, in order; not what stands inside an enclosed mail."""
    waiting, seen = [mail], 0
    while waiting and seen < _PARTS_AT_MOST:
        part = waiting.pop(0)
        seen += 1
        inside = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(inside, list):
            waiting[:0] = [one for one in inside if isinstance(one, Message)]
        else:
            yield part


def _text(parts: list[Message]) -> str:
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and "attachment" not in str(part.get("Content-Disposition", "")).lower():
                words = _decoded(part)
                words = text_of_html(words) if kind == "text/html" else words
                if words.strip():
                    return _clean(words)[:_TEXT_AT_MOST]
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    said = str(part.get_content_charset() or "utf-8")
    for charset in ("utf-8", said):  # what is UTF-8 is not by chance; a wrong charset is common
        try:
            return content.decode(charset)
        except (UnicodeError, LookupError):
            continue
    return content.decode("latin-1")


def _clean(text: str) -> str:
    """Without what cannot be seen or turns text around; line ends are one sign."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or (sign.isprintable() or sign == "\xa0")).strip()


def _header(mail: Message, name: str, most: int = 4000) -> str:
    """A header's words on one line; "" when there is none. Encoded words are read as far as they can be."""
    value = mail.get(name)
    if value is None:
        return ""
    words = []
    try:
        for word, charset in decode_header(str(value)[: most * 2]):
            words.append(word.decode(charset or "ascii", "replace") if isinstance(word, bytes) else word)
    except _BROKEN:
        words = [str(value)]
    return " ".join(_clean("".join(words)).split())[:most]


def _bare(mailbox: str) -> str:
    found = _ADDRESS.fullmatch(parseaddr(mailbox)[1].strip()) or _ADDRESS.search(mailbox)
    return found[0].lower() if found else ""


def _names(mail: Message, parts: list[Message]) -> tuple[str, ...]:
    """The Message-IDs it answers, the nearest first, and those of mails it encloses or reports about."""
    answered = _MESSAGE_ID.findall(_header(mail, "In-Reply-To"))
    before = _MESSAGE_ID.findall(_header(mail, "References"))[::-1]
    enclosed = [name for part in parts for name in _enclosed(part)]
    return tuple(dict.fromkeys([*answered, *before, *enclosed]))[:_NAMES_AT_MOST]


def _enclosed(part: Message) -> list[str]:
    if part.get_content_type() == "text/rfc822-headers":
        source = _decoded(part)
    elif part.get_content_maintype() == "message" and part.get_content_type() != "message/delivery-status":
        inside = part.get_payload()
        first = inside[0] if isinstance(inside, list) and inside else None
        return _MESSAGE_ID.findall(_header(first, "Message-ID")) if isinstance(first, Message) else []
    else:
        return []
    found = re.search(r"(?im)^message-id:\s*(<[^<>\s]{3,500}>)", source)
    return _MESSAGE_ID.findall(found[1]) if found else []


def _is_automatic(mail: Message, sender: str) -> bool:
    """Whether a machine wrote it: it is neither answered nor read as somebody's wish."""
    submitted = _header(mail, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if _header(mail, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    told = ("X-Autoreply", "X-Autorespond", "X-Autogenerated", "List-Id", "List-Unsubscribe")
    if any(mail.get(name) is not None for name in told) or _header(mail, "Return-Path").strip() == "<>":
        return True
    is_report = mail.get_content_type() == "multipart/report"
    from_machine = sender.partition("@")[0] in _MACHINES
    return is_report or from_machine or bool(_AUTOMATIC_SUBJECT.match(_header(mail, "Subject")))


def _reports(parts: list[Message]) -> Iterator[DeliveryReport]:
    """One for each recipient that a delivery report is about (RFC 3464 2.3)."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            recipient = _header(block, "Final-Recipient") or _header(block, "Original-Recipient")
            if recipient:
                yield _report(block, recipient)


def _report(block: Message, recipient: str) -> DeliveryReport:
    status = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", _header(block, "Status"))
    words = _header(block, "Diagnostic-Code", 400).partition(";")[2].strip()
    action = _header(block, "Action").lower()
    code = re.match(r"\d{3}\b", words)
    plain = words[3:].lstrip(" -") if code else words
    return DeliveryReport(
        recipient=_bare(recipient.partition(";")[2] or recipient),
        action=action,
        status=status[0] if status else "",
        words=words or (status[0] if status else "no reason given"),
        is_nobody=action == "failed" and says_nobody(int(code[0]) if code else 0, plain, status[0] if status else ""),
    )
