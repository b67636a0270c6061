"""What one sending worker holds while it sends very many messages: the most (PSS), and how much it grew on the way."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from bench.figures import Effort, Figure, amount
from bench.ground import Ground
from bench.messages import send
from bench.outbox import listening, prepare
from sidecar.db import db

WORKER_MOST = 90.0
PEOPLE = 250  # each round writes to all of them anew
GREW_AT_MOST = 5.0


def measure(ground: Ground, effort: Effort) -> Figure:
    """MB, of a process that does what the worker does and holds what it holds, and the bench beside it."""
    count = max(effort.sent, 2 * PEOPLE)
    with ground.application(), listening("bench.sink") as port:
        outbox = prepare(PEOPLE, port)
        db.session.remove()
        db.engine.dispose()
        begun, samples = time.perf_counter(), []
        for _ in range(count // PEOPLE):
            outbox.plan(anew=True)
            send(outbox.gateways, PEOPLE)
            db.session.remove()
            samples.append(_held())
        spent = time.perf_counter() - begun
    grew = samples[-1] - samples[1]  # the first rounds load and compile what is needed later
    return amount(
        "sending",
        [max(samples)],
        unit=f"MB at most while sending {len(samples) * PEOPLE:,} messages (PSS), {ground.database_name}",
        goal=WORKER_MOST,
        grew_mb=grew,
        grew_met=grew <= GREW_AT_MOST,
        samples_mb=[round(sample, 1) for sample in samples[:: max(1, len(samples) // 20)]],
        messages_a_second=len(samples) * PEOPLE / spent,
    )


def _held() -> float:
    rollup = Path(f"/proc/{os.getpid()}/smaps_rollup").read_text(encoding="ascii")
    return sum(int(size) for size in re.findall(r"^Pss: +(\d+) kB", rollup, re.M)) / 1024
