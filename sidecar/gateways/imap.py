"""The mailbox for replies, by IMAP: read, and nothing else. Mails are never deleted, moved or answered.

A look is bounded: so many bytes of a mail, so many seconds for all of it, whatever the server does.
Source: RFC 3501; 6.4.8 for numbers that stay (UID, UIDVALIDITY).
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sidecar.environment import is_loopback
from sidecar.errors import GatewayError
from sidecar.gateways.imap_client import ImapClient
from sidecar.gateways.received import READ_AT_MOST, read_mail
from sidecar.gateways.tls_trouble import tls_trouble
from sidecar.ports.mailbox import MailboxConnection, ReceivedMail

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class _Server:
    """Where, who and how: `tls` is "imaps", "starttls", "none", or "offered" (STARTTLS unless a local one has none)."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str
    may_mark: bool

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"


class ImapMailbox:
    """The mailbox of SIDECAR_IMAP_URL. Nothing is contacted before open()."""

    def __init__(self, imap_url: str, *, tls_context: ssl.SSLContext | None = None) -> None:
        self._server = _read(imap_url)
        self._tls_context = tls_context

    @property
    def name(self) -> str:
        """Server, user and folder, without the password."""
        return f"{self._server.user}@{self._server.where}/{self._server.folder}"

    def open(self) -> MailboxConnection:
        """The folder, open for reading; good for one look. Raises GatewayError when that cannot be had."""
        server = self._server
        if server.tls == "none" and not is_loopback(server.host):
            raise _no_tls(server)
        with _told(server):
            imap = self._connected()
            try:
                _sign_in(imap, server)
                return _Connection(imap, server)
            except BaseException:
                _hang_up(imap)
                raise

    def _connected(self) -> ImapClient:
        server, context = self._server, self._tls_context or ssl.create_default_context()
        if server.tls == "imaps":
            return ImapClient(server.host, server.port, context)
        imap = ImapClient(server.host, server.port, None)
        try:
            if server.tls == "starttls" or (server.tls == "offered" and not _may_stay_plain(server, imap)):
                if "STARTTLS" not in imap.capabilities:
                    raise _no_tls(server)
                imap.starttls(context)
        except BaseException:
            _hang_up(imap)
            raise
        return imap


class _Connection:
    def __init__(self, imap: ImapClient, server: _Server) -> None:
        self._imap, self._server = imap, server
        _ok(imap.select(_quoted(server.folder), readonly=not server.may_mark), f"open the folder {server.folder}")
        validity = imap.response("UIDVALIDITY")[1][0]
        self._uid_validity = int(validity) if validity and validity.isdigit() else 0

    @property
    def uid_validity(self) -> int:
        """While this stays the same, a number means the same mail."""
        return self._uid_validity

    def waiting(self, *, after: int, since: datetime) -> list[int]:
        """The numbers of the mails after `after`, upward; with 0, of those received since that day."""
        day = since.astimezone(UTC)
        which = ("UID", f"{after + 1}:*") if after else ("SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}")
        with _told(self._server):
            found = _ok(self._imap.uid("SEARCH", *which), "search")
        numbers = {int(number) for line in found if line for number in line.split() if number.isdigit()}
        return sorted(number for number in numbers if number > after)  # "*" is the last mail, even when it is older

    def read(self, uid: int) -> ReceivedMail | None:
        """The mail with this number, at most READ_AT_MOST bytes of it; None when it is gone."""
        wanted = f"(UID INTERNALDATE BODY.PEEK[]<0.{READ_AT_MOST}>)"
        with _told(self._server):
            found = _ok(self._imap.uid("FETCH", str(uid), wanted), "read a mail")
        for part in found:
            if isinstance(part, tuple) and re.search(rb"\bBODY\[\]", part[0]):
                return read_mail(part[1], at=_arrived(part[0]))
        return None

    def mark(self, uid: int) -> None:
        """Flags the mail as read, if the operator allowed that."""
        if self._server.may_mark:
            with _told(self._server):
                self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def close(self) -> None:
        """Ends the connection, politely if it still stands. Without CLOSE, which would expunge."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._imap.logout()
        _hang_up(self._imap)


def _read(url: str) -> _Server:
    parts = urlsplit(url)
    implicit = parts.scheme.lower() == "imaps"
    asked = parse_qs(parts.query)
    return _Server(
        host=parts.hostname or "",
        port=parts.port or (993 if implicit else 143),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls="imaps" if implicit else asked.get("tls", ["offered"])[0],
        may_mark=asked.get("mark", [""])[0] == "seen",
    )


def _sign_in(imap: ImapClient, server: _Server) -> None:
    """One try, so that a wrong password locks no account. Raises GatewayError."""
    try:
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _challenge: f"\0{server.user}\0{server.password}".encode())
        else:
            imap.login(_quoted(server.user), server.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        reason = f"{server.where} refused the sign-in of {server.user}: {_said(error)}"
        raise GatewayError(reason, code="mailbox_sign_in", permanent=True) from None


def _may_stay_plain(server: _Server, imap: ImapClient) -> bool:
    """On this machine, where the server offers no encryption."""
    return is_loopback(server.host) and "STARTTLS" not in imap.capabilities


def _ok(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    status, found = answer
    if status != "OK":
        words = found[0].decode("utf-8", "replace") if found and isinstance(found[0], bytes) else status
        raise GatewayError(f"The mailbox did not let us {what}: {words[:200]}", code="mailbox_refused", permanent=True)
    return found


def _arrived(line: bytes) -> datetime | None:
    """When the server got it: its own clock, not what the sender wrote."""
    found = re.search(rb'INTERNALDATE "[^"]{10,40}"', line)
    parsed = imaplib.Internaldate2tuple(found[0]) if found else None
    return datetime.fromtimestamp(time.mktime(parsed), UTC) if parsed else None


@contextlib.contextmanager
def _told(server: _Server) -> Iterator[None]:
    """Turns what can go wrong on the way into one line for the operator."""
    try:
        yield
    except ssl.SSLError as error:
        raise tls_trouble(error, server.where, plain="SIDECAR_IMAP_URL=imap://…?tls=starttls") from error
    except (OSError, imaplib.IMAP4.error, EOFError, ValueError) as error:
        raise GatewayError(f"{server.where} cannot be read: {_said(error)}", code="mailbox_unreachable") from error


def _no_tls(server: _Server) -> GatewayError:
    return GatewayError(
        f"{server.where} is not used without encryption. "
        "SIDECAR_IMAP_URL may say ?tls=none only for a server on this machine.",
        code="mail_no_tls",
        permanent=True,
    )


def _hang_up(imap: ImapClient) -> None:
    with contextlib.suppress(OSError):
        imap.shutdown()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _said(error: Exception) -> str:
    words = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join((text or type(error).__name__).split())[:200]
