"""Senders killed with -9, again and again, while a mail server writes down what it takes.

Everything that is drawn by chance follows from a seed and the number of the era, so that an era can be replayed: who
lives at the same time, who dies where, how the clock jumps, which mail the server treats badly. A death at a named
point or at the n-th step is the same at every replay; a death by the clock, and who of two is first, nearly so.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import signal
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bench.book import differences
from bench.outbox import Outbox
from bench.victim import POINTS, SLEEPS, Death, Errand, Shared, live
from sidecar.db import db, session
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import sending

PEOPLE = 60  # messages of an era
LIVES = 60  # at most, before what is left is sent in peace
DRAINS = 12
LEASES_END = 11 * 60.0  # seconds after which whatever the dead held may be swept
_JUMPS = (0.0, 0.2, 0.2, 3.0, 130.0, LEASES_END)
_LIMITS = (1, 2, 3, 4, 8)


@dataclass
class Tally:
    """What was done and found, over all eras."""

    kills: int = 0
    lives: int = 0
    eras: int = 0
    accepted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    wrong: int = 0  # messages doubled, lost, or recorded wrongly
    bad_eras: list[int] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """How many there were."""
        return sum(self.states.values())


class Killing:
    """Forks, kills, sweeps, and compares what the outbox says with what the server took."""

    def __init__(self, outbox: Outbox, log: Path, seed: str) -> None:
        self._outbox, self._log, self._seed = outbox, log, seed
        self._shared = Shared()
        self._life_seconds, self._life_steps = 0.1, 100
        self._journal: list[str] = []
        self.tally = Tally()

    def warm_up(self) -> None:
        """Sends in this process first, so that everything is loaded and compiled before the first fork; then one life
        of four messages without a death says how long a life is and how many steps it has."""
        self._begin("warm-up")
        sending.fill(now=self._shared.now(), limit=2)
        sending.send_due(gateways=self._outbox.gateways, clock=self._shared.now, limit=3)
        self._states()
        begun = time.perf_counter()
        self._let_live(Errand("send", limit=4, rounds=1))
        self._life_seconds, self._life_steps = time.perf_counter() - begun, max(self._shared.steps, 20)

    def era(self, number: int, most: int) -> None:
        """One era with at most so many kills; its end is checked, and told in `tally.trouble` if it is bad."""
        chance = random.Random(f"{self._seed} {number}")
        self._begin(f"{self._seed} {number}")
        self._journal = []
        before, kills = len(self.tally.trouble), self.tally.kills
        for _ in range(LIVES):
            if self.tally.kills - kills >= most or not self._is_work_left():
                break
            self._life(chance)
        self._drain()
        self.tally.eras += 1
        self._check(number, self.tally.kills - kills)
        if len(self.tally.trouble) > before:
            self.tally.bad_eras.append(number)
            self.tally.trouble += [f"  {line}" for line in self._journal]

    def errors(self) -> str:
        """What those who ended by an error said."""
        path = self._log.with_suffix(".errors")
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _begin(self, seed: str) -> None:
        self._log.write_bytes(b"")
        self._log.with_suffix(".seed").write_text(seed, encoding="ascii")
        self._shared.rewind()
        self._outbox.plan(anew=True)
        self._outbox.compose_most()

    def _life(self, chance: random.Random) -> None:
        """One sender, often with a second one or a sweep beside it, each with a death of its own or none."""
        self._shared.advance(chance.choice(_JUMPS))
        if chance.random() < 0.08:
            self._let_sleep(chance)
            return
        errands = [self._sender(chance)]
        if chance.random() < 0.25:
            errands.append(self._sender(chance))
        if chance.random() < 0.35:
            death = Death(chance.choice(("before_sweep", "after_sweep")), 1) if chance.random() < 0.3 else None
            errands.append(Errand("sweep", death=death))
        jump = LEASES_END if chance.random() < 0.15 else 0.0  # a lease that ends under somebody who lives
        self._let_live(*errands, jump=jump)

    def _death(self, chance: random.Random, limit: int) -> Death:
        """Mostly one that will be met: of limit messages, or of one life."""
        kind = chance.random()
        if kind < 0.5:
            point = chance.choice([point for point in POINTS if not point.endswith("sweep")])
            once = point.endswith(("compose", "reserve"))
            return Death(point, 1 if once else chance.randint(1, min(limit, 3)))
        if kind < 0.75:
            return Death(count=chance.randint(1, self._life_steps * (limit + 2) // 6))
        return Death(after=chance.uniform(0.0, self._life_seconds * (limit + 2) / 6))

    def _sender(self, chance: random.Random) -> Errand:
        limit = chance.choice(_LIMITS)
        return Errand("send", limit, death=self._death(chance, limit))

    def _let_live(self, *errands: Errand, jump: float = 0.0) -> None:
        """Forks one process for each errand and waits until all have ended, however."""
        begun = time.monotonic()
        pids = {self._fork(errand): errand for errand in errands}
        deaths = {pid: errand.death.after for pid, errand in pids.items() if errand.death and errand.death.after}
        if jump:
            time.sleep(self._life_seconds / 3)
            self._shared.advance(jump)
        for pid, after in sorted(deaths.items(), key=lambda one: one[1]):
            time.sleep(max(0.0, begun + after - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid, errand in pids.items():
            _, status = os.waitpid(pid, 0)
            self._note(errand, os.waitstatus_to_exitcode(status), jump)

    def _let_sleep(self, chance: random.Random) -> None:
        """A sender is stopped until its leases have run out, others have swept and sent what it had, and it wakes."""
        errand = Errand("send", 3, death=Death(chance.choice(SLEEPS), 1, stops=True))
        pid = self._fork(errand)
        _, status = os.waitpid(pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            self._shared.advance(LEASES_END)
            self._let_live(Errand("sweep"))
            self._let_live(self._sender(chance))
            os.kill(pid, signal.SIGCONT)
            _, status = os.waitpid(pid, 0)
        self._note(errand, os.waitstatus_to_exitcode(status), LEASES_END)

    def _note(self, errand: Errand, code: int, jump: float) -> None:
        self.tally.lives += 1
        killed = code == -signal.SIGKILL
        self.tally.kills += killed
        if killed:
            self.tally.points[errand.death.point if errand.death and errand.death.point else self._shared.point] += 1
        elif code:
            self.tally.trouble.append(f"a {errand.role} ended with {code}, see its errors")
        self._journal.append(f"{errand} ended with {code}{' while the clock jumped' if jump else ''}")

    def _fork(self, errand: Errand) -> int:
        gc.freeze()  # what is shared stays shared
        pid = os.fork()
        if pid:
            return pid
        gc.disable()
        code = 1
        try:
            live(errand, self._outbox.gateways, self._shared)
            code = 0
        except BaseException:
            with self._log.with_suffix(".errors").open("a", encoding="utf-8") as errors:
                traceback.print_exc(file=errors)
        finally:
            os._exit(code)

    def _is_work_left(self) -> bool:
        return any(state in ("planned", "due", "sending") for state in self._states().values())

    def _states(self) -> dict[str, str]:
        """Each recipient's message: its state. Leaves no connection behind that a fork could share."""
        found = {row.to: row.state for row in session().execute(select(Message.to, Message.state))}
        db.session.remove()
        db.engine.dispose()
        return found

    def _drain(self) -> None:
        """Lets time pass, sweeps and sends without a death, until nothing is left to do."""
        for _ in range(DRAINS):
            if not self._is_work_left():
                return
            self._shared.advance(timedelta(hours=1).total_seconds())
            self._let_live(Errand("sweep"))
            self._let_live(Errand("send", rounds=20))

    def _check(self, number: int, kills: int) -> None:
        """The server's book against the outbox."""
        book = [(line.split()[0], line.split()[1]) for line in self._log.read_text(encoding="ascii").splitlines()]
        states = self._states()
        found = differences(book, states)
        db.session.remove()
        db.engine.dispose()
        self.tally.accepted += len(book)
        self.tally.states.update(states.values())
        self.tally.wrong += len(found)
        if found:
            self.tally.trouble.append(f"era {number} of seed {self._seed}, {kills} kills:")
            self.tally.trouble += [f"  {line}" for line in found]
