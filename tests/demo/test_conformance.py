"""The sample store answers every recorded request that Ringback may send the way WooCommerce did.

Status, the headers that matter, and keys and types of bodies are compared; errors word for word. A recording that is
neither replayed nor left out with a reason fails the last test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from woocommerce import API
from woocommerce.oauth import OAuth

from sidecar.demo.store import SampleStore
from tests.demo import recorded, shape

# Name, or the beginning of names ending in *, and why it is not replayed.
LEFT_OUT = {
    "auth-application-password-*": "Ringback connects with WooCommerce keys, never with WordPress passwords",
    "checkout-link*": "asked by browsers, without keys: test_checkout.py and test_store_api.py",
    "data-countries-us": "Ringback knows the countries it calls",
    "data-index": "a list of lists, never asked for",
    "legacy-api-v3": "the API of 2013",
    "orders-batch-update": "Ringback writes orders one at a time, each on its own decision",
    "orders-email-templates": "Ringback writes its own messages",
    "orders-list-envelope": "for clients that cannot read headers",
    "orders-schema-options": "Ringback does not ask a store for its schema",
    "payment_gateways": "not asked: the gateway of an order stands in the order",
    "reports-customers-analytics": "history is counted from orders",
    "reports-sales": "reports are Ringback's own",
    "settings-groups": "the two groups that are read are known by name",
    "shipping*": "shipping stands in the order; the zones are asked only whether a coupon opens free delivery",
    "store-*": "asked by browsers, without keys: test_store_api.py",
    "system_status": "only the version is asked for; the sample store tells no more",
    "system_status-fields": "only the version is asked for; the sample store tells no more",
    "taxes": "tax stands in the order",
    "wc-auth-*": "connecting in one click is not built yet; the sample store has no page for it",
    "wc-v1-orders": "an old version of the API",
    "wc-v2-orders": "an old version of the API",
    "webhook*": "webhooks only make polling faster and are not built yet",
}
FAULTS = {"broken-bom-before-json": "bom", "broken-empty-body": "empty", "broken-fatal-error": "fatal",
          "broken-fatal-error-accept-any": "fatal", "broken-maintenance-mode": "maintenance",
          "broken-maintenance-mode-accept-any": "maintenance", "broken-maintenance-mode-index": "maintenance",
          "broken-php-notice-before-json": "php_warning", "broken-rest-disabled": "rest_disabled"}
HEADERS = ("X-WP-Total", "X-WP-TotalPages", "Allow", "Location", "Retry-After", "X-Redirect-By", "Vary",
           "Cache-Control", "Expires", "X-Robots-Tag", "X-Content-Type-Options", "Access-Control-Expose-Headers")


def _left_out(name: str) -> bool:
    return any(name == known or (known.endswith("*") and name.startswith(known[:-1])) for known in LEFT_OUT)


REPLAYED = [name for name in recorded.names() if not _left_out(name)]
BY_API = [name for name in REPLAYED if not name.startswith(("oauth-", "order-pay-"))]


@contextmanager
def store_for(name: str) -> Iterator[SampleStore]:
    """A store in the state the recording was made in."""
    world = recorded.world_for(name)
    server = str(recorded.recording(name)["meta"].get("server", ""))
    world.settings.basic_without_tls = "8082" not in server
    world.settings.plain_permalinks = name.startswith("plainperm-")
    if name == "wp-json-index-offset-timezone":
        world.settings.timezone, world.settings.offset_minutes = "", 330
    store = SampleStore(world).start()
    if name in FAULTS:
        store.fault(FAULTS[name])
    try:
        yield store
    finally:
        store.stop()


def _keys(name: str) -> tuple[str, str]:
    for part, place in (("read-only", 1), ("readonly", 1), ("write-only", 2), ("customer-user", 3)):
        if part in name:
            return recorded.KEYS[place].key, recorded.KEYS[place].secret
    key, secret = recorded.KEYS[0].key, recorded.KEYS[0].secret
    return ("ck_nobody" if "bad-key" in name else key), ("cs_wrong" if "bad-secret" in name else secret)


def replay(store: SampleStore, name: str) -> requests.Response:
    """Sends the recorded request to the sample store."""
    request = recorded.recording(name)["request"]
    headers = {k: v for k, v in request["headers"].items() if k in ("Accept", "Content-Type")}
    server = str(recorded.recording(name)["meta"].get("server", ""))
    if server.startswith("https"):
        headers["X-Forwarded-Proto"] = "https"
    body = request["body"]
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    if request["method"] in ("POST", "PUT") and body is None:
        data = "{}"
    url = store.url + request["path"] + (f"?{request['raw_query']}" if request.get("raw_query") else "")
    auth = _keys(name) if "Authorization" in request["headers"] else None
    return requests.request(request["method"], url, headers=headers, data=data, auth=auth, timeout=10,
                            allow_redirects=False)


def check(name: str, answer: requests.Response) -> None:
    """Fails with every difference between an answer and the recorded one."""
    theirs = recorded.recording(name)["response"]
    found = [] if answer.status_code == theirs["status"] else [f"status {answer.status_code}, not {theirs['status']}"]
    kind = theirs["headers"].get("Content-Type", "")
    if answer.headers.get("Content-Type", "") != kind:
        found.append(f"Content-Type {answer.headers.get('Content-Type')}, not {kind}")
    found += [f"{header}: ours {answer.headers.get(header)!r}, theirs {theirs['headers'].get(header)!r}"
              for header in HEADERS if not _alike(header, answer.headers.get(header), theirs["headers"].get(header))]
    found += _links(str(answer.headers.get("Link", "")), str(theirs["headers"].get("Link", "")))
    found += _bodies(answer, theirs)
    assert not found, "\n".join(found)


def _alike(header: str, ours: str | None, theirs: str | None) -> bool:
    if header in ("X-WP-Total", "X-WP-TotalPages"):
        return (ours is None) == (theirs is None) and (ours or "0").isdigit()
    if header == "Location" and ours and theirs:
        return _path(ours) == _path(theirs)
    return ours == theirs


def _path(address: str) -> str:
    return re.sub(r"\d+$", "ID", urlsplit(address).path + urlsplit(address).query)


def _links(ours: str, theirs: str) -> list[str]:
    told = [re.findall(r'rel="([^"]+)"', link) for link in (ours, theirs)]
    if told[0] != told[1]:
        return [f"Link {told[0]}, not {told[1]}"]
    if '"next"' not in theirs and '"prev"' not in theirs:
        return []
    names = [sorted(set(re.findall(r"[?&]([\w%]+)=", link)) - {"consumer_key", "consumer_secret"})
             for link in (ours, theirs)]
    return [] if names[0] == names[1] else [f"Link's parameters {names[0]}, not {names[1]}"]


def _bodies(answer: requests.Response, theirs: dict[str, Any]) -> list[str]:
    body = theirs["body"]
    if isinstance(body, str):
        return _texts(answer.text, body)
    if not isinstance(body, dict | list):
        return []
    ours = answer.json()
    if theirs["status"] >= 400 and isinstance(body, dict) and "code" in body:
        return _errors(ours, body)
    return shape.differences(ours, [body])


def _texts(ours: str, theirs: str) -> list[str]:
    """Broken answers: empty as recorded, or beginning as recorded."""
    if not theirs or not ours:
        return [] if bool(ours) == bool(theirs) else [f"body {ours[:60]!r}, not {theirs[:60]!r}"]
    start = theirs.lstrip("\ufeffï»¿")[:4] if theirs.startswith("ï»¿") else theirs[:12]
    begins = ours.lstrip("\ufeffï»¿").startswith(start) if theirs.startswith("ï»¿") else ours.startswith(start)
    return [] if begins else [f"body begins {ours[:40]!r}, not {theirs[:40]!r}"]


def _errors(ours: Any, theirs: dict[str, Any]) -> list[str]:
    if theirs["code"] == "internal_server_error":  # the file and line of the crash differ from crash to crash
        return [] if ours["code"] == theirs["code"] and ours["data"]["status"] == 500 else [f"error {ours}"]
    return [] if ours == theirs else [f"error {ours}, not {theirs}"]


@pytest.mark.parametrize("name", BY_API)
def test_recorded_request_is_answered_as_woocommerce_did(name: str) -> None:
    with store_for(name) as store:
        check(name, replay(store, name))


LISTS = [name for name in REPLAYED if name.startswith(("dates-", "orders-list-")) and not name.endswith("after-delete")
         and recorded.recording(name)["response"]["status"] == 200]


@pytest.mark.parametrize("name", LISTS)
def test_a_listing_shows_the_orders_that_woocommerce_showed(name: str) -> None:
    theirs = recorded.recording(name)["response"]
    with store_for(name) as store:
        answer = replay(store, name)
    assert [row["id"] for row in answer.json()] == [row["id"] for row in theirs["body"]]
    assert answer.headers["X-WP-Total"] == theirs["headers"]["X-WP-Total"]
    assert answer.headers["X-WP-TotalPages"] == theirs["headers"]["X-WP-TotalPages"]


@pytest.mark.parametrize("name", [name for name in REPLAYED if name.startswith("oauth-client-")])
def test_the_python_client_is_answered_as_woocommerce_did(name: str) -> None:
    asked = recorded.recording(name)["request"]
    params: dict[str, Any] = {}
    for key, value in asked["query"]:
        if not key.startswith("oauth_"):
            params[key] = value
    if name == "oauth-client-status-list":
        params["status"] = ["pending", "failed"]
    if name.endswith(("delete-coupon-force", "delete-force-true")):
        params["force"] = True
    key, secret = _keys(name)
    with store_for(name) as store:
        if name == "oauth-client-old-timestamp":
            query = urlencode(dict(asked["query"], oauth_consumer_key=key))
            check(name, requests.get(f"{store.url}{asked['path']}?{query}", timeout=10))
            return
        store.world.clock = recorded.clock_of_this_machine
        client = API(store.url, key, secret)
        endpoint = asked["path"].removeprefix("/wp-json/wc/v3/")
        if asked["method"] in ("GET", "DELETE"):
            answer = getattr(client, asked["method"].lower())(endpoint, params=params)
        else:
            answer = getattr(client, asked["method"].lower())(endpoint, json.loads(asked["body"]))
        check(name, answer)


@pytest.mark.parametrize(("name", "skew"), [("oauth-clock-skew--1000", -1000), ("oauth-clock-skew--800", -800)])
def test_a_clock_that_is_a_quarter_of_an_hour_off_is_refused(name: str, skew: int) -> None:
    with store_for(name) as store:
        url = OAuth(f"{store.url}/wp-json/wc/v3/orders?per_page=1", *_keys(name), version="wc/v3", method="GET",
                    oauth_timestamp=store.world.seconds() + skew).get_oauth_url()
        check(name, requests.get(url, timeout=10))


@pytest.mark.parametrize("name", [name for name in REPLAYED if name.startswith("order-pay-")])
def test_the_pay_page_says_what_woocommerce_says(name: str) -> None:
    theirs = recorded.recording(name)
    request, said = theirs["request"], theirs["response"]["body"]
    known = {"order-pay-page-pending": 120, "order-pay-wrong-key": 120}
    with store_for(name) as store:
        if name in known:
            row = recorded.body("order-from-block-checkout-redirect")
            order = recorded.order({**row, "id": 120, "order_key": "wc_order_TyhwSOTtrFXiG"})
            order.created = store.world.seconds() - 300
            store.world.add_order(order)
        if name == "order-pay-out-of-stock":
            store.world.products[store.orders[98].lines[0].product_id].stock = 0
        data = request["body"] if isinstance(request["body"], dict) else None
        answer = requests.request(request["method"], f"{store.url}{request['path']}?{request['raw_query']}", data=data,
                                  timeout=10)
        assert answer.status_code == theirs["response"]["status"]
        assert answer.headers["Content-Type"] == theirs["response"]["headers"]["Content-Type"]
        for mark in ("woocommerce-verify-email", "order_review", "woocommerce-form-login", "cannot be paid for",
                     "no longer in stock", "unable to verify", 'name="woocommerce_pay"'):
            assert (mark in answer.text) == (mark in said), mark


def test_no_recording_is_forgotten() -> None:
    copied = {path.stem for path in recorded.FOLDER.glob("*.json")} - {"INDEX"}
    assert set(REPLAYED) - copied == set(), "recordings to replay that are not copied here"
    unused = [known for known in LEFT_OUT if not any(
        name == known or (known.endswith("*") and name.startswith(known[:-1])) for name in recorded.names())]
    assert unused == [], "left out, but not in the index"
