"""Twenty reps at work on 5,000 carts: how long "next" and "save" take, as a browser on the same machine sees it.

Every rep is a thread with a connection of its own. A verdict, the list anew, a moment's thought: an action about every
two seconds each, some twenty times the pace of people. Every second verdict ends in a break, and the rep comes back by
"next". The floor, asked for in between by the same threads: Flask saying hello, and one write transaction by the bare
driver.
"""

from __future__ import annotations

import http.client
import http.cookies
import random
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlencode

from bench import bare
from bench.crowd import gather
from bench.figures import Effort, Figure, amount
from bench.ground import KEY, Ground
from bench.serving import hello, pages, signed_in
from bench.shop import settle_cursors
from sidecar.vault import Vault

CARTS, REPS, MOST_MS = 5_000, 20, 100.0
THINKS = 2.0  # seconds, on average
_HTMX = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Times:
    """Milliseconds of each action."""

    next: list[float] = field(default_factory=list)
    save: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


def measure(ground: Ground, effort: Effort) -> Figure:
    """The 95th percentile of next and of save, whichever is longer; the floor's beside it."""
    with ExitStack() as stack:
        app = stack.enter_context(ground.application())
        settle_cursors(gather(CARTS, vault=Vault((KEY,)), calls=True).store_id)
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        environ = ground.environment(url)
        ours, floor = stack.enter_context(pages(environ)), stack.enter_context(hello(environ))
        _prepare_floor(url)
        headers = [signed_in(ours, f"rep{number}@example.com", "rep") for number in range(REPS)]
        times, guard = Times(), threading.Lock()
        _Rep(ours, floor, url, headers[0], Times(), guard, thinks=0).work(0.0)  # a server that has just begun is slow
        reps = [_Rep(ours, floor, url, own, times, guard) for own in headers]
        with ThreadPoolExecutor(REPS) as pool:
            ends = time.monotonic() + (4.0 if effort.quick else 30.0)
            for done in [pool.submit(rep.work, ends) for rep in reps]:
                done.result()
    found = {"next_ms": _late(times.next), "save_ms": _late(times.save)}
    worst = max(found.values())
    return amount(
        "reps",
        [worst],
        unit=f"ms, p95 of next and save, {REPS} reps on {CARTS:,} carts, {ground.database_name}",
        goal=MOST_MS,
        floor=_late(times.floor),
        **found,
        next_median_ms=median(times.next),
        save_median_ms=median(times.save),
        floor_median_ms=median(times.floor),
        times_the_floor=worst / _late(times.floor),
        actions=len(times.next) + len(times.save),
    )


class _Rep:
    """One rep's browser."""

    def __init__(
        self,
        port: int,
        floor: int,
        url: str,
        headers: dict[str, str],
        times: Times,
        guard: threading.Lock,
        thinks: float = THINKS,
    ) -> None:
        self._ours = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._hello = http.client.HTTPConnection("127.0.0.1", floor, timeout=60)
        self._cookies: http.cookies.SimpleCookie = http.cookies.SimpleCookie(headers["Cookie"])
        self._times, self._guard, self._thinks = times, guard, thinks
        self._url, self._luck = url, random.Random(headers["Cookie"])

    def work(self, ends: float) -> None:
        """Until then, and at least once each."""
        self._line = bare.connect(self._url)  # in the thread that uses it
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self._ask("GET", "/queue"))
        self._form = {"csrf_token": token[1] if token else ""}
        self._think()
        while True:
            card = self._timed(self._times.next, "/queue/next")
            card = self._timed(self._times.save, *_save(card))
            path, form = _save(card)
            self._timed(self._times.save, path, {**form, "pause": "1"})
            self._ask("POST", "/queue/resume", self._form)
            if time.monotonic() > ends:
                return

    def _timed(self, into: list[float], path: str, form: dict[str, str] | None = None) -> str:
        begun = time.perf_counter()
        answer = self._ask("POST", path, self._form | (form or {}))
        spent = 1000 * (time.perf_counter() - begun)
        self._ask("GET", "/queue/list?seen=")
        floor = self._floor()
        with self._guard:
            into.append(spent)
            self._times.floor.append(floor)
        self._think()
        return answer

    def _floor(self) -> float:
        begun = time.perf_counter()
        self._hello.request("GET", "/")
        self._hello.getresponse().read()
        bare.begin_writing(self._line)
        self._line.execute("UPDATE bare_turn SET turns = turns + 1")
        self._line.execute("COMMIT")
        return 1000 * (time.perf_counter() - begun)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        headers = {"Cookie": cookies} | (_HTMX if method == "POST" or "list" in path else {})
        self._ours.request(method, path, urlencode(form) if form else None, headers)
        answer = self._ours.getresponse()
        body = answer.read().decode()
        self._cookies.load(answer.headers.get("Set-Cookie", ""))
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} answered {answer.status}: {body[:300]}")
        return body

    def _think(self) -> None:
        self._ours.close()  # the server would, after a while
        self._hello.close()
        time.sleep(self._luck.uniform(0.5, 1.5) * self._thinks)


def _save(page: str) -> tuple[str, dict[str, str]]:
    """Where the form of the card in this answer goes, and what is in it."""
    path, key = re.search(r"/calls/\d+/save", page), re.search(r'name="key"[^>]*value="([^"]+)"', page)
    if not path or not key:
        raise RuntimeError("there is no card in the answer")
    return path[0], {"key": key[1], "outcome": "no_answer"}


def _prepare_floor(url: str) -> None:
    line = bare.connect(url)
    line.execute("CREATE TABLE bare_turn (turns integer)")
    line.execute("INSERT INTO bare_turn VALUES (0)")
    line.close()


def _late(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(0.95 * (len(times) - 1))]
