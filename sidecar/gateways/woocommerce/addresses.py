"""Which addresses a store may have, checked again at every single connection.

A name may resolve to one address while it is checked and to another when it is used, so the check stands where the
socket is made: the name is resolved once, its addresses are judged, and one of those judged is connected to.
Source: OWASP ASVS 5.0 1.3.6 and 13.2.4.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager

from sidecar.errors import Refused

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: a v4 address inside a v6 one, used where there is no v4
_PROTOCOL = IPv4Network("192.0.0.0/24")  # RFC 6890; Python 3.11 knows only parts of it
_CONNECTIONS_KEPT = 2

NOT_PUBLIC = (
    "The store's address leads to a private network. Enter the address customers use, or set "
    "SIDECAR_ALLOW_LOCAL_STORES=1 if the store really lives there."
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: nothing private, local, shared, reserved or multicast."""
    found = ip_address(address.partition("%")[0])
    return _is_open(found) and all(_is_open(inner) for inner in _inside(found))


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    closed = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address in _PROTOCOL
    )
    inside_nat64 = isinstance(address, IPv6Address) and address in _NAT64  # reserved, judged by what is inside
    return inside_nat64 or (address.is_global and not closed and not getattr(address, "is_site_local", False))


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The v4 addresses that a v6 address stands for."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def check_url(url: str, *, allow_local: bool) -> None:
    """Raises Refused when a store may not have this address. Names are judged again when they are connected to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("Enter your store address, like https://shop.example.com", code="address", field="url")
    if allow_local:
        return
    if parts.scheme != "https":
        raise Refused("Store address must start with https://", code="address_not_https", field="url")
    if parts.port is not None and parts.port != 443 and parts.port < 1024:
        # Below 1024 live other services (mail, files, remote control) that are no store.
        raise Refused("Store address must use port 443, or one from 1024 up", code="address_port", field="url")
    if _is_closed_literal(parts.hostname):
        raise Refused(NOT_PUBLIC, code="address_not_public", field="url")


def _is_closed_literal(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:  # a name, not an address
        name = host.rstrip(".").lower()
        return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))


class _GuardedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _GuardedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


def _connect(connection: HTTPConnection) -> socket.socket:
    """A socket to one of the public addresses of the host. Raises Refused when it has none."""
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(connection.host, connection, reason) from error
    public = [entry for entry in found if is_public(str(entry[4][0]))]
    if not public:
        raise Refused(NOT_PUBLIC, code="address_not_public", field="url")
    failed: OSError | None = None
    for family, kind, protocol, _, where in public[:4]:
        try:
            return _open(connection, family, kind, protocol, where)
        except OSError as error:
            failed = error
    raise NewConnectionError(connection, f"Failed to establish a new connection: {failed}") from failed


def _open(connection: HTTPConnection, family: int, kind: int, protocol: int, where: Any) -> socket.socket:
    opened = socket.socket(family, kind, protocol)
    try:
        for option in connection.socket_options or ():
            opened.setsockopt(*option)
        timeout = connection.timeout
        opened.settimeout(timeout if isinstance(timeout, int | float) else 10)
        opened.connect(where)
    except OSError:
        opened.close()
        raise
    return opened


class StoreAdapter(HTTPAdapter):
    """Carries requests to stores: never repeats one by itself, and connects to public addresses only."""

    def __init__(self, *, allow_local: bool) -> None:
        self._allow_local = allow_local
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS_KEPT, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        """Makes the pools whose connections check where they go."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **more)
        if not self._allow_local:
            self.poolmanager.pool_classes_by_scheme = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}
