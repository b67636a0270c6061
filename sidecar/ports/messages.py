"""What the domain expects of the ways messages leave by: e-mail and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail, composed. `message_id` is without angle brackets and decided before anything leaves."""

    message_id: str
    to: str
    to_name: str
    sender: str  # "Aurora Audio <hello@example.com>"
    reply_to: str  # one mailbox or more, with commas between
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class MailConnection(Protocol):
    """An open connection to a mail server; carries many mails."""

    def send(self, mail: Mail, look: Callable[[], None] | None = None) -> str:
        """Hands over one mail; returns the server's own words of acceptance.

        `look` is called when the server has agreed to sender and recipient, just before the data. What it raises ends
        this mail before any of it was sent, and is raised again; the connection stays.

        Raises GatewayError: `permanent` for a refusal that will not change, `outcome_unknown` when the server may
        have taken it (the connection broke after the end of the data).
        """

    def close(self) -> None:
        """Ends the connection."""


class MailGateway(Protocol):
    """The way e-mail leaves. There is none before the operator sets one."""

    @property
    def sender(self) -> str:
        """The From address, "Aurora Audio <hello@example.com>"."""

    def connect(self) -> MailConnection:
        """A connection. Raises GatewayError when the server cannot be reached or refuses the sign-in."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text message. `token` stands in its body: by it and the number a provider's list finds it again."""

    attempt: str  # names the try, for a provider that knows such keys or calls back
    to: str  # E.164
    body: str
    token: str
    not_after: datetime  # the provider must give up then


@dataclass(frozen=True, slots=True)
class Taken:
    """What a provider said when it took a message: its own id and words."""

    provider_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whether a provider has a message that it may have taken. `taken` comes with "found"."""

    answer: Literal["found", "not_there", "cannot_tell"]
    taken: Taken | None = None
    words: str = ""


class TextGateway(Protocol):
    """The way texts leave, through a provider that can be asked what it took."""

    @property
    def settle(self) -> timedelta:
        """How long until a message that was taken shows in the provider's list: its delay and our time-out."""

    def send(self, text: Text) -> Taken:
        """Hands over one text. Raises GatewayError: `permanent` for a refusal that will not change, `outcome_unknown`
        when the provider may have taken it (a time-out, a 5xx). Never tries again by itself."""

    def find(self, text: Text) -> Whereabouts:
        """Whether the provider has this text, whichever try brought it. Raises GatewayError, like "cannot_tell"."""
