"""A worker does the jobs of its one queue, whatever happens to them or to the broker."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import Queue
from rq.registry import FailedJobRegistry

from sidecar.config import ROOT
from sidecar.gateways.bell import queue_named
from tests.workers.conftest import RealBroker
from tests.workers.running import environment, until


@contextlib.contextmanager
def _worker(real_broker: RealBroker, queue: str = "send") -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "workers", "worker", queue], text=True, stderr=subprocess.PIPE,
        cwd=ROOT, env=environment(real_broker.config.data_dir),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _enqueue(queue: Queue, done: Path, seconds: float = 0) -> None:
    queue.enqueue("tests.workers.sample_jobs.write_after", seconds, str(done), result_ttl=0)


def test_job_runs_inside_the_application_and_leaves_nothing_behind(real_broker: RealBroker, tmp_path: Path) -> None:
    queue = queue_named("send", real_broker.connection)
    with _worker(real_broker) as process:
        _enqueue(queue, tmp_path / "done")
        until((tmp_path / "done").exists, "the job has run")
        until(lambda: not real_broker.connection.keys("rq:job:*"), "its record is gone")

        assert (tmp_path / "done").read_text() == f"{process.pid} sidecar"


def test_job_that_fails_stops_nobody(real_broker: RealBroker, tmp_path: Path) -> None:
    queue = queue_named("send", real_broker.connection)
    with _worker(real_broker):
        failed = queue.enqueue("tests.workers.sample_jobs.fail", failure_ttl=600)
        _enqueue(queue, tmp_path / "done")

        until((tmp_path / "done").exists, "the next job has run")
        assert FailedJobRegistry(queue=queue).get_job_ids() == [failed.id]


def test_other_queues_are_left_alone(real_broker: RealBroker, tmp_path: Path) -> None:
    poll = queue_named("poll", real_broker.connection)
    with _worker(real_broker, "send"):
        _enqueue(poll, tmp_path / "never")
        _enqueue(queue_named("send", real_broker.connection), tmp_path / "done")

        until((tmp_path / "done").exists, "the job of its own queue has run")
        assert len(poll) == 1
        assert not (tmp_path / "never").exists()


def test_asked_to_stop_it_finishes_the_running_job(real_broker: RealBroker, tmp_path: Path) -> None:
    queue = queue_named("send", real_broker.connection)
    with _worker(real_broker) as process:
        _enqueue(queue, tmp_path / "done", seconds=1.5)
        _enqueue(queue, tmp_path / "next")
        until((tmp_path / "done.started").exists, "the job has started")

        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
        assert (tmp_path / "done").exists()
        assert not (tmp_path / "next.started").exists()


def test_idle_worker_stops_at_once(real_broker: RealBroker) -> None:
    with _worker(real_broker) as process:
        until(lambda: bool(real_broker.connection.smembers("rq:workers")), "it is registered")

        process.send_signal(signal.SIGTERM)

        assert process.wait(3) == 0


@pytest.mark.faults
def test_broker_lost_during_a_job_is_waited_for(real_broker: RealBroker, tmp_path: Path) -> None:
    with _worker(real_broker) as process:
        _enqueue(queue_named("send", real_broker.connection), tmp_path / "first", seconds=1)
        until((tmp_path / "first.started").exists, "the job has started")

        real_broker.kill()
        until((tmp_path / "first").exists, "the job has run to its end")
        real_broker.start()
        _enqueue(queue_named("send", real_broker.connection), tmp_path / "second")

        until((tmp_path / "second").exists, "it works again")
        assert process.poll() is None


@pytest.mark.faults
def test_worker_that_waits_for_a_lost_broker_stops_at_once(real_broker: RealBroker, tmp_path: Path) -> None:
    with _worker(real_broker) as process:
        _enqueue(queue_named("send", real_broker.connection), tmp_path / "done", seconds=1)
        until((tmp_path / "done.started").exists, "the job has started")
        real_broker.kill()
        until((tmp_path / "done").exists, "the job has run to its end")
        time.sleep(1.5)  # it has noticed and waits

        process.send_signal(signal.SIGTERM)

        assert process.wait(5) == 0


@pytest.mark.faults
def test_worker_stays_listed_when_the_broker_has_lost_everything(real_broker: RealBroker) -> None:
    with _worker(real_broker):
        until(lambda: bool(real_broker.connection.smembers("rq:workers")), "it is registered")

        real_broker.connection.flushall()

        until(lambda: bool(real_broker.connection.smembers("rq:workers")), "it is registered again")
