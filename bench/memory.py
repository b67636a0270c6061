"""What the processes of `up` hold, some seconds after the start, with pages asked for."""

from __future__ import annotations

import time

from bench.figures import Effort, Figure, amount
from bench.ground import Ground
from bench.load import per_second
from bench.processes import Held, up

WEB_MOST = WORKER_MOST = 90.0
ALL_MOST = 350.0


def measure(ground: Ground, effort: Effort) -> Figure:
    """MB. The whole is a sum of shares (PSS), so that pages two processes share count once; a process alone is RSS."""
    rounds = min(effort.rounds, 5)
    with ground.database() as url, up(ground.environment(url)) as whole:
        per_second(whole.port, "/livez", {}, seconds=1.0)
        samples = []
        for _ in range(rounds):
            time.sleep(1.0)
            samples.append(whole.held())
    last = samples[-1]
    web, worker = _largest(last, "web"), _largest(last, "worker ")
    return amount(
        "memory",
        [sum(held.share for held in sample) for sample in samples],
        unit="MB of everything `up` started (PSS)",
        goal=ALL_MOST,
        web_mb=web,
        web_met=web <= WEB_MOST,
        worker_mb=worker,
        worker_met=worker <= WORKER_MOST,
        rss_sum_mb=sum(held.resident for held in last),
        processes={held.title: round(held.resident, 1) for held in last},
    )


def _largest(sample: list[Held], role: str) -> float:
    return max((held.resident for held in sample if f"ringback: {role}" in held.title), default=0.0)
