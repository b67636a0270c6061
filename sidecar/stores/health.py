"""How a store is doing: readable, or not and why; and how long to wait before asking again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Protocol

from sidecar.stores.connection import Store

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=10)
PATIENT_FOR = timedelta(hours=1)  # after that, the longest wait is LONG_WAIT
LONG_WAIT = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=1)  # that a store may ask for
CATCHING_UP = "The store answers again. Ringback is reading what changed meanwhile."


class Trouble(Protocol):
    """What an error says about a store; errors.GatewayError and errors.Refused both do."""

    reason: str
    code: str


def wait_after(
    failures: int, *, trouble_for: timedelta, longest: timedelta, asked_seconds: float | None, chance: float
) -> timedelta:
    """How long to wait after the `failures`th unreadable answer in a row.

    Doubles from 10 s up to `longest` (`poll.backoff_max`) in the first hour of trouble, then up to 15 minutes; spread
    by a quarter, `chance` being 0 to 1, so that many stores on one host do not come back at once. A pause the store
    asks for (Retry-After) is kept, up to an hour.
    """
    most = longest if trouble_for < PATIENT_FOR else max(LONG_WAIT, longest)
    wait: timedelta = min(FIRST_WAIT * int(2 ** min(max(failures, 1) - 1, 12)), most)
    spread = wait * (0.75 + 0.25 * chance)
    asked = timedelta(seconds=asked_seconds or 0)
    return max(spread, min(asked, LONGEST_PAUSE))


def note_unreadable(store: Store, error: Trouble, *, longest: timedelta, chance: float, now: datetime) -> None:
    """The store gave no proper answer: nothing is routed or sent on it, and it is asked again after a wait."""
    since = store.unreadable_since
    if store.health != "unreadable" or since is None or since > now:
        since = now
    store.failures += 1
    store.health, store.unreadable_reason, store.unreadable_since = "unreadable", error.reason, since
    wait = wait_after(
        store.failures,
        trouble_for=now - since,
        longest=longest,
        asked_seconds=getattr(error, "retry_after_seconds", None),
        chance=chance,
    )
    store.poll_due_at = now + wait
    log.warning("store %s is unreadable (%s): %s Next try in %.0f s.", store.id, error.code, error.reason, wait.seconds)


def note_answer(store: Store, *, now: datetime) -> None:
    """The store answered properly. It is readable again only when a whole pass is done: see note_readable."""
    store.read_at = now
    if store.health == "unreadable":
        store.unreadable_reason = CATCHING_UP


def note_readable(store: Store, *, now: datetime) -> None:
    """Everything that changed has been read."""
    if store.health == "unreadable":
        since = store.unreadable_since or now
        log.warning("store %s is readable again after %.0f s", store.id, max(0.0, (now - since).total_seconds()))
    store.health, store.failures, store.unreadable_reason, store.unreadable_since = "ok", 0, None, None
