"""One job a message on Celery, Dramatiq or Huey: the module their workers load, in the environment of `bench queues`.

BENCH_RIVAL says which. `python -m bench.rival KIND COUNT` puts COUNT jobs into its queue. A job of the kind "bare"
hands a ready mail to the mail server over a connection that stays open, and does nothing else; one of the kind "same"
does for one message what our sender does for each: composes it, reads its order again, checks, records.
"""

from __future__ import annotations

import functools
import os
import smtplib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.tally import Tally

WHICH, SOCKET = os.environ["BENCH_RIVAL"], os.environ["BENCH_SOCKET"]
PORT, MAIL = int(os.environ["BENCH_SMTP_PORT"]), Path(os.environ["BENCH_MAIL"])
TALLY = Path(os.environ["BENCH_TALLY"])
SENDER = "hello@example.com"


@functools.cache
def _tally() -> Tally:
    return Tally(TALLY)


@functools.cache
def _line() -> tuple[smtplib.SMTP, bytes]:
    return smtplib.SMTP("127.0.0.1", PORT, local_hostname="example.com"), MAIL.read_bytes()


def _bare(number: int) -> None:
    smtp, mail = _line()
    smtp.sendmail(SENDER, [f"person{number}@example.com"], mail)


@functools.cache
def _sender() -> Callable[[], None]:
    """Our sender, for one message at a time."""
    from bench.ground import KEY
    from bench.outbox import gateways_to
    from sidecar import clock
    from sidecar.app import create_core
    from sidecar.config import load
    from sidecar.db import db, transaction
    from sidecar.recovery.delivery import sending
    from sidecar.vault import Vault

    app = create_core(load(dict(os.environ)))
    gateways = gateways_to(PORT, Vault((KEY,)))

    def send_one() -> None:
        with app.app_context():
            with transaction():
                sending.fill(now=clock.now(), limit=1)
            found = sending.send_due(gateways=gateways, clock=clock.now, limit=1)
            db.session.remove()
        if found.sent != 1:
            raise RuntimeError(f"a job sent nothing: {found}")

    return send_one


def work(kind: str, number: int) -> None:
    """One job."""
    begun = time.monotonic()
    if kind == "bare":
        _bare(number)
    else:
        _sender()()
    _tally().add(begun, time.monotonic())


def _celery() -> tuple[Any, Callable[[str, int], object]]:
    from celery import Celery

    app = Celery("bench", broker=f"redis+socket://{SOCKET}")
    app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
    task = app.task(name="bench.rival.work")(work)
    return app, task.delay


def _dramatiq() -> tuple[Any, Callable[[str, int], object]]:
    import dramatiq
    from dramatiq.brokers.redis import RedisBroker

    broker = RedisBroker(url=f"unix://{SOCKET}")
    dramatiq.set_broker(broker)
    actor = dramatiq.actor(max_retries=0)(work)
    return broker, actor.send


def _huey() -> tuple[Any, Callable[[str, int], object]]:
    from huey import RedisHuey

    huey = RedisHuey("bench", url=f"unix://{SOCKET}", results=False)
    task = huey.task()(work)
    return huey, task


app, enqueue = {"celery": _celery, "dramatiq": _dramatiq, "huey": _huey}[WHICH]()

if __name__ == "__main__":
    from bench import rival  # by the name that the worker knows it by

    for index in range(int(sys.argv[2])):
        rival.enqueue(sys.argv[1], index)
