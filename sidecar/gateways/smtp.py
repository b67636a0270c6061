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
from sidecar.environment import is_loopback
from sidecar.errors import GatewayError
from sidecar.gateways import mime, smtp_answers
from sidecar.gateways.tls_trouble import tls_trouble
from sidecar.ports import Mail, MailConnection

COMMAND_SECONDS = 30
LAST_ANSWER_SECONDS = 120

_TAKEN = {smtp_answers.SENDER: (250,), smtp_answers.RECIPIENT: (250, 251), smtp_answers.DATA: (354,)}
_ENDED = ("slow_down", "answer_unclear")  # after these the connection is not used again
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
        if server.tls == "none" and not is_loopback(server.host):
            raise _no_tls(server)
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

    def send(self, mail: Mail, look: Callable[[], None] | None = None) -> str:
        """Hands over one mail; returns the server's own words, like "250 2.0.0 Ok: queued as 4F1".

        Raises GatewayError with a code of smtp_answers.refusal, or connection_lost, answer_lost, unsafe_mail.
        """
        content = _LINE_DOT.sub(b"..", mime.to_bytes(mail, at=clock.now()))
        sender, to = mime.address_of(mail.sender), mime.address_of(mail.to)
        try:
            self._command(f"MAIL FROM:<{sender}>", smtp_answers.SENDER)
            self._command(f"RCPT TO:<{to}>", smtp_answers.RECIPIENT)
            if look is not None:
                self._last_look(look)
            self._command("DATA", smtp_answers.DATA)
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

    def _last_look(self, look: Callable[[], None]) -> None:
        """What `look` raises ends this mail; the server forgets it, and the connection can carry the next."""
        try:
            look()
        except BaseException:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.rset()
            raise

    def _command(self, command: str, at: str) -> None:
        code, said = self._smtp.docmd(command)
        if code in _TAKEN[at]:
            return
        refused = smtp_answers.refusal(code, _text(said), at=at)
        if refused.code in _ENDED:
            self._smtp.close()
        else:
            self._smtp.rset()
        raise refused

    def _last_answer(self) -> str:
        smtp = self._smtp
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(LAST_ANSWER_SECONDS)
            code, said = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(COMMAND_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise GatewayError(
                f"The connection ended before the answer: {_said(error)}", code="answer_lost", outcome_unknown=True
            ) from error
        if 200 <= code < 300:
            return smtp_answers.line(code, _text(said))
        refused = smtp_answers.refusal(code, _text(said), at=smtp_answers.END)
        if refused.code in _ENDED:
            smtp.close()
        raise refused


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
    return is_loopback(server.host) and not server.user and not smtp.has_extn("starttls")


def _unreachable(server: _Server, error: Exception) -> GatewayError:
    where = f"{server.host}:{server.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        is_final = error.smtp_code >= 500
        code = "mail_sign_in" if is_final else "mail_unreachable"
        return GatewayError(f"{where} refused the sign-in: {_said(error)}", code=code, permanent=is_final)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _no_tls(server)
    if isinstance(error, ssl.SSLError):
        return tls_trouble(error, where, plain="SIDECAR_SMTP_URL=smtp://…?tls=starttls")
    if isinstance(error, smtplib.SMTPResponseException):
        refused = smtp_answers.refusal(error.smtp_code, _text(error.smtp_error), at=smtp_answers.CONNECT)
        return GatewayError(f"{where} said: {refused.reason}", code=refused.code, permanent=refused.permanent)
    return GatewayError(f"{where} cannot be reached: {_said(error)}", code="mail_unreachable")


def _no_tls(server: _Server) -> GatewayError:
    return GatewayError(
        f"{server.host}:{server.port} is not used without encryption. "
        "SIDECAR_SMTP_URL may say ?tls=none only for a mail server on this machine.",
        code="mail_no_tls",
        permanent=True,
    )


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return smtp_answers.line(error.smtp_code, _text(error.smtp_error))
    return (str(error) or type(error).__name__)[:200]
