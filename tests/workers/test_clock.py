"""The clock rings on time, and again after the broker has lost everything."""

from __future__ import annotations

import logging

import pytest

from sidecar.gateways.bell import RUNG, RedisBell, queue_named
from tests.workers.conftest import RealBroker
from workers.clock import Clock
from workers.schedule import SCHEDULE, Entry

EVERY_TWO = Entry("send_due", "send", 2)
EVERY_SIXTY = Entry("housekeeping", "decide", 60)


def _waiting(real_broker: RealBroker) -> list[str]:
    queues = {entry.queue for entry in SCHEDULE}
    ids = [job for queue in queues for job in queue_named(queue, real_broker.connection).get_job_ids()]
    return sorted(job.rpartition("-")[0] for job in ids)


def test_each_job_rings_as_often_as_the_schedule_says() -> None:
    rung: list[tuple[str, str]] = []

    def enqueue(queue: str, job: str) -> bool:
        rung.append((queue, job))
        return True

    clock = Clock(enqueue, [EVERY_TWO, EVERY_SIXTY])
    for second in range(61):
        clock.tick(float(second))

    assert rung.count(("send", "send_due")) == 31
    assert rung.count(("decide", "housekeeping")) == 2


def test_job_that_waits_already_is_not_rung_twice(real_broker: RealBroker) -> None:
    clock = Clock(RedisBell(real_broker.config).enqueue)

    for second in range(200):
        clock.tick(float(second))

    assert _waiting(real_broker) == sorted(entry.job for entry in SCHEDULE)


def test_wiped_broker_is_rung_again(real_broker: RealBroker) -> None:
    clock = Clock(RedisBell(real_broker.config).enqueue)
    clock.tick(0.0)

    real_broker.connection.flushall()
    clock.tick(max(entry.every_seconds for entry in SCHEDULE))

    assert _waiting(real_broker) == sorted(entry.job for entry in SCHEDULE)


@pytest.mark.faults
def test_broker_that_is_away_is_said_once_and_rung_when_back(
    real_broker: RealBroker, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(RedisBell(real_broker.config).enqueue, [EVERY_TWO])
    real_broker.kill()

    with caplog.at_level(logging.WARNING):
        for second in range(5):
            clock.tick(float(second))
        real_broker.start()
        clock.tick(5.0)

    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(";")[0] for line in said] == ["the broker is away", "the broker is back"]
    assert _waiting(real_broker) == ["send_due"]


def test_bell_rings_the_queue_it_was_asked_to(real_broker: RealBroker) -> None:
    bell = RedisBell(real_broker.config)

    for queue in RUNG:
        bell.ring(queue)
        bell.ring(queue)

    assert _waiting(real_broker) == sorted(RUNG.values())


@pytest.mark.faults
def test_ring_without_a_broker_is_a_log_line(real_broker: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    real_broker.kill()

    with caplog.at_level(logging.WARNING):
        RedisBell(real_broker.config).ring("poll")

    assert "did not take a ring of poll" in caplog.text
