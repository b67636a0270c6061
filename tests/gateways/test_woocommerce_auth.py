"""Signing in: basic over https, the query only where the header is lost, OAuth over http; keys never in logs."""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from sidecar.demo.serving import Server
from sidecar.demo.store import SampleStore, build_world, running_store
from sidecar.errors import GatewayError
from sidecar.gateways.turns import FileTurns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.ports import OrderQuery, StoreLink
from tests.gateways.certificates import tls_for_loopback
from tests.gateways.small_server import Answer, small_server

QUERY = OrderQuery(statuses=("pending", "failed"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    return tls_for_loopback(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def store_over_tls(context: ssl.SSLContext) -> Iterator[SampleStore]:
    world = build_world(people=False, orders=5)
    world.settings.basic_without_tls = True  # it is on TLS: the sample store itself does not see that
    store = SampleStore(world)
    server: Server = store._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    store.url = store.url.replace("http:", "https:")
    store.start()
    try:
        yield store
    finally:
        store.stop()


def opener(folder: Path, trusted: str | bool = True) -> WooOpener:
    return WooOpener(allow_local=True, turns=FileTurns(folder / "turns"), trusted=trusted)


def test_keys_go_into_the_header_over_https(tmp_path, certificate):
    with store_over_tls(certificate[0]) as store:
        reader = opener(tmp_path, certificate[1]).open(StoreLink(store.url, store.key, store.secret))
        reader.orders(QUERY)

    assert reader.auth == "basic"
    assert all("consumer_" not in visit.query for visit in store.traffic.visits())


def test_keys_go_into_the_query_where_the_host_removes_the_header(tmp_path, certificate):
    with store_over_tls(certificate[0]) as store:
        store.settings.strip_authorization = True
        reader = opener(tmp_path, certificate[1]).open(StoreLink(store.url, store.key, store.secret))
        facts = reader.probe()
        asked = len(store.traffic.visits())
        again = opener(tmp_path, certificate[1]).open(StoreLink(store.url, store.key, store.secret, facts.auth))
        again.orders(QUERY)

    assert reader.auth == facts.auth == "query"
    assert len(store.traffic.visits()) == asked + 1  # what was learned is not tried again


def test_unknown_key_over_https_is_said_with_both_reasons(tmp_path, certificate):
    with store_over_tls(certificate[0]) as store, pytest.raises(GatewayError) as raised:
        opener(tmp_path, certificate[1]).open(StoreLink(store.url, "ck_other", store.secret)).orders(QUERY)

    assert raised.value.code == "bad_key"
    assert "Authorization header" in raised.value.reason


def test_certificate_that_is_not_trusted_is_said(tmp_path, certificate):
    with store_over_tls(certificate[0]) as store, pytest.raises(GatewayError) as raised:
        opener(tmp_path).open(StoreLink(store.url, store.key, store.secret)).orders(QUERY)

    assert raised.value.code == "tls_certificate"


def test_plain_http_signs_each_request_and_sends_each_parameter_once(tmp_path):
    with running_store(people=False, orders=3) as store:
        reader = opener(tmp_path).open(StoreLink(store.url, store.key, store.secret))
        reader.orders(QUERY)
        reader.orders(QUERY)
        first, second = (dict(parse_qsl(visit.query)) for visit in store.traffic.visits())
        names = [name for name, _ in parse_qsl(store.traffic.visits()[0].query)]

    assert reader.auth == "oauth"
    assert len(names) == len(set(names))
    assert first["status"] == "pending,failed"
    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert first["nocache"] != second["nocache"]
    assert store.secret not in str(first)


@pytest.mark.parametrize(
    ("keys", "code"), [("write_only", "write_only"), ("without_rights", "no_rights"), ("unknown", "bad_key")]
)
def test_key_that_cannot_read_is_said(tmp_path, keys, code):
    with running_store(people=False) as store:
        key, secret = ("ck_unknown", "cs_unknown") if keys == "unknown" else getattr(store, keys)
        reader = opener(tmp_path).open(StoreLink(store.url, key, secret))
        with pytest.raises(GatewayError) as raised:
            reader.probe()

    assert raised.value.code == code
    assert raised.value.permanent


def test_read_only_key_reads_and_is_known_as_one(tmp_path):
    with running_store(people=False) as store:
        before = len(store.orders)
        can_write = {
            name: opener(tmp_path).open(StoreLink(store.url, *keys)).probe(try_writing=True).can_write
            for name, keys in (("all", (store.key, store.secret)), ("read", store.read_only))
        }

    assert can_write == {"all": True, "read": False}
    assert not store.world.coupons
    assert len(store.orders) == before


def test_keys_never_reach_a_log_or_an_error(tmp_path, certificate, caplog):
    caplog.set_level(logging.DEBUG)
    with store_over_tls(certificate[0]) as store:
        store.settings.strip_authorization = True
        reader = opener(tmp_path, certificate[1]).open(StoreLink(store.url, store.key, store.secret, "query"))
        reader.orders(QUERY)
        store.fault("drop")
        with pytest.raises(GatewayError) as raised:
            reader.orders(QUERY)

    told = caplog.text + str(raised.value) + repr(raised.value.__context__) + repr(raised.value.__cause__)
    assert "GET /wp-json" in caplog.text
    assert store.key not in told
    assert store.secret not in told
    assert raised.value.__suppress_context__


def test_link_does_not_show_its_keys():
    assert "cs_secret" not in repr(StoreLink("https://shop.example.com", "ck_key", "cs_secret"))


def test_one_connection_carries_all_requests(tmp_path):
    totals = {"Content-Type": "application/json", "X-WP-Total": "0", "X-WP-TotalPages": "0"}
    keeper = opener(tmp_path)
    with small_server(Answer(200, totals)) as server:
        for _ in range(3):
            reader = keeper.open(StoreLink(server.url, "ck_key", "cs_secret"))
            reader.orders(QUERY)
            reader.orders(QUERY)
            reader.close()

    assert len(server.requests) == 6
    assert server.connections == 1
    query = urlsplit(server.requests[0][1]).query
    headers = {name.lower(): value for name, value in server.requests[0][2].items()}
    assert headers["cache-control"] == "no-cache"
    assert headers["accept"] == "application/json"
    assert "dates_are_gmt" not in query  # only together with dates


def test_connection_the_store_closed_meanwhile_is_opened_anew(tmp_path):
    keeper = opener(tmp_path)
    with running_store(people=False, orders=2) as store:
        reader = keeper.open(StoreLink(store.url, store.key, store.secret))
        reader.orders(QUERY)
        store.fault("cut", times=1)

        assert reader.orders(QUERY).total >= 0
