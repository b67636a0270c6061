"""The table of what is done again and again: every job exists, and what must come soon does."""

from __future__ import annotations

from workers import jobs
from workers.schedule import QUEUES, SCHEDULE


def test_every_entry_names_a_job_and_a_queue_with_a_worker():
    for entry in SCHEDULE:
        assert callable(getattr(jobs, entry.job))
        assert entry.queue in QUEUES


def test_messages_of_dead_workers_are_swept_and_due_ones_looked_for_within_half_a_minute():
    every = {entry.job: entry.every_seconds for entry in SCHEDULE}
    assert every["housekeeping"] <= 30
    assert every["send_due"] <= 30
