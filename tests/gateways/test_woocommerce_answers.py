"""Only 200, JSON by its type, parsed, in the right shape is an answer. Source: woocommerce.md 22."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from sidecar.errors import GatewayError
from sidecar.gateways.turns import FileTurns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.gateways.woocommerce.reader import WooReader
from sidecar.ports import OrderQuery, StoreLink
from tests.gateways.small_server import Answer, recorded, small_server

QUERY = OrderQuery(statuses=("pending", "failed"))
JSON = {"Content-Type": "application/json; charset=UTF-8", "X-WP-Total": "0", "X-WP-TotalPages": "0"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}


@pytest.fixture
def open_at(tmp_path: Path) -> Callable[[str], WooReader]:
    opener = WooOpener(allow_local=True, turns=FileTurns(tmp_path / "turns"))
    return lambda url: opener.open(StoreLink(url, "ck_key", "cs_secret"))


def trouble(open_at: Callable[[str], WooReader], answer: Answer) -> GatewayError:
    with small_server(answer) as server, pytest.raises(GatewayError) as raised:
        open_at(server.url).orders(QUERY)
    assert server.url not in raised.value.reason
    return raised.value


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("broken-maintenance-mode", "maintenance", "under maintenance"),
        ("broken-maintenance-mode-accept-any", "maintenance", "under maintenance"),
        ("broken-fatal-error", "fatal", "critical error"),
        ("broken-fatal-error-accept-any", "fatal", "critical error"),
        ("broken-php-notice-before-json", "php_notice", "WP_DEBUG_DISPLAY"),
        ("broken-empty-body", "empty", "PHP error log"),
        ("broken-bom-before-json", "bom", "byte order mark"),
        ("broken-rest-disabled", "rest_disabled", "security plugin"),
        ("auth-401-bad-key", "bad_key", "Make a new one"),
        ("auth-401-bad-secret", "bad_secret", "consumer secret"),
        ("oauth-client-bad-key", "bad_key", "Make a new one"),
        ("oauth-client-old-timestamp", "bad_secret", "Paste both again"),
        ("oauth-clock-skew--1000", "clock", "15 minutes"),
        ("auth-write-only-key-get", "write_only", "may not read"),
        ("auth-403-key-of-customer-user", "no_rights", "administrator or a shop manager"),
        ("plainperm-wp-json-orders", "plain_permalinks", "Settings → Permalinks"),
        ("orders-list-status-invalid", "unknown_status", "order statuses"),
        ("orders-list-per_page-101", "bad_request", "per_page"),
        ("wc-v4-orders", "not_found", "WooCommerce is switched on"),
        ("order-get-404", "not_found", "address"),
    ],
)
def test_recorded_broken_answer_is_unreadable_with_what_to_do(open_at, name, code, says):
    error = trouble(open_at, recorded(name))

    assert error.code == code
    assert says in error.reason
    assert "!" not in error.reason


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(502, {"Content-Type": "text/html"}, b"<html><h1>502 Bad Gateway</h1>nginx</html>"), "bad_gateway"),
        (Answer(504, HTML, b"<html>Gateway timeout</html>"), "bad_gateway"),
        (Answer(503, HTML, b"<html>Service unavailable</html>"), "unavailable"),
        (Answer(500, HTML, b"<h1>Error establishing a database connection</h1>"), "database"),
        (Answer(202, HTML, b"<html>Checking your browser, captcha</html>"), "captcha"),
        (Answer(202, JSON, b"[]"), "captcha"),
        (Answer(200, HTML, b"<html>Welcome</html>"), "html"),
        (Answer(200, HTML, b"[]"), "html"),
        (Answer(200, HTML, b"<html>are you a human? captcha</html>"), "captcha"),
        (Answer(403, HTML, b"<html>Wordfence</html>"), "blocked"),
        (Answer(200, JSON, b"[{"), "not_json"),
        (Answer(200, JSON, b"[NaN]"), "not_json"),
        (Answer(200, JSON, b"\xff\xfe[]"), "not_json"),
        (Answer(200, JSON, b"[" * 100_000), "not_json"),
        (Answer(200, JSON, b"<br /><b>Notice</b>: x[]"), "php_notice"),
        (Answer(200, JSON, b"  \n"), "empty"),
        (Answer(200, JSON, b"{}"), "wrong_shape"),
        (Answer(200, JSON, b"null"), "wrong_shape"),
        (Answer(200, JSON, b'[1,"two"]'), "wrong_shape"),
        (Answer(200, JSON | {"Age": "30"}, b"[]"), "stale"),
        (Answer(404, JSON | {"Age": "30"}, b"{}"), "stale"),
        (Answer(200, {"Content-Type": "application/json"}, b"[]"), "no_totals"),
        (Answer(200, JSON | {"X-WP-Total": "many"}, b"[]"), "no_totals"),
        (Answer(301, {"Location": "https://www.shop.example/wp-json/"}, b""), "moved"),
        (Answer(302, {"Location": "/wp-login.php?reauth=1"}, b""), "login"),
        (Answer(204, JSON, b""), "status"),
        (Answer(418, JSON, b"{}"), "status"),
        (Answer(429, {"Content-Type": "text/plain"}, b"slow down"), "too_many"),
        (Answer(200, JSON | {"Content-Encoding": "gzip"}, b"[]"), "bad_encoding"),
        (Answer(200, JSON, b"[]", length=900), "cut_off"),
    ],
)
def test_anything_but_a_proper_answer_is_unreadable(open_at, answer, code):
    assert trouble(open_at, answer).code == code


def test_white_space_around_json_is_json(open_at):
    with small_server(Answer(200, JSON, b"\n\n  []\n")) as server:
        assert open_at(server.url).orders(QUERY).orders == ()


def test_pause_the_store_asks_for_is_told_in_seconds(open_at):
    in_two_minutes = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)

    assert trouble(open_at, Answer(429, {"Retry-After": "45"})).retry_after_seconds == 45
    assert trouble(open_at, Answer(503, {"Retry-After": "999999"})).retry_after_seconds == 3600
    assert trouble(open_at, Answer(503, {"Retry-After": "soon"})).retry_after_seconds is None
    assert 100 < (trouble(open_at, Answer(429, {"Retry-After": in_two_minutes})).retry_after_seconds or 0) <= 121


def test_answer_without_end_is_given_up(open_at):
    with small_server(Answer(200, JSON, b" " * (17 * 1024 * 1024))) as server, pytest.raises(GatewayError) as raised:
        open_at(server.url).orders(QUERY)

    assert raised.value.code == "too_big"


def test_nobody_listening_is_no_connection(open_at):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(GatewayError) as raised:
            open_at(f"http://127.0.0.1:{unused.getsockname()[1]}").orders(QUERY)

    assert raised.value.code == "no_connection"
    assert "ck_key" not in raised.value.reason


def test_unknown_name_is_said(open_at, monkeypatch):
    def no_such_name(*_args, **_more):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(GatewayError) as raised:
        open_at("http://shop.example").orders(QUERY)

    assert raised.value.code == "dns"
    assert "typing mistake" in raised.value.reason


def test_https_asked_of_a_server_that_speaks_http_is_said(open_at):
    with small_server(Answer()) as server, pytest.raises(GatewayError) as raised:
        open_at(server.url.replace("http:", "https:")).orders(QUERY)

    assert raised.value.code == "tls"


def test_silent_store_is_a_timeout(open_at, monkeypatch):
    monkeypatch.setattr("sidecar.gateways.woocommerce.client.READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(GatewayError) as raised:
        open_at(f"http://127.0.0.1:{silent.getsockname()[1]}").orders(QUERY)

    assert raised.value.code == "timeout"


def test_order_is_gone_only_when_woocommerce_says_so(open_at):
    with small_server(recorded("order-get-404")) as server:
        assert open_at(server.url).order(999999) is None
    for other in (recorded("wc-v4-orders"), Answer(404, HTML, b"<html>Not found</html>"), Answer(404, JSON, b"[]")):
        with small_server(other) as server, pytest.raises(GatewayError):
            open_at(server.url).order(999999)


def test_another_order_than_asked_for_is_no_answer(open_at):
    one = json.loads(recorded("order-get").body)

    with small_server(Answer(200, JSON, json.dumps(one).encode())) as server, pytest.raises(GatewayError) as raised:
        open_at(server.url).order(one["id"] + 1)

    assert raised.value.code == "wrong_shape"


def test_status_the_store_dropped_is_left_out_and_asked_again(open_at):
    def answer(path: str) -> Answer:
        return recorded("orders-list-status-partly-invalid") if "abandoned" in path else Answer(200, JSON, b"[]")

    with small_server(answer) as server:
        open_at(server.url).orders(OrderQuery(statuses=("pending", "abandoned")))

    assert len(server.requests) == 2
    assert "status=pending&" in server.requests[1][1]
