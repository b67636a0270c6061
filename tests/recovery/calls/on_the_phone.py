"""A rep's desk on a live store over days, for tests of what verdicts lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
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


def save_on(desk: Desk, task_id: int, outcome: str, **more: object) -> None:
    """Takes one of several tasks and saves a verdict about it, confirmed where it asks for that."""
    with transaction():
        task = session().get_one(CallTask, task_id)
        task.due_at, task.rest_until = desk.days.now, None
        session().flush()
        calling.tick(now=desk.days.now)
        task = queue.claim(task.id, desk.rep, now=desk.days.now)
        form = OutcomeForm(key_of(task, desk.rep), outcome, confirmed=True)
        form = replace(form, **more)  # type: ignore[arg-type]
        calling.wrap_up(task.id, desk.rep, form, vault=VAULT, now=desk.days.now)
