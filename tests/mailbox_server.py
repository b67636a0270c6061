"""A real IMAP server on loopback (pymap), with one mailbox that tests put mails into."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import Cleartext

USER, PASSWORD = "replies@shop.example.com", "p:w/d @1"


@dataclass
class MailboxServer:
    """Where it listens. `url` is for SIDECAR_IMAP_URL."""

    port: int

    @property
    def url(self) -> str:
        """With user and password percent-encoded; ends with the question mark's part."""
        return f"imap://replies%40shop.example.com:p%3Aw%2Fd%20%401@127.0.0.1:{self.port}/INBOX?tls=none"

    def deliver(self, mail: bytes | EmailMessage, *, flags: str = "") -> None:
        """Puts a mail into the inbox, as a mail server would."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        with self.client() as imap:
            imap.append("INBOX", flags, imaplib.Time2Internaldate(time.time()), raw)

    def flags(self) -> list[bytes]:
        """The flags of every mail, in order."""
        with self.client() as imap:
            imap.select("INBOX", readonly=True)
            return [line for line in imap.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Somebody else's connection to the same mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=5)
        try:
            imap.authenticate("PLAIN", lambda _challenge: f"\0{USER}\0{PASSWORD}".encode())
            yield imap
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                imap.logout()


@contextmanager
def mailbox_server(*, tls: ssl.SSLContext | None = None, first_tls: bool = False) -> Iterator[MailboxServer]:
    """A running server with an empty inbox, on a free port. `tls` offers STARTTLS, or with `first_tls` TLS at once."""
    started: threading.Event = threading.Event()
    running: dict[str, Any] = {}

    def run() -> None:
        loop = asyncio.new_event_loop()
        running["loop"] = loop
        running["server"] = loop.run_until_complete(_start(tls, first_tls=first_tls))
        started.set()
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not started.wait(10):
        raise RuntimeError("the IMAP server did not start")
    try:
        yield MailboxServer(running["server"].sockets[0].getsockname()[1])
    finally:
        running["loop"].call_soon_threadsafe(running["server"].close)
        running["loop"].call_soon_threadsafe(running["loop"].stop)
        thread.join(5)


async def _start(tls: ssl.SSLContext | None, *, first_tls: bool) -> asyncio.Server:
    args = Namespace(debug=False, host=None, port="0", cert=None, key=None, tls=tls is not None and not first_tls,
                     proxy_protocol=None, inherited_sockets=None, passlib_cfg=None, demo_data=False,
                     demo_user=USER, demo_password=PASSWORD)  # fmt: skip
    backend, config = await DictBackend.init(args, ssl_context=tls, hash_context=Cleartext(), bad_command_limit=None)
    config.apply_context()
    accept = ProxyProtocolReader(ProxyProtocolNoop()).get_callback(IMAPServer(backend.login, config))
    return await asyncio.start_server(accept, host="127.0.0.1", port=0, ssl=tls if first_tls else None)
