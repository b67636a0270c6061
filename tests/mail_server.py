"""A real SMTP server on loopback that keeps what it accepts, and can be told to answer badly or to die."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Callable[[str], str]  # given the recipient, the line to answer; "" dies without a word


def fine(_to: str) -> str:
    """The answer of a server that takes everything."""
    return "250 2.0.0 Ok: queued as 4F1"


@dataclass
class MailSink:
    """What was accepted, in order, and how to answer to MAIL, RCPT and the end of the data."""

    at_sender: Answer = fine
    at_recipient: Answer = fine
    at_end: Answer = fine
    accepted: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    connections: int = 0
    log: Path | None = None  # one Message-ID a line, written before the answer
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def url(self) -> str:
        """For SIDECAR_SMTP_URL."""
        return f"smtp://{self.host}:{self.port}?tls=none"

    async def handle_EHLO(
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_sender(address)
        if not answer:
            _die(server)
        if answer.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.at_recipient(address)
        if not answer:
            _die(server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        answer = self.at_end(envelope.rcpt_tos[0])
        if not answer or answer.startswith("2"):
            self._keep(content, envelope.rcpt_tos[0])
        if not answer:
            _die(server)
        return answer

    def _keep(self, content: bytes, to: str) -> None:
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.raw.append(content)
        self.recipients.append(to)
        self.accepted.append(message)
        if self.log is not None:
            with self.log.open("a", encoding="ascii") as file:
                file.write(f"{to} {message['Message-ID']}\n")


def _die(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()


@contextmanager
def mail_server(sink: MailSink | None = None, **controller: Any) -> Iterator[MailSink]:
    """A running server around `sink`, on a free port."""
    sink = sink or MailSink()
    running = _Anywhere(sink, hostname="127.0.0.1", port=0, **controller)
    running.start()
    try:
        sink.port = running.bound_port
        yield sink
    finally:
        running.stop()


class _Anywhere(Controller):
    """aiosmtpd's controller on port 0, which it does not know how to greet."""

    bound_port = 0

    def _trigger_server(self) -> None:
        sockets: Any = getattr(self.server, "sockets", ())
        self.bound_port = self.port = sockets[0].getsockname()[1]
        super()._trigger_server()
