"""A worker: one process, one queue, the application made once, and its context open around each job."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from types import FrameType
from typing import Any

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, worker_registration
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.utils import now as rq_now
from rq.worker import SimpleWorker, WorkerStatus

from sidecar.app import create_app
from sidecar.config import Config
from sidecar.gateways.bell import SERIALIZER, queue_named

log = logging.getLogger(__name__)

# RQ's defaults let an idle worker sleep for 405 seconds between two rounds of maintenance.
WORKER_TTL_SECONDS = 20
MAINTENANCE_SECONDS = 5
LONGEST_WAIT_SECONDS = 5.0
SAME_TROUBLE_SECONDS = 60.0

_stop_requested = False


def is_stopping() -> bool:
    """Whether this process has been asked to stop: a long job leaves off at its next safe point."""
    return _stop_requested


class QueueWorker(SimpleWorker):
    """RQ's worker without a fork per job, which would cost ten times the job, and without remote commands."""

    log_result_lifespan = False
    max_connection_wait_time = LONGEST_WAIT_SECONDS

    def __init__(self, app: Flask, queue: str, connection: Redis) -> None:
        super().__init__(
            [queue_named(queue, connection)],
            connection=connection,
            serializer=SERIALIZER,
            worker_ttl=WORKER_TTL_SECONDS,
            maintenance_interval=MAINTENANCE_SECONDS,
            job_monitoring_interval=1,
        )
        self._app = app
        self._said_again_at: dict[tuple[str, type[BaseException] | None], float] = {}

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Performs the job inside the application's context; at its end the database session is given back."""
        with self._app.app_context():
            return bool(super().perform_job(job, queue, execution))

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Performs the job. A broker that goes away meanwhile ends this worker, not the process: see `work`."""
        try:
            super().execute_job(job, queue)
        except RedisError as error:
            log.warning("the broker went away during %s (%s)", job.id, error)
            raise StopRequested from error

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Says what went wrong, in full; the same again not more than once a minute, since the clock rings on."""
        what = (job.id.rpartition("-")[0], exc_info[0])
        at = time.monotonic()
        if at >= self._said_again_at.get(what, 0.0):
            self._said_again_at[what] = at + SAME_TROUBLE_SECONDS
            log.error("%s went wrong", what[0], exc_info=exc_info)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Finishes the running job, then stops. Asking again changes nothing; the supervisor has the last word."""
        global _stop_requested
        _stop_requested = True
        self._stop_requested = True
        self._shutdown_requested_date = rq_now()
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """The same as asking once."""
        self.request_stop(signum, frame)

    def run_maintenance_tasks(self) -> None:
        """RQ's own, and staying on the list of workers when the broker has lost everything."""
        super().run_maintenance_tasks()
        if not self.connection.hexists(self.key, "birth"):
            self.connection.hset(self.key, mapping=self.serialize())
        worker_registration.register(self)

    def register_death(self) -> None:
        """Leaves the list of workers; a broker that is away forgets by itself."""
        with contextlib.suppress(RedisError):
            super().register_death()

    def procline(self, message: str) -> None:
        """The process list shows the role, not each job."""

    def subscribe(self) -> None:
        """No remote commands, so no connection and no thread to hear them."""

    def unsubscribe(self) -> None:
        """Nothing to give up; see subscribe."""


def work(queue: str, config: Config) -> None:
    """Works on one queue until SIGTERM or SIGINT. A broker that is away is waited for."""
    app = create_app(config)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    try:
        while _stop_at_once_when_asked():
            connection = _connect(config)
            QueueWorker(app, queue, connection).work(logging_level="WARNING")
            connection.close()
    except StopRequested:
        return


def _stop_at_once_when_asked() -> bool:
    """Takes the signals back from an RQ worker that has ended, which would note them only; False when it did note one.

    While a broker is waited for there is nothing to finish.
    """
    signal.signal(signal.SIGTERM, _stop_at_once)
    signal.signal(signal.SIGINT, _stop_at_once)
    return not _stop_requested


def _stop_at_once(_signal: int, _frame: FrameType | None) -> None:
    raise StopRequested


def _connect(config: Config) -> Redis:
    """A connection to a broker that answers; waits for one, a little longer each time."""
    connection: Redis = Redis.from_url(
        config.broker_url, socket_connect_timeout=5.0, retry=Retry(NoBackoff(), 1), health_check_interval=30
    )
    wait, has_said = 0.1, False
    while True:
        try:
            connection.ping()
            return connection
        except RedisError as error:
            if wait > 1 and not has_said:
                log.warning("waiting for the broker (%s)", error)
                has_said = True
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
