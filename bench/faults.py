"""Senders killed at random and at every named point, over SMTP: how many messages were doubled or lost."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from typing import Any

from bench.figures import Effort, Figure, amount
from bench.ground import Ground
from bench.killing import PEOPLE, Killing
from bench.outbox import listening, prepare
from sidecar.db import db

KILLS_AN_ERA = 45
_SHOWN = 60  # lines of trouble


def measure(ground: Ground, effort: Effort) -> Figure:
    """0, if all is well. `effort.seed` and `effort.era` replay one era."""
    seed = effort.seed or secrets.token_hex(4)
    log = ground.folder / "post.log"
    log.touch()
    log.with_suffix(".seed").write_text("none", encoding="ascii")
    with listening("bench.post", str(log)) as port, ground.application():
        outbox = prepare(PEOPLE, port)
        db.session.remove()
        db.engine.dispose()
        killing = Killing(outbox, log, seed)
        killing.warm_up()
        begun = time.perf_counter()
        _kill(killing, effort)
        spent = time.perf_counter() - begun
    return _figure(killing, effort, seed, spent, ground)


def _kill(killing: Killing, effort: Effort) -> None:
    if effort.era is not None:
        killing.era(effort.era, KILLS_AN_ERA)
        return
    number, stop = 0, threading.Event()
    signal.signal(signal.SIGINT, lambda _signal, _frame: stop.set())  # ended early, it tells how far it came
    while killing.tally.kills < effort.kills and not stop.is_set():
        killing.era(number, KILLS_AN_ERA)  # never cut short: a replay of the era must come to the same
        number += 1


def _figure(killing: Killing, effort: Effort, seed: str, spent: float, ground: Ground) -> Figure:
    tally = killing.tally
    bad = len(tally.trouble)
    errors = killing.errors()
    more: dict[str, Any] = {"trouble": [*tally.trouble[:_SHOWN], *errors.splitlines()[-_SHOWN:]]} if bad else {}
    if bad:
        more["replay"] = [f"bin/run bench faults --seed {seed} --era {era}" for era in tally.bad_eras]
    return amount(
        "faults",
        [float(tally.wrong)],
        unit=f"of {tally.messages:,} messages doubled or lost in {tally.kills:,} kills, {ground.database_name}",
        goal=0,
        kills=tally.kills,
        seed=seed,
        eras=tally.eras,
        messages=tally.messages,
        accepted=tally.accepted,
        sent=tally.states["sent"],
        review=tally.states["review"],
        kills_a_second=tally.kills / spent,
        points=dict(sorted(tally.points.items())),
        nothing_else_met=not bad,
        **more,
    )
