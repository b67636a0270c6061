"""A process that sends or sweeps, and dies where it is told to: the real code, a real database, a real mail server.

Nothing in Ringback knows about this. What is watched are the commits of its session, its statements, and what its
SMTP client writes and reads: all the places where the outside can change.
"""

from __future__ import annotations

import mmap
import os
import signal
import smtplib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from sidecar import clock
from sidecar.db import db, transaction
from sidecar.outreach.delivery import leaving, outbox
from sidecar.ports import Gateways
from sidecar.recovery.delivery import sending

# The calls after which the next commit is known by that name.
_NAMED = {
    (outbox, "fill"): "compose",
    (leaving, "reserve"): "reserve",
    (leaving, "begin"): "intent",
    (leaving, "sent"): "record",
    (leaving, "sweep"): "sweep",
}
_COMMITS = tuple(f"{side}_{name}" for name in _NAMED.values() for side in ("before", "after"))
POINTS = (*_COMMITS, "before_data", "half_data", "before_answer", "after_answer")
SLEEPS = ("after_reserve", "after_intent", "before_answer", "after_record")  # nothing is locked there
LONGEST_LIFE_SECONDS = 30
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class Death:
    """When to die: at the `count`th time a named point is passed; or, without a name, at the `count`th outside step;
    or after so many seconds, by somebody else's hand. `stops` makes it a sleep from which somebody else wakes it."""

    point: str = ""
    count: int = 0
    after: float = 0.0
    stops: bool = False


@dataclass(frozen=True)
class Errand:
    """What a process does until it dies or is done."""

    role: str  # send or sweep
    limit: int = 50
    rounds: int = 2
    death: Death | None = None


class Shared:
    """What the dying leave behind, in memory that is shared with those who start them: the last point, the steps; and
    how far everybody's clock is ahead."""

    _POINT, _STEPS, _AHEAD, _SIZE = 0, 64, 72, 128

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._SIZE)

    def note(self, point: str, steps: int) -> None:
        """Where somebody is, and the steps so far."""
        self._memory[self._POINT : self._POINT + 64] = point.encode().ljust(64)
        struct.pack_into("q", self._memory, self._STEPS, steps)

    @property
    def point(self) -> str:
        """The last point that was noted."""
        return self._memory[self._POINT : self._POINT + 64].decode().strip(" \0")

    @property
    def steps(self) -> int:
        """The steps that were noted with it."""
        return int(struct.unpack_from("q", self._memory, self._STEPS)[0])

    def now(self) -> datetime:
        """The moment, as everybody here believes it to be."""
        return clock.now() + timedelta(seconds=struct.unpack_from("d", self._memory, self._AHEAD)[0])

    def advance(self, seconds: float) -> None:
        """Lets time pass for everybody."""
        ahead = struct.unpack_from("d", self._memory, self._AHEAD)[0]
        struct.pack_into("d", self._memory, self._AHEAD, ahead + seconds)

    def rewind(self) -> None:
        """Back to the real time."""
        struct.pack_into("d", self._memory, self._AHEAD, 0.0)


def live(errand: Errand, gateways: Gateways, shared: Shared) -> None:
    """One life: returns when there is nothing left to do."""
    signal.alarm(LONGEST_LIFE_SECONDS)  # a process that hangs ends, and is seen by its signal
    _Fuse(errand.death, shared).lay()
    if errand.role == "sweep":
        with transaction():
            sending.sweep(now=shared.now())
    else:
        _send(errand, gateways, shared)
    db.session.remove()
    db.engine.dispose()


def _send(errand: Errand, gateways: Gateways, shared: Shared) -> None:
    """What the job of the queue "send" does, for a few rounds."""
    for _ in range(errand.rounds):
        with transaction():
            composed = sending.fill(now=shared.now(), limit=errand.limit)
        result = sending.send_due(gateways=gateways, clock=shared.now, limit=errand.limit)
        if not composed and not result.reserved:
            return


class _Fuse:
    def __init__(self, death: Death | None, shared: Shared) -> None:
        self._death = death or Death()
        self._shared = shared
        self._left = self._death.count
        self._steps = 0
        self._stage = "other"

    def lay(self) -> None:
        """From here on every point is passed here first."""
        for (module, name), stage in _NAMED.items():
            setattr(module, name, self._staged(getattr(module, name), stage))
        event.listen(Session, "before_commit", lambda _session: self._passed(f"before_{self._stage}"))
        event.listen(Session, "after_commit", lambda _session: self._committed())
        event.listen(Engine, "before_cursor_execute", lambda *_: self._passed("statement"))
        smtplib.SMTP.send = self._sending(smtplib.SMTP.send)  # type: ignore[method-assign]
        smtplib.SMTP.getreply = self._hearing(smtplib.SMTP.getreply)  # type: ignore[method-assign]

    def _staged(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def staged(*words: Any, **named: Any) -> Any:
            self._stage = stage
            return function(*words, **named)

        return staged

    def _committed(self) -> None:
        self._passed(f"after_{self._stage}")
        self._stage = "other"

    def _sending(self, send: Callable[..., None]) -> Callable[..., None]:
        def watched(smtp: smtplib.SMTP, what: Any) -> None:
            if not isinstance(what, bytes) or not what.endswith(_END):
                self._passed("command")
                return send(smtp, what)
            self._passed("before_data")
            if self._ends_at("half_data"):
                send(smtp, what[: len(what) // 2])
            self._passed("half_data")
            send(smtp, what)
            self._stage = "answer"
            return self._passed("before_answer")

        return watched

    def _hearing(self, getreply: Callable[..., Any]) -> Callable[..., Any]:
        def watched(smtp: smtplib.SMTP) -> Any:
            answer = getreply(smtp)
            if self._stage == "answer":
                self._stage = "other"
                self._passed("after_answer")
            return answer

        return watched

    def _ends_at(self, point: str) -> bool:
        return self._death.point == point and self._left == 1

    def _passed(self, point: str) -> None:
        self._steps += 1
        self._shared.note(point, self._steps)
        if self._death.count and point == (self._death.point or point):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP if self._death.stops else signal.SIGKILL)
