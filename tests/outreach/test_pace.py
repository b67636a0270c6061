"""How fast mail goes to one provider, over all workers, and where it stops."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.db import transaction
from sidecar.outreach.delivery import pace
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


def turns(count: int, *, at=NOW, per_minute: int = 10, provider: str = "gmail.com") -> int:
    """How many of so many tries got a turn, each in a transaction of its own, as workers ask."""
    taken = 0
    for _ in range(count):
        with transaction():
            taken += pace.take_turn(provider, per_minute=per_minute, now=at)
    return taken


def stop(provider: str, *, at=NOW, by: str = "blocked") -> pace.Stop:
    with transaction():
        return pace.stop(provider, "554 5.7.1 no", by=by, now=at)


def stopped(provider: str, *, at=NOW) -> pace.Stop | None:
    return pace.stopped(provider, now=at)


def test_a_provider_gets_no_more_than_its_share_of_a_minute_and_others_have_their_own(app: Flask) -> None:
    assert turns(15) == 10
    assert turns(15, provider="example.com") == 10
    assert turns(1, at=NOW + timedelta(seconds=59)) == 0


def test_a_minute_that_begins_anywhere_has_no_more_than_its_share(app: Flask) -> None:
    assert turns(10, at=NOW + timedelta(seconds=1)) == 10
    assert turns(10, at=NOW + timedelta(seconds=62)) == 1  # the minute before still weighs nearly whole
    assert turns(10, at=NOW + timedelta(seconds=91)) == 4
    assert turns(20, at=NOW + timedelta(seconds=300)) == 10


def test_a_clock_that_went_back_does_not_stop_mail_for_long(app: Flask) -> None:
    assert turns(10) == 10
    assert turns(10, at=NOW - timedelta(hours=1)) == 10


@pytest.mark.parametrize(
    ("address", "provider"),
    [("a@googlemail.com", "gmail.com"), ("a@HOTMAIL.com", "outlook.com"), ("a@example.com", "example.com")],
)
def test_domains_of_one_provider_count_together(address: str, provider: str) -> None:
    assert pace.provider_of(address) == provider


def test_a_block_stops_one_provider_and_lasts_twice_as_long_the_next_time(app: Flask) -> None:
    first = stop("gmail.com")
    assert first.until_at == NOW + timedelta(minutes=30)
    assert stopped("gmail.com") == first
    assert stopped("example.com") is None
    assert stopped("gmail.com", at=first.until_at) is None

    again = stop("gmail.com", at=first.until_at)

    assert again.until_at == first.until_at + timedelta(hours=1)
    assert again.since_at == NOW


def test_a_block_while_stopped_makes_the_stop_no_longer(app: Flask) -> None:
    assert stop("gmail.com").until_at == stop("gmail.com", at=NOW + MINUTE).until_at


def test_a_second_provider_that_blocks_stops_everything(app: Flask) -> None:
    stop("gmail.com")
    assert stop("outlook.com").provider == pace.OURS
    assert stopped("example.com") is not None
    assert [one.provider for one in pace.stops(now=NOW)] == ["", "gmail.com", "outlook.com"]


def test_being_asked_to_slow_down_stops_for_a_minute_and_no_other_provider(app: Flask) -> None:
    assert stop(pace.OURS, by="slow_down").until_at == NOW + MINUTE
    stop("gmail.com", by="slow_down")
    assert stop("outlook.com", by="slow_down").provider == "outlook.com"


def test_a_mail_that_is_taken_ends_the_stop_and_forgets_how_often(app: Flask) -> None:
    until = stop("gmail.com").until_at
    with transaction():
        pace.went_well("gmail.com")
    assert stopped("gmail.com") is None
    assert stop("gmail.com", at=until).until_at == until + timedelta(minutes=30)


def test_workers_that_ask_at_once_count_together(app: Flask) -> None:
    taken: list[int] = []

    def ask() -> None:
        with app.app_context():
            taken.append(turns(25, per_minute=30))

    workers = [threading.Thread(target=ask) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(taken) == 30
    assert len(taken) == 3
