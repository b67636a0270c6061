"""Every fault of the sample store, as a client meets it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from sidecar.demo.faults import NAMES
from sidecar.demo.store import SampleStore, running_store

ORDERS = "/wp-json/wc/v3/orders"

# What a client sees: status, the beginning of the content type, and whether the body reads as JSON.
SEEN = {
    "maintenance": (503, "application/json", True), "fatal": (500, "application/json", True),
    "database": (500, "application/json", True), "bad_gateway": (502, "text/html", False),
    "rest_disabled": (403, "application/json", True), "captcha": (202, "text/html", False),
    "html_200": (200, "text/html", False), "rate_limited": (429, "text/plain", False),
    "login_redirect": (302, "text/html", False), "wrong_shape": (200, "application/json", True),
    "wrong_items": (200, "application/json", True), "empty": (200, "application/json", False),
    "bom": (200, "application/json", False), "php_warning": (200, "application/json", False),
    "truncated": (200, "application/json", False), "stale_cache": (200, "application/json", True),
    "no_totals": (200, "application/json", True), "slow": (200, "application/json", True),
}


@pytest.fixture(scope="module")
def store() -> Iterator[SampleStore]:
    with running_store(seed=1) as running:
        running.settings.basic_without_tls = True
        yield running


@pytest.fixture(autouse=True)
def healed(store: SampleStore) -> Iterator[None]:
    yield
    store.heal()


def ask(store: SampleStore, path: str = ORDERS) -> requests.Response:
    return requests.get(store.url + path, params={"per_page": 2}, auth=(store.key, store.secret), timeout=10,
                        headers={"Accept": "application/json"}, allow_redirects=False)


def _reads(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", SEEN)
def test_a_fault_is_met_as_often_as_it_was_switched_on(store: SampleStore, name: str) -> None:
    store.fault(name, times=2, seconds=0.05)
    for _ in range(2):
        answer = ask(store)
        kind = answer.headers["Content-Type"].split(";")[0]
        assert (answer.status_code, kind, _reads(answer)) == SEEN[name]
    well = ask(store)
    assert (well.status_code, len(well.json())) == (200, 2)


@pytest.mark.parametrize("name", ["drop", "cut"])
def test_a_connection_breaks(store: SampleStore, name: str) -> None:
    store.fault(name, times=1)
    with pytest.raises(requests.exceptions.RequestException):
        ask(store)
    assert ask(store).status_code == 200


def test_every_fault_is_tried_here() -> None:
    assert set(SEEN) | {"drop", "cut"} == set(NAMES)


def test_a_fault_keeps_to_its_path(store: SampleStore) -> None:
    store.fault("maintenance", path=f"{ORDERS}/statuses")
    assert ask(store).status_code == 200
    assert ask(store, f"{ORDERS}/statuses").status_code == 503


def test_a_fault_lasts_until_it_is_healed(store: SampleStore) -> None:
    store.fault("fatal")
    assert [ask(store).status_code for _ in range(3)] == [500, 500, 500]
    store.heal("fatal")
    assert ask(store).status_code == 200


def test_a_slow_store_takes_its_time(store: SampleStore) -> None:
    store.fault("slow", times=1, seconds=0.4)
    began = time.monotonic()
    ask(store)
    assert time.monotonic() - began >= 0.4


def test_a_busy_store_says_when_to_come_back(store: SampleStore) -> None:
    store.fault("rate_limited", times=1, seconds=17)
    assert ask(store).headers["Retry-After"] == "17"


def test_a_stale_cache_admits_its_age(store: SampleStore) -> None:
    store.fault("stale_cache", times=1, seconds=240)
    assert ask(store).headers["Age"] == "240"


def test_faults_are_switched_from_another_process(store: SampleStore) -> None:
    told = requests.post(f"{store.url}/_control/fault", json={"name": "captcha", "times": 1}, timeout=10)
    assert told.json()["name"] == "captcha"
    assert ask(store).status_code == 202
    assert ask(store).status_code == 200
    unknown = requests.post(f"{store.url}/_control/fault", json={"name": "flood"}, timeout=10)
    assert unknown.status_code == 400
