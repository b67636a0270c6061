"""The mail server of a test, seen from the test."""

from __future__ import annotations

import email
import email.policy
import json
import socket
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.acceptance.processes import Program, outside_environment
from tests.workers.running import free_port, until


@dataclass(frozen=True)
class Accepted:
    """One mail that the server said yes to."""

    to: str
    at: float
    mail: EmailMessage


class MailServer(Program):
    """A mail server in a process of its own; `seconds` pass before it answers a mail."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.path = folder / "accepted.jsonl"
        self.path.touch()
        words = ["-m", "tests.acceptance.mail_sink", str(self.port), str(self.path), str(seconds)]
        super().__init__(words, folder / "mail.log", outside_environment())
        self.start()
        until(self._listens, "the mail server listens")

    @property
    def url(self) -> str:
        """For SIDECAR_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def accepted(self) -> list[Accepted]:
        """Everything it said yes to, in order."""
        rows = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        return [Accepted(row["to"][0], row["at"], _read(row["content"])) for row in rows]

    def counts(self) -> Counter[str]:
        """How many mails each address was sent."""
        return Counter(one.to for one in self.accepted())

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _read(content: str) -> EmailMessage:
    return email.message_from_string(content, policy=email.policy.default)
