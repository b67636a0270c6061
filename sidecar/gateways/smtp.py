"""E-mail by SMTP: one connection carries many messages, and every way it can end is told apart.

What matters is whether the server may have taken a message. Before the end of the data it cannot have; a refusal
after it is a refusal; silence after it is unknown. Source: RFC 5321 4.2.5, 4.5.3.2; reference/safety.md A2.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sidecar import clock
from sidecar.errors import GatewayError
from sidecar.gateways import mime
from sidecar.ports import Mail, MailConnection

COMMAND_SECONDS = 30
LAST_ANSWER_SECONDS = 120

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LINE_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class _Server:
    """Where and how: `tls` is "smtps", "starttls", "none", or "offered" (STARTTLS unless a local server has none)."""

    host: str
    port: int
    user: str
    password: str
    tls: str


class SmtpGateway:
    """The mail server of SIDECAR_SMTP_URL. Nothing is contacted before connect()."""

    def __init__(self, smtp_url: str, mail_from: str, *, tls_context: ssl.SSLContext | None = None) -> None:
        self._server = _read(smtp_url)
        self._sender = mail_from
        self._tls_context = tls_context

    @property
    def sender(self) -> str:
        """The From address, "Aurora Audio <hello@example.com>"."""
        return self._sender

    def connect(self) -> MailConnection:
        """A connection, encrypted and signed in as the URL says. Raises GatewayError when that cannot be had."""
        server = self._server
        smtp: smtplib.SMTP | None = None
        try:
            smtp = _open(server, self._tls, mime.address_of(self._sender))
            if server.user:
                _sign_in(smtp, server)
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise _unreachable(server, error) from error
        return _Connection(smtp)

    def _tls(self) -> ssl.SSLContext:
        """Made when first needed, and kept: reading every certificate authority takes 70 ms."""
        if self._tls_context is None:
            self._tls_context = ssl.create_default_context()
        return self._tls_context


class _Connection:
    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, mail: Mail) -> str:
        """Hands over one mail; returns the server's own words, like "250 2.0.0 Ok: queued as 4F1".

        Raises GatewayError with one of the codes refused, try_later, connection_lost, answer_lost, unsafe_mail.
        """
        content = _LINE_DOT.sub(b"..", mime.to_bytes(mail, at=clock.now()))
        sender, to = mime.address_of(mail.sender), mime.address_of(mail.to)
        try:
            self._command(f"MAIL FROM:<{sender}>", expect=250, is_about_us=True)
            self._command(f"RCPT TO:<{to}>", expect=250)
            self._command("DATA", expect=354)
            self._smtp.send(content + b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            # The end of the data never reached the server whole: it cannot have taken the message.
            self._smtp.close()
            raise GatewayError(f"The connection was lost: {_said(error)}", code="connection_lost") from error
        return self._last_answer()

    def close(self) -> None:
        """Ends the connection, politely if it still stands."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self._smtp.close()

    def _command(self, line: str, *, expect: int, is_about_us: bool = False) -> None:
        code, words = self._smtp.docmd(line)
        if code == expect or (expect == 250 and code == 251):
            return
        if code != 421:
            self._smtp.rset()
        raise _refusal(code, words, is_about_us=is_about_us)

    def _last_answer(self) -> str:
        smtp = self._smtp
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(LAST_ANSWER_SECONDS)
            code, words = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(COMMAND_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise GatewayError(
                f"The connection ended before the answer: {_said(error)}", code="answer_lost", outcome_unknown=True
            ) from error
        if 200 <= code < 300:
            return _line(code, words)
        raise _refusal(code, words)


def _read(url: str) -> _Server:
    parts = urlsplit(url)
    implicit = parts.scheme.lower() == "smtps"
    asked = parse_qs(parts.query).get("tls", [""])[0]
    return _Server(
        host=parts.hostname or "",
        port=parts.port or (465 if implicit else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls="smtps" if implicit else asked or "offered",
    )


def _open(server: _Server, context: Callable[[], ssl.SSLContext], sender: str) -> smtplib.SMTP:
    """The connection after EHLO, encrypted as wanted. Raises OSError or SMTPException."""
    hello = sender.rpartition("@")[2]
    if server.tls == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=hello, timeout=COMMAND_SECONDS, context=context()
        )
        smtp.ehlo_or_helo_if_needed()
        return smtp
    smtp = smtplib.SMTP(server.host, server.port, local_hostname=hello, timeout=COMMAND_SECONDS)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls" or (server.tls == "offered" and not _may_stay_plain(server, smtp)):
            smtp.starttls(context=context())
            smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, server: _Server) -> None:
    """One try with the best way the server offers. smtplib's own login tries a wrong password in every way there is,
    which locks accounts. Raises SMTPException."""
    smtp.user, smtp.password = server.user, server.password
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    ways: dict[str, Any] = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login, "CRAM-MD5": smtp.auth_cram_md5}
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise smtplib.SMTPException(f"it offers no sign-in we know, only {' '.join(offered)[:60] or 'none'}")
    smtp.auth(way, ways[way])


def _may_stay_plain(server: _Server, smtp: smtplib.SMTP) -> bool:
    """Only on this machine, without a password, where the server offers no encryption; else ask for ?tls=none."""
    return server.host in _LOOPBACK and not server.user and not smtp.has_extn("starttls")


def _unreachable(server: _Server, error: Exception) -> GatewayError:
    where = f"{server.host}:{server.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return GatewayError(f"{where} refused the sign-in: {_said(error)}", code="mail_sign_in", permanent=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return GatewayError(
            f"{where} offers no encryption. Add ?tls=none to SIDECAR_SMTP_URL if that is meant.",
            code="mail_no_tls",
            permanent=True,
        )
    return GatewayError(f"{where} cannot be reached: {_said(error)}", code="mail_unreachable")


def _refusal(code: int, words: bytes, *, is_about_us: bool = False) -> GatewayError:
    """5xx stays refused, 4xx may be tried later. A refused sender is our own trouble, not the recipient's."""
    permanent = 500 <= code < 600 and not is_about_us
    return GatewayError(_line(code, words), code="refused" if permanent else "try_later", permanent=permanent)


def _line(code: int, words: bytes) -> str:
    text = " ".join(words.decode("utf-8", "replace").split())
    return f"{code} {text}"[:400]


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return _line(error.smtp_code, words if isinstance(words, bytes) else str(words).encode())
    return (str(error) or type(error).__name__)[:200]
