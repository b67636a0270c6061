"""What the workers do, one function per ring. Each looks for its own work in the database and may run twice."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from flask import current_app
from rq.timeouts import JobTimeoutException

from sidecar import clock, timekeeping
from sidecar.config import Config
from sidecar.db import session, transaction
from sidecar.ports import Gateways
from sidecar.recovery.answers import mailbox
from sidecar.recovery.calls import calling, support
from sidecar.recovery.decisions import deciding
from sidecar.recovery.delivery import asking, restoring, sending
from sidecar.recovery.incentives import withdrawing
from sidecar.recovery.orders import catalogue, polling

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


def read_products() -> None:
    """Reads again what messages say about the products of open carts, where that has grown old."""
    for store_id in catalogue.stores_to_read():
        if is_stopping():
            return
        with _alone(f"reading products of store {store_id}"):
            catalogue.read_products(store_id, gateways=_gateways(), clock=clock.now)


def read_mailbox() -> None:
    """Takes in what customers and mail servers have written back, if there is a mailbox to read."""
    with _alone("reading the mailbox"):
        mailbox.read_mailbox(gateways=_gateways(), clock=clock.now, is_stopping=is_stopping)


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
    """Composes the messages whose time has come, sends those that are due, and asks about those in doubt.

    Nothing of it while the computer's clock cannot be trusted: limits, hours and "too late" all hang on it.
    """
    for _ in _rounds():
        with transaction():
            if timekeeping.check(clock.steady(), now=clock.now()) is not None:
                return
        asking.ask_about_unknown(gateways=_gateways(), clock=clock.now)
        with transaction():
            composed = sending.fill(now=clock.now())
        result = sending.send_due(gateways=_gateways(), clock=clock.now, is_stopping=is_stopping)
        if not composed and not result.reserved:
            return


def mail_support() -> None:
    """Hands what reps wrote for it over to the shop's own support."""
    with _alone("mail to support"):
        support.send_due(gateways=_gateways(), clock=clock.now)


def housekeeping() -> None:
    """Settles the messages that a dead worker held, and stamps the database, so that a copy of it is known as one."""
    with _alone("the sweep"), transaction():
        sending.sweep(now=clock.now(), gateways=_gateways())
    config: Config = current_app.extensions["ringback.config"]
    with _alone("the stamp"), transaction():
        told = restoring.hold_a_copy(config.data_dir, now=clock.now())
        if told:
            log.error(told)


def withdraw_coupons() -> None:
    """Takes coupons out of the stores whose time is over or whose cart has ended."""
    with _alone("withdrawing coupons"):
        withdrawing.withdraw(gateways=_gateways(), clock=clock.now, is_stopping=is_stopping)


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
