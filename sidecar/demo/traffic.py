"""The store's own record of who asked what, so that tests can prove how Ringback behaves towards a store."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.wrappers import Request


@dataclass(slots=True)
class Visit:
    """One request: when it came (seconds since 1970), what it asked, and how it ended (0: no answer)."""

    at: float
    method: str
    path: str
    query: str
    user_agent: str
    accept: str
    status: int = 0
    seconds: float = 0.0


class Traffic:
    """The last requests, and how many were ever under way at once on the API."""

    def __init__(self, kept: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._visits: deque[Visit] = deque(maxlen=kept)
        self._under_way = 0
        self.most_at_once = 0

    @contextmanager
    def visit(self, request: Request) -> Iterator[Visit]:
        """Records a request while it is answered."""
        visit = Visit(time.time(), request.method, request.path, request.query_string.decode("utf-8", "replace"),
                      request.headers.get("User-Agent", ""), request.headers.get("Accept", ""))
        api = request.path.startswith("/wp-json") or "rest_route=" in visit.query
        with self._lock:
            self._visits.append(visit)
            self._under_way += api
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield visit
        finally:
            visit.seconds = time.time() - visit.at
            with self._lock:
                self._under_way -= api

    def visits(self, path: str = "") -> list[Visit]:
        """The requests so far, oldest first; with `path`, those whose path starts so."""
        with self._lock:
            return [visit for visit in self._visits if visit.path.startswith(path)]

    def clear(self) -> None:
        """Forgets all requests and starts counting anew."""
        with self._lock:
            self._visits.clear()
            self.most_at_once = self._under_way
