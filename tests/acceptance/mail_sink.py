"""`python -m tests.acceptance.mail_sink PORT FILE SECONDS`: a mail server that notes what it accepts.

Each accepted mail becomes one JSON line of FILE, on disk before the answer is given; SECONDS pass before the answer,
so that a sender can be killed while it waits for it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Takes every mail."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        kept = {"at": time.time(), "to": envelope.rcpt_tos, "content": content.decode("utf-8", "replace")}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
            file.flush()
            os.fsync(file.fileno())
        await asyncio.sleep(self._seconds)
        return "250 2.0.0 Ok: taken"


def main(port: int, path: Path, seconds: float) -> None:
    """Listens until it is killed."""
    controller = Controller(Sink(path, seconds), hostname="127.0.0.1", port=port)
    controller.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
