"""What the domain expects of the mailbox that replies arrive in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail server reports about one recipient of a mail, after it had taken it.

    `action` is failed, delayed, delivered, relayed or expanded; `is_nobody`: nothing ever arrives at that address.
    """

    recipient: str
    action: str
    status: str  # "5.1.1"
    words: str
    is_nobody: bool


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail from a mailbox, read without trust: whoever wrote it chose every part of it.

    `mail_id` is its own Message-ID, or a digest of it. `names` are the Message-IDs of the mails that it answers,
    reports about or encloses, the nearest first, without angle brackets. `text` is plain, what it quotes begins
    with "> ". `sender` is the bare address in lower case, or "".
    """

    mail_id: str
    at: datetime
    sender: str
    subject: str
    text: str
    names: tuple[str, ...] = ()
    is_automatic: bool = False
    reports: tuple[DeliveryReport, ...] = ()


class MailboxConnection(Protocol):
    """An open mailbox. Nothing in it is ever deleted or moved. Every method raises GatewayError."""

    @property
    def uid_validity(self) -> int:
        """While this stays the same, a number means the same mail."""

    def waiting(self, *, after: int, since: datetime) -> list[int]:
        """The numbers of the mails after number `after`, upward; with 0, of those received since that day."""

    def read(self, uid: int) -> ReceivedMail | None:
        """The mail with this number, or None when it is gone."""

    def mark(self, uid: int) -> None:
        """Flags the mail as read, if the operator allowed that."""

    def close(self) -> None:
        """Ends the connection."""


class Mailbox(Protocol):
    """The mailbox that replies arrive in. There is none before the operator names one."""

    @property
    def name(self) -> str:
        """Server, user and folder, without the password."""

    def open(self) -> MailboxConnection:
        """A connection, good for one look. Raises GatewayError when it cannot be had."""
