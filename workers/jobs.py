"""What the workers do, one function per ring. Each looks for its own work in the database and may run twice."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from flask import current_app
from rq.timeouts import JobTimeoutException

from sidecar import clock
from sidecar.db import session, transaction
from sidecar.ports import Gateways
from sidecar.recovery import calling, deciding, polling, sending

from .runtime import is_stopping

log = logging.getLogger(__name__)

# A look ends after this many rounds even if there is more: the clock rings again, and other jobs get their turn.
ROUNDS = 100


def poll_stores() -> None:
    """Reads every store that is due. A store in trouble keeps no other waiting for longer than its own time-outs."""
    for store_id in polling.stores_due(now=clock.now()):
        if is_stopping():
            return
        with _alone(f"polling store {store_id}"):
            polling.poll_store(store_id, gateways=_gateways(), clock=clock.now, is_stopping=is_stopping)


def decide_due() -> None:
    """Lets call tasks become ready, and decides every cart whose time has come."""
    with _alone("the call queue"), transaction():
        calling.tick(now=clock.now())
    for _ in _rounds():
        with transaction():
            decided = deciding.decide_due(vault=_gateways().vault, now=clock.now())
        if not decided:
            return


def send_due() -> None:
    """Composes the messages whose time has come, and sends those that are due."""
    for _ in _rounds():
        with transaction():
            composed = sending.fill(now=clock.now())
        result = sending.send_due(gateways=_gateways(), clock=clock.now, is_stopping=is_stopping)
        if not composed and not result.reserved:
            return


def housekeeping() -> None:
    """Settles the messages that a dead worker held."""
    with transaction():
        sending.sweep(now=clock.now())


def _gateways() -> Gateways:
    found: Gateways = current_app.extensions["ringback.gateways"]
    return found


def _rounds() -> Iterator[int]:
    for number in range(ROUNDS):
        if is_stopping():
            return
        yield number


@contextlib.contextmanager
def _alone(what: str) -> Iterator[None]:
    """Keeps the trouble of one piece of work from the next: it is logged, and what it left open is rolled back."""
    try:
        yield
    except JobTimeoutException:
        raise  # no time is left for what comes next either
    except Exception:
        log.exception("%s went wrong", what)
        session().rollback()
