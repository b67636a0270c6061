"""What to say when nothing came back from a store: no such name, no connection, no trust, no patience."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from requests import exceptions as http
from urllib3 import exceptions as wire

from sidecar.errors import GatewayError

# Codes that mean that nothing came back at all, so that the next question would wait in vain.
AWAY = frozenset({"dns", "tls", "tls_certificate", "no_connection", "timeout", "cut_off", "too_big", "busy"})


def of_exception(error: BaseException) -> GatewayError:
    """The error for a request that brought no answer. Its text never holds an address: that may hold keys."""
    causes = tuple(_causes(error))
    for kinds, code, reason in _KINDS:
        if any(isinstance(cause, kinds) for cause in causes):
            return GatewayError(reason, code=code)
    return GatewayError("The connection to the store broke. Ringback tries again by itself.", code="cut_off")


def too_big() -> GatewayError:
    """For an answer that does not end."""
    return GatewayError("The store's answer is larger than 16 MB, which no list of orders is.", code="too_big")


def too_slow() -> GatewayError:
    """For an answer that trickles."""
    return GatewayError(_SLOW, code="timeout")


_SLOW = "The store takes longer than 30 seconds to answer. Ask its host why it is slow."
_UNREACHABLE = "The store does not take connections. Check that it is up, and the address and port."

_KINDS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (wire.NameResolutionError, socket.gaierror),
        "dns",
        "The store's name is not known on the internet. Check the store address for a typing mistake.",
    ),
    (
        (ssl.SSLCertVerificationError,),
        "tls_certificate",
        "The store's certificate cannot be trusted: it has run out or is for another name. Ask its host to renew it.",
    ),
    (
        (http.SSLError, wire.SSLError, ssl.SSLError),
        "tls",
        "No secure connection to the store came about. Check that its address and port speak https.",
    ),
    ((http.ConnectTimeout, wire.ConnectTimeoutError), "no_connection", _UNREACHABLE),
    ((http.ReadTimeout, wire.ReadTimeoutError, TimeoutError), "timeout", _SLOW),
    ((wire.NewConnectionError, ConnectionRefusedError), "no_connection", _UNREACHABLE),
    (
        (http.ContentDecodingError, wire.DecodeError),
        "bad_encoding",
        "The store's answer is packed in a way that cannot be unpacked. Switch off double compression at its host.",
    ),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and everything it was made of: requests and urllib3 wrap each other's in their arguments."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < 20:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        inside = [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
        waiting.extend(item for item in inside if isinstance(item, BaseException))
