"""The one command: every process is there, comes back, and goes away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from rq import Worker
from sqlalchemy import create_engine, text

from sidecar.config import ROOT
from sidecar.gateways.bell import queue_named
from tests.conftest import POSTGRES
from tests.workers.running import Running, descendants, environment, is_alive, running, until
from workers.schedule import QUEUES

ROLES = ("broker", "web", "web worker", *(f"worker {queue}" for queue in QUEUES), "clock")


def test_every_process_shows_its_role_and_each_worker_has_one_queue(data_dir: Path) -> None:
    with running(data_dir) as it:
        it.wait_for_roles(*ROLES)

        assert sorted(it.roles()) == sorted(ROLES)
        connection = Redis.from_url(it.config.broker_url)
        until(lambda: len(Worker.all(connection, serializer="json")) == len(QUEUES), "the workers are registered")
        listened = sorted(worker.queue_names() for worker in Worker.all(connection, serializer="json"))
        assert listened == sorted([f"ringback-{queue}"] for queue in QUEUES)


def test_address_is_printed_once(data_dir: Path) -> None:
    with running(data_dir) as it:
        until(lambda: "http://" in it.output, "an address is printed")

        assert [line for line in it.output.splitlines() if "http://" in line and "/setup" not in line] == [
            f"Ringback is at http://127.0.0.1:{it.port}"
        ]


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="no Postgres")
def test_everything_runs_on_postgres(data_dir: Path, worker_id: str) -> None:
    name = f"ringback_up_{worker_id}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = admin.url.set(database=name).render_as_string(hide_password=False)

    with running(data_dir, SIDECAR_DATABASE_URL=url) as it:
        it.wait_for_roles(*ROLES)
        until(lambda: "http://" in it.output, "an address is printed")

    assert "went wrong" not in it.output
    assert not (data_dir / "ringback.sqlite3").exists()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.mark.faults
def test_killed_processes_come_back(data_dir: Path) -> None:
    with running(data_dir) as it:
        before = it.wait_for_roles(*ROLES)

        killed = {before[role] for role in ("broker", "worker send", "clock", "web")}
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not killed & set(it.roles().values()), "the killed processes are gone")
        after = it.wait_for_roles(*ROLES)
        until(it.answers, "the pages answer again")

        assert after["worker poll"] == before["worker poll"]


@pytest.mark.faults
def test_killed_request_server_is_replaced(data_dir: Path) -> None:
    with running(data_dir) as it:
        before = it.wait_for_roles(*ROLES)["web worker"]

        os.kill(before, signal.SIGKILL)

        until(lambda: it.roles().get("web worker", before) != before and it.answers(), "the pages answer again")


def test_stopping_finishes_the_running_job_and_leaves_no_process(data_dir: Path) -> None:
    done = data_dir / "done"
    with running(data_dir) as it:
        it.wait_for_roles(*ROLES)
        queue = queue_named("send", Redis.from_url(it.config.broker_url))
        queue.enqueue("tests.workers.sample_jobs.write_after", 2, str(done), result_ttl=0)
        until(Path(f"{done}.started").exists, "the job has started")
        below = descendants(it.process.pid)

        seconds = it.stop()

        assert it.process.returncode == 0
        assert seconds < 10
        assert done.exists()
        assert not [pid for pid in below if is_alive(pid)]


def test_job_that_never_ends_does_not_keep_the_stop_waiting(data_dir: Path) -> None:
    with running(data_dir) as it:
        it.wait_for_roles(*ROLES)
        queue = queue_named("send", Redis.from_url(it.config.broker_url))
        queue.enqueue("tests.workers.sample_jobs.write_after", 60, str(data_dir / "done"), result_ttl=0)
        until((data_dir / "done.started").exists, "the job has started")
        below = descendants(it.process.pid)

        seconds = it.stop()

        assert it.process.returncode == 0
        assert seconds < 10
        assert not [pid for pid in below if is_alive(pid)]


def test_second_start_on_the_same_folder_is_refused(data_dir: Path) -> None:
    with running(data_dir) as it:
        second = subprocess.run(
            [sys.executable, "-m", "sidecar", "up"],
            cwd=ROOT, env=environment(data_dir), capture_output=True, text=True, timeout=30, check=False,
        )

        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert f"already runs on {data_dir} (process {it.process.pid})" in second.stderr
        assert it.answers()


@pytest.mark.faults
def test_nothing_outlives_a_killed_supervisor_and_a_new_start_works(data_dir: Path) -> None:
    with running(data_dir) as first:
        first.wait_for_roles(*ROLES)
        below = descendants(first.process.pid)

        first.process.kill()  # and not waited for: its zombie must not count as a running supervisor
        second = Running(data_dir)
        try:
            second.wait_until_it_answers()
            assert not [pid for pid in below if is_alive(pid)]
        finally:
            second.stop()
        assert second.process.returncode == 0


def test_port_in_use_is_said_in_one_line(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = subprocess.run(
            [sys.executable, "-m", "sidecar", "up", "--port", str(port)],
            cwd=ROOT, env=environment(data_dir), capture_output=True, text=True, timeout=30, check=False,
        )

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"port {port} cannot be used" in refused.stderr


def test_odd_setting_stops_the_start_in_one_line(data_dir: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "sidecar", "up"],
        cwd=ROOT, env=environment(data_dir) | {"SIDECAR_PORT": "many"},
        capture_output=True, text=True, timeout=30, check=False,
    )

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "SIDECAR_PORT" in refused.stderr
