"""imaplib's client with limits: what a server sends stays small and ends in time, whatever it tries."""

from __future__ import annotations

import imaplib
import io
import socket
import ssl
import time
from typing import Any

ANSWER_SECONDS = 15
LOOK_SECONDS = 60
LINE_AT_MOST = 1_000_000
LITERAL_AT_MOST = 320_000


class ImapClient(imaplib.IMAP4):
    """imaplib's client, whose every reading ends in time and stays small. Good for LOOK_SECONDS from its making."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._until = time.monotonic() + LOOK_SECONDS
        self._reader: tuple[Any, io.BufferedReader] | None = None
        super().__init__(host, port, timeout=ANSWER_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout)
        return self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain

    def read(self, size: int) -> bytes:
        """So many bytes, or less at the end. Raises abort for more than a mail may have."""
        if size > LITERAL_AT_MOST:
            raise self.abort(f"the server wants to send {size} bytes at once")
        return self._timed().read(size)

    def readline(self) -> bytes:
        """One line. Raises abort for one without end."""
        line = self._timed().readline(LINE_AT_MOST + 1)
        if len(line) > LINE_AT_MOST:
            raise self.abort("the server sent a line without end")
        return line

    def _timed(self) -> io.BufferedReader:
        """A reader of the socket as it is now: STARTTLS puts another in its place, and nothing read before counts."""
        if self._reader is None or self._reader[0] is not self.sock:
            self._reader = (self.sock, io.BufferedReader(_Timed(self.sock, self._until)))
        return self._reader[1]


class _Timed(io.RawIOBase):
    """A socket that is read until a moment, however slowly it drips."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"it took longer than {LOOK_SECONDS} s")
        self._sock.settimeout(min(left, ANSWER_SECONDS))
        return self._sock.recv_into(buffer)
