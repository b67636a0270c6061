"""What was opened just now, and from where: to tell programs from people, and to slow down whoever tries out links.

Only in this process's memory and for a minute: neither an address nor a browser is ever written down.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_KEPT_SECONDS = 60.0
_KEPT_AT_MOST = 5000


@dataclass(frozen=True, slots=True)
class Opening:
    """One link of a message that was opened: `kind` is its letter (b, c, u, p), `place` stands for where from."""

    at: float
    kind: str
    token: str
    place: str


class Openings:
    """The last minute's openings. `clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._kept: deque[Opening] = deque(maxlen=_KEPT_AT_MOST)

    def note(self, kind: str, token: str, place: str) -> Opening:
        """Keeps one opening."""
        opening = Opening(self._clock(), kind, token, place)
        with self._guard:
            while self._kept and opening.at - self._kept[0].at > _KEPT_SECONDS:
                self._kept.popleft()
            self._kept.append(opening)
        return opening

    def beside(self, opening: Opening, *, within: float) -> tuple[list[Opening], list[Opening]]:
        """What was opened at about the same moment: other links of the same message, and the links of other messages
        from the same place."""
        close = [other for other in self._all() if opening.at - other.at <= within]
        same = [one for one in close if one.token == opening.token and one.kind != opening.kind]
        return same, [one for one in close if one.place == opening.place and one.token != opening.token]

    def is_repeated(self, opening: Opening, *, within: float) -> bool:
        """Whether the very same link was opened shortly before."""
        return any(
            one is not opening and (one.kind, one.token) == (opening.kind, opening.token)
            for one in self._all()
            if opening.at - one.at <= within
        )

    def count(self, *, token: str = "", place: str = "", kind: str = "") -> int:
        """How many openings of the last minute have this token, or place, or kind."""
        return sum(
            (not token or one.token == token) and (not place or one.place == place) and (not kind or one.kind == kind)
            for one in self._all()
        )

    def _all(self) -> list[Opening]:
        with self._guard:
            kept = list(self._kept)
        now = self._clock()
        return [one for one in kept if now - one.at <= _KEPT_SECONDS]
