"""A store's address leads to the open internet, or nowhere. Source: OWASP ASVS 5.0 1.3.6; reference/safety.md C4."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sidecar.errors import GatewayError, Refused
from sidecar.gateways.turns import FileTurns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.gateways.woocommerce.addresses import check_url, is_public
from sidecar.gateways.woocommerce.reader import WooReader
from sidecar.ports import OrderQuery, StoreLink
from tests.gateways.small_server import Answer, small_server

QUERY = OrderQuery(statuses=("pending",))


def reader(url: str, folder: Path, *, allow_local: bool = False) -> WooReader:
    opener = WooOpener(allow_local=allow_local, turns=FileTurns(folder / "turns"))
    return opener.open(StoreLink(url, "ck_key", "cs_secret"))


@pytest.mark.parametrize("address", ["8.8.8.8", "151.101.1.69", "2606:4700::1111", "64:ff9b::808:808"])
def test_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.7", "192.0.0.8"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::7f00:1"),
        *("2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:0:7f00:1::1"),
    ],
)
def test_address_of_another_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example.com", "address_not_https"),
        ("ftp://shop.example.com", "address"),
        ("file:///etc/passwd", "address"),
        ("https://", "address"),
        ("https://127.0.0.1", "address_not_public"),
        ("https://[::1]", "address_not_public"),
        ("https://[::ffff:127.0.0.1]", "address_not_public"),
        ("https://localhost", "address_not_public"),
        ("https://localhost.", "address_not_public"),
        ("https://store.localhost:8443", "address_not_public"),
        ("https://nas.local", "address_not_public"),
        ("https://metadata.google.internal", "address_not_public"),
        ("https://shop.example.com:22", "address_port"),
        ("https://shop.example.com:25", "address_port"),
        ("https://shop.example.com:993", "address_port"),
    ],
)
def test_forbidden_address_is_refused_before_any_byte_leaves(tmp_path, monkeypatch, url, code):
    def nothing_may_leave(*_args, **_more):
        raise AssertionError("something was looked up or connected to")

    monkeypatch.setattr(socket, "getaddrinfo", nothing_may_leave)
    monkeypatch.setattr(socket.socket, "connect", nothing_may_leave)
    with pytest.raises(Refused) as refused:
        reader(url, tmp_path)

    assert refused.value.code == code
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", ["https://shop.example.com", "https://shop.example.com:8443", "https://8.8.8.8"])
def test_ordinary_address_is_allowed(url):
    check_url(url, allow_local=False)


@pytest.mark.parametrize(
    "written", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localtest.example"]
)
def test_name_that_leads_inside_is_refused_when_it_is_connected_to(tmp_path, monkeypatch, written):
    """However the address is written, and whatever a name said earlier: the socket's own address decides."""
    with small_server(Answer()) as server:
        port = int(server.url.rpartition(":")[2])
        lookup = socket.getaddrinfo

        def leads_inside(host, *args, **more):
            return lookup("127.0.0.1" if host == "localtest.example" else host, *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", leads_inside)
        with pytest.raises(Refused):
            reader(f"https://{written}:{port}", tmp_path).orders(QUERY)

    assert server.connections == 0


def test_every_new_connection_is_checked_again(tmp_path, monkeypatch):
    """A name that led outside at first and inside later (rebinding) is refused the second time."""
    lookups = []

    def rebinding(host, port, **_more):
        lookups.append(host)
        address = "203.0.113.9" if len(lookups) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    reached = []

    def connect(_socket, where):
        reached.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    found = reader("https://shop.example.com", tmp_path)
    # 203.0.113.0/24 stands for the open internet here: nothing may leave this machine.
    monkeypatch.setattr("sidecar.gateways.woocommerce.addresses.is_public", lambda found: found.startswith("203."))
    with pytest.raises(GatewayError):
        found.orders(QUERY)
    with pytest.raises(Refused):
        found.orders(QUERY)

    assert reached == ["203.0.113.9"]


def test_public_address_is_used_where_a_name_has_private_ones_too(tmp_path, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 443)) for found in ("10.0.0.7", "8.8.8.8")]
    reached = []

    def connect(_socket, where):
        reached.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: both)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(GatewayError) as raised:
        reader("https://shop.example.com", tmp_path).orders(QUERY)

    assert raised.value.code == "no_connection"
    assert reached == ["8.8.8.8"]


def test_redirect_is_never_followed(tmp_path):
    with small_server(Answer()) as target:
        leads_there = Answer(302, {"Location": f"{target.url}/wp-json/wc/v3/orders"}, b"")
        with small_server(leads_there) as server, pytest.raises(GatewayError):
            reader(server.url, tmp_path, allow_local=True).orders(QUERY)

    assert target.requests == []


def test_proxies_and_netrc_of_the_environment_are_not_used(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    totals = {"Content-Type": "application/json", "X-WP-Total": "0", "X-WP-TotalPages": "0", "Set-Cookie": "a=b"}
    with small_server(Answer(200, totals)) as server:
        found = reader(server.url, tmp_path, allow_local=True)
        found.orders(QUERY)
        found.orders(QUERY)

    assert "Authorization" not in server.requests[0][2]
    assert "Cookie" not in server.requests[1][2]
