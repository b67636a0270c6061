"""`python -m bench.post PORT LOG`: a mail server that writes down what it takes before it says so, and is no saint.

LOG gets one line "TO MESSAGE-ID" for each mail that was taken, in one write, before the answer. Which mail it treats
badly, and how, depends on the recipient and the seed in LOG.seed alone, so that it is the same at every replay.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

TAKEN = b"250 2.0.0 Ok: queued\r\n"
_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([^>]+)>")

# What becomes of a mail, out of a thousand: the rest is taken at once.
MOODS = (
    ("slow", 60),  # taken, but the answer takes its time
    ("later", 40),  # refused for now, at the end of the data
    ("dies_before", 20),  # gone before it has taken it
    ("dies_after", 20),  # gone after it has taken it, without an answer
)
SLOW_SECONDS = 0.05


class Post(asyncio.Protocol):
    """One connection."""

    def __init__(self, log: Path, tries: Counter[str]) -> None:
        self._log, self._tries = log, tries

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._out: asyncio.Transport = transport  # type: ignore[assignment]
        self._rest, self._in_data, self._to = b"", False, ""
        self._out.write(b"220 post\r\n")

    def data_received(self, data: bytes) -> None:
        """Takes what has come: commands line by line, a mail up to its dot."""
        self._rest += data
        while True:
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"
            found, mark, rest = self._rest.partition(end)
            if not mark or self._out.is_closing():
                return
            self._rest = rest
            if self._in_data:
                self._in_data = False
                self._take(found)
            else:
                self._command(found)

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._out.write(b"250-post\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            self._in_data = True
            self._out.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._out.write(b"221 bye\r\n")
            self._out.close()
        else:
            if verb == b"RCPT":
                self._to = line.partition(b"<")[2].partition(b">")[0].decode("ascii")
            self._out.write(b"250 2.0.0 fine\r\n")

    def _take(self, mail: bytes) -> None:
        mood = self._mood()
        if mood == "dies_before":
            self._out.abort()
            return
        if mood == "later":
            self._out.write(b"451 4.7.1 Greylisted, try again later\r\n")
            return
        self._keep(mail)
        if mood == "dies_after":
            self._out.abort()
        elif mood == "slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._out.write, TAKEN)
        else:
            self._out.write(TAKEN)

    def _mood(self) -> str:
        seed = self._log.with_suffix(".seed").read_text(encoding="ascii")
        self._tries[f"{seed} {self._to}"] += 1
        if self._tries[f"{seed} {self._to}"] > 1:
            return "fine"  # badly once, so that everything comes to an end
        draw = random.Random(f"{seed} {self._to}").randrange(1000)
        for mood, share in MOODS:
            if draw < share:
                return mood
            draw -= share
        return "fine"

    def _keep(self, mail: bytes) -> None:
        found = _MESSAGE_ID.search(mail)
        line = f"{self._to} {found[1].decode('ascii') if found else '-'}\n"
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
        finally:
            os.close(descriptor)


async def _serve(port: int, log: Path) -> None:
    tries: Counter[str] = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: Post(log, tries), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
