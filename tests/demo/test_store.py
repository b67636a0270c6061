"""The sample store as a server: keys, TLS, paging, storages, traffic, a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from woocommerce import API

from sidecar.demo import catalog
from sidecar.demo.store import SampleStore, running_store

ORDERS = "/wp-json/wc/v3/orders"
GUEST = {"first_name": "Ada", "last_name": "Reed", "country": "US", "state": "CO", "postcode": "80202",
         "email": "ada.reed@example.com", "phone": "(303) 555-0101"}


@pytest.fixture
def store() -> Iterator[SampleStore]:
    with running_store(people=False) as running:
        running.settings.basic_without_tls = True
        yield running


def ask(store: SampleStore, path: str = ORDERS, **params: Any) -> requests.Response:
    return requests.get(store.url + path, params=params, auth=(store.key, store.secret), timeout=10)


def place(store: SampleStore, count: int = 1, **values: Any) -> list[int]:
    return [store.simulator.place(GUEST, [(catalog.TURNTABLE, 1)], **values).id for _ in range(count)]


def test_basic_auth_counts_on_tls_alone(store: SampleStore) -> None:
    store.settings.basic_without_tls = False
    assert ask(store).status_code == 401
    tls = requests.get(store.url + ORDERS, auth=(store.key, store.secret), headers={"X-Forwarded-Proto": "https"},
                       timeout=10)
    assert tls.status_code == 200


def test_a_host_that_strips_the_authorization_header_takes_keys_in_the_query(store: SampleStore) -> None:
    store.settings.strip_authorization = True
    assert ask(store).json()["code"] == "woocommerce_rest_cannot_view"
    query = requests.get(store.url + ORDERS, timeout=10,
                         params={"consumer_key": store.key, "consumer_secret": store.secret})
    assert query.status_code == 200


def test_a_nonce_is_taken_once(store: SampleStore) -> None:
    store.settings.basic_without_tls = False
    sent: list[str] = []
    first = API(store.url, store.key, store.secret).get("orders", hooks={"response": lambda r, **_: sent.append(r.url)})
    again = requests.get(sent[0], timeout=10)
    assert first.status_code == 200
    assert again.status_code == 401
    assert again.json()["message"] == "Invalid nonce - nonce has already been used."


def test_hidden_rows_make_short_pages_but_count(store: SampleStore) -> None:
    ids = place(store, 5)
    store.world.hidden.add(ids[2])
    page = ask(store, per_page=3)
    assert [row["id"] for row in page.json()] == [ids[4], ids[3]]
    assert (page.headers["X-WP-Total"], page.headers["X-WP-TotalPages"]) == ("5", "2")


@pytest.mark.parametrize(("storage", "total"), [("hpos", "3"), ("posts", "0")])
def test_a_page_past_the_end_is_empty_and_the_storages_count_it_differently(
        store: SampleStore, storage: str, total: str) -> None:
    store.settings.storage = storage
    place(store, 3)
    page = ask(store, page=9, per_page=2)
    assert (page.status_code, page.json(), page.headers["X-WP-Total"]) == (200, [], total)


def test_orders_of_one_second_page_without_loss(store: SampleStore) -> None:
    ids = place(store, 205, at=store.world.seconds() - 60)
    seen: list[int] = []
    for page in (1, 2, 3):
        seen += [row["id"] for row in ask(store, per_page=100, page=page, orderby="modified", order="asc").json()]
    assert sorted(seen) == sorted(ids)


@pytest.mark.parametrize(("zone", "missed"), [("Asia/Tokyo", True), ("America/New_York", False)])
def test_flag_and_z_together_shift_the_moment_by_the_stores_offset(store: SampleStore, zone: str, missed: bool) -> None:
    store.settings.timezone = zone
    place(store)
    hour_ago = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    trapped = ask(store, modified_after=hour_ago, dates_are_gmt="true").json()
    right = ask(store, modified_after=hour_ago[:-1], dates_are_gmt="true").json()
    assert (len(trapped), len(right)) == (0 if missed else 1, 1)


def test_an_open_connection_is_kept(store: SampleStore) -> None:
    with requests.Session() as session:
        session.auth = (store.key, store.secret)
        lines = set()
        for _ in range(3):
            answer = session.get(store.url + ORDERS, timeout=10, stream=True)
            line: Any = answer.raw.connection
            lines.add(line.sock.getsockname())
            assert answer.json() == []
    assert len(lines) == 1


def test_the_store_knows_how_many_asked_at_once(store: SampleStore) -> None:
    store.settings.latency = 0.2
    askers = [threading.Thread(target=ask, args=(store,)) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert store.traffic.most_at_once == 3
    store.traffic.clear()
    ask(store, per_page=7)
    assert store.traffic.most_at_once == 1
    assert [visit.query for visit in store.traffic.visits(ORDERS)] == ["per_page=7"]


def test_the_controls_answer_programs_of_this_machine_alone(store: SampleStore) -> None:
    order_id, *_ = place(store)
    paid = requests.post(f"{store.url}/_control/do/pay", json={"order_id": order_id}, timeout=10)
    assert paid.json()["status"] == "processing"
    page = requests.post(f"{store.url}/_control/do/trash", json={"order_id": order_id}, timeout=10,
                         headers={"Origin": "http://elsewhere.example"})
    assert page.status_code == 403
    assert store.orders[order_id].status == "processing"
    nothing = requests.post(f"{store.url}/_control/do/pay", json={"order_id": 1}, timeout=10)
    assert nothing.status_code == 404


def test_pages_of_a_hundred_thousand_orders_cost_no_more_than_those_of_a_few() -> None:
    def best(store: SampleStore) -> float:
        took = []
        for page in range(2, 7):
            began = time.perf_counter()
            assert len(ask(store, per_page=100, page=page, orderby="modified", order="asc").json()) == 100
            took.append(time.perf_counter() - began)
        return min(took)

    with running_store(people=False, orders=700) as small, running_store(people=False, orders=100_000) as large:
        for store in (small, large):
            store.settings.basic_without_tls = True
            ask(store, per_page=100, orderby="modified", order="asc")
        assert best(large) < 4 * best(small)


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    env = os.environ | {"DEMO_STORE_KEY": "ck_own", "DEMO_STORE_SECRET": "cs_own"}
    running = subprocess.Popen([sys.executable, "-m", "sidecar.demo", "--port", "0", *arguments], text=True,
                               stdout=subprocess.PIPE, env=env)
    assert running.stdout is not None
    return running, str(json.loads(running.stdout.readline())["url"])


def test_a_process_of_its_own_stops_when_told_and_goes_on_where_it_was(tmp_path: Path) -> None:
    running, url = start("--state", str(tmp_path / "store.json"))
    try:
        unpaid = API(url, "ck_own", "cs_own").get("orders", params={"status": "failed", "per_page": 1}).json()[0]["id"]
        requests.post(f"{url}/_control/do/pay", json={"order_id": unpaid}, timeout=10).raise_for_status()
    finally:
        running.kill()
        running.wait(10)
    running, url = start("--state", str(tmp_path / "store.json"))
    try:
        assert API(url, "ck_own", "cs_own").get(f"orders/{unpaid}").json()["status"] == "processing"
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
