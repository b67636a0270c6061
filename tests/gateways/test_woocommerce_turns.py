"""One request in flight per store, over threads and processes; nobody starves, nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sidecar.demo.store import running_store
from sidecar.errors import GatewayError
from sidecar.gateways.turns import FileTurns, PostgresTurns, Turns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.ports import OrderQuery, StoreLink
from tests.conftest import POSTGRES

STORE = "https://shop.example.com"
MakeTurns = Callable[[float], Turns]


@pytest.fixture(params=["files", *(["postgres"] if POSTGRES else [])])
def make_turns(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeTurns]:
    if request.param == "files":
        yield lambda wait: FileTurns(tmp_path / "turns", wait_seconds=wait)
        return
    url = request.getfixturevalue("postgres_url")
    yield lambda wait: PostgresTurns(url, wait_seconds=wait)


def test_second_asker_waits_until_the_first_is_done(make_turns):
    turns, order = make_turns(5.0), []

    def second() -> None:
        with turns.take(STORE):
            order.append("second")

    with turns.take(STORE):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join(5)

    assert order == ["first", "second"]


def test_another_store_is_not_waited_for(make_turns):
    turns = make_turns(0.2)
    with turns.take(STORE), turns.take("https://other.example.com"):
        pass


def test_wait_is_bounded(make_turns):
    turns = make_turns(0.2)
    with turns.take(STORE), pytest.raises(GatewayError) as raised, turns.take(STORE):
        pass

    assert raised.value.code == "busy"
    with turns.take(STORE):
        pass


def test_turn_is_given_back_when_the_request_fails(make_turns):
    turns = make_turns(0.2)
    with pytest.raises(ValueError, match="lost"), turns.take(STORE):
        raise ValueError("lost")
    with turns.take(STORE):
        pass


def test_whoever_waits_comes_before_whoever_just_had_a_turn(make_turns):
    """An import that asks page after page must not keep a live re-read waiting."""
    turns, taken, stop = make_turns(5.0), [], threading.Event()

    def importing() -> None:
        while not stop.is_set():
            with turns.take(STORE):
                taken.append("import")
                time.sleep(0.02)

    thread = threading.Thread(target=importing)
    thread.start()
    try:
        for _ in range(5):
            time.sleep(0.05)
            before = len(taken)
            with turns.take(STORE):
                assert len(taken) - before <= 2
    finally:
        stop.set()
        thread.join(5)


def _hold(turns: Turns, ready: str) -> None:
    with turns.take(STORE):
        Path(ready).touch()
        time.sleep(30)


def test_turn_of_a_killed_process_is_free_again(make_turns, tmp_path):
    turns, ready = make_turns(5.0), tmp_path / "ready"
    holder = multiprocessing.get_context("fork").Process(target=_hold, args=(turns, str(ready)))
    holder.start()
    for _ in range(200):
        if ready.exists():
            break
        time.sleep(0.02)
    holder.kill()
    holder.join(5)

    with turns.take(STORE):
        pass


def _ask(turns: Turns, link: StoreLink) -> None:
    reader = WooOpener(allow_local=True, turns=turns).open(link)
    for _ in range(5):
        reader.orders(OrderQuery(statuses=("pending",)))


def test_store_sees_one_request_at_a_time_from_several_processes(make_turns):
    turns = make_turns(20.0)
    with running_store(people=False, orders=50) as store:
        store.settings.latency = 0.02
        link = StoreLink(store.url, store.key, store.secret)
        context = multiprocessing.get_context("fork")
        askers = [context.Process(target=_ask, args=(turns, link)) for _ in range(3)]
        for asker in askers:
            asker.start()
        _ask(turns, link)
        for asker in askers:
            asker.join(30)

        assert [asker.exitcode for asker in askers] == [0, 0, 0]
        assert len(store.traffic.visits()) == 20
        assert store.traffic.most_at_once == 1
