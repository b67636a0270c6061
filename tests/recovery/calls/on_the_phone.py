"""A rep's desk on a live store over days, for tests of what verdicts lead to."""

from __future__ import annotations

from datetime import timedelta

from sidecar.calls import queue
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.recovery.calls import calling
from tests.cast import REP
from tests.factories import VAULT, make_user
from tests.mail_server import MailSink
from tests.recovery.calls.test_after_call import Desk
from tests.recovery.delivery.days import HOUR, live_days

MINUTE = timedelta(minutes=1)


def a_desk(sink: MailSink, **settings: str) -> Desk:
    """A rep, and Dana's cart, whose call is due."""
    days = live_days(sink, routing__call_threshold="USD=50", **settings)
    days.order(phone="(212) 555-0123", total_minor=43000)
    days.run(HOUR)
    with transaction():
        rep = make_user(REP)
    return Desk(days, rep)


def call(desk: Desk) -> CallTask:
    """Takes the cart, whose call is due, and rings."""
    with transaction():
        task = desk.task()
        task.due_at, task.rest_until = desk.days.now, None
        session().flush()
        calling.tick(now=desk.days.now)
        task = queue.claim(task.id, desk.rep, now=desk.days.now)
        calling.dial(task.id, desk.rep, vault=VAULT, now=desk.days.now)
    return task
