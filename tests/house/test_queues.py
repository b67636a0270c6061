"""Every queue that is rung has a worker, a schedule, and something to do."""

from __future__ import annotations

import inspect

from sidecar.gateways.bell import RUNG
from workers import jobs
from workers.roles import WORKERS
from workers.schedule import QUEUES, SCHEDULE


def test_every_rung_queue_has_one_worker_of_its_own() -> None:
    assert set(RUNG) == set(QUEUES)
    assert sorted(role.name for role in WORKERS) == sorted(f"worker {queue}" for queue in QUEUES)


def test_every_rung_job_is_on_the_schedule_too() -> None:
    scheduled = {(entry.queue, entry.job) for entry in SCHEDULE}

    assert set(RUNG.items()) <= scheduled
    assert {queue for queue, _ in scheduled} <= set(QUEUES)


def test_every_scheduled_job_exists_and_every_job_is_scheduled() -> None:
    public = {
        name for name, function in inspect.getmembers(jobs, inspect.isfunction)
        if function.__module__ == jobs.__name__ and not name.startswith("_")
    }

    assert public == {entry.job for entry in SCHEDULE}


def test_jobs_carry_no_work_and_stay_thin() -> None:
    for entry in SCHEDULE:
        function = getattr(jobs, entry.job)
        assert not inspect.signature(function).parameters
        assert len(inspect.getsource(function).splitlines()) <= 15, entry.job
