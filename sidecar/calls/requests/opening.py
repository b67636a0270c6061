"""When a call can be promised to one customer at one store: the reps' hours, the law's, and what is taken already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sidecar.accounts import reps
from sidecar.calls.priority.facts import asked_window, shop_zone_of
from sidecar.calls.requests import places, times
from sidecar.calls.requests.request import NOW, SLOT, CallRequest
from sidecar.calls.requests.times import Span, half_of
from sidecar.calls.window import Window
from sidecar.errors import Refused
from sidecar.settings import Settings
from sidecar.stores.connection import Store

TOO_SOON = "That time is too close now. Choose another."
CLOSED = "Nobody may be called then where this number is. Choose another time."
NOT_NOW = "Nobody is free right now. Choose a time."


@dataclass(frozen=True, slots=True)
class Opening:
    """The times of one customer at `now`. `asked` and `agreed` count the calls promised by half-hour."""

    window: Window
    working: list[list[Span]]
    agreed: Counter[datetime]
    asked: Counter[datetime]
    now: datetime

    def choices(self) -> list[datetime]:
        """The half-hours to choose from, in order."""
        return times.offered(self.window, times.places(self.working, self.agreed + self.asked), now=self.now)

    def can_now(self) -> bool:
        """Whether "as soon as possible" can be promised."""
        left = times.places(self.working, self.agreed + self.asked)
        return times.can_now(self.window, self.working, left, now=self.now)

    def take(self, request: CallRequest, wish: str, begin: datetime | None) -> None:
        """Promises the stored request its time: NOW, or a SLOT that begins then; for WORDS there is none yet.

        Raises Refused with the sentence for the form when the time cannot be promised (any more).
        """
        if wish == NOW:
            if not self.can_now():
                raise Refused(NOT_NOW, code="not_now", field="when")
            self._take(request, half_of(self.now), self.now)
        elif wish == SLOT and begin is not None:
            self._check(begin)
            self._take(request, begin, begin)
        else:
            places.give_back(request)
            request.at = None
        request.wish = wish

    def _take(self, request: CallRequest, half: datetime, at: datetime) -> None:
        places.take(request.id, half, times.places(self.working, self.agreed)(half))
        request.at = at

    def _check(self, begin: datetime) -> None:
        if begin < self.now + times.NOTICE:
            raise Refused(TOO_SOON, code="too_soon", field="when")
        if not self.window.may(begin):
            raise Refused(CLOSED, code="closed", field="when")
        if not times.is_free(begin, self.window, times.places(self.working, self.agreed + self.asked), now=self.now):
            raise Refused(places.TAKEN, code="taken", field="when")


def opening_for(
    store: Store, settings: Settings, *, zone: str, number: str = "", but: int | None = None, now: datetime
) -> Opening:
    """The times of somebody who says they are in `zone`, to be rung on an E.164 number (the store's country's law while
    there is none). `but` is a request that wants to move: its own place counts as free."""
    hours = settings["calls.hours"]
    country = (store.country or "").partition(":")[0].upper()
    return Opening(
        window=asked_window(zone, number, hours, country=country),
        working=places.working(reps(), shop_zone_of(store), hours, now=now),
        agreed=places.agreed(now=now),
        asked=places.asked(but=but, now=now),
        now=now,
    )
