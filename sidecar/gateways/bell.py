"""The bell: asks the workers, through RQ, to look at the database. It carries no work, only the request to look."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from sidecar.config import Config

log = logging.getLogger(__name__)

# What a ring of each queue asks for: the function of workers.jobs that looks for the queue's work.
RUNG = {"poll": "poll_stores", "decide": "decide_due", "send": "send_due"}

SERIALIZER = "json"  # never pickle: whoever can write to the broker must not be able to run code here
JOB_TIMEOUT_SECONDS = 600
FAILED_KEPT_SECONDS = 600  # RQ's own default is a year


def queue_named(name: str, connection: Redis) -> Queue:
    """The RQ queue behind one of our names; prefixed, because a Redis may be shared with other applications."""
    return Queue(f"ringback-{name}", connection=connection, serializer=SERIALIZER)


class RedisBell:
    """Fulfils ports.Bell, and rings single jobs for the clock."""

    def __init__(self, config: Config, *, timeout_seconds: float = 1.0) -> None:
        self._connection: Redis = Redis.from_url(
            config.broker_url,
            socket_connect_timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 1),  # one more try, for a connection that went stale
        )

    def ring(self, queue: str) -> None:
        """Asks that the queue's work be looked at now.

        A broker that is away is a log line and nothing more: the work stands in the database and the clock rings too.
        """
        try:
            self.enqueue(queue, RUNG[queue])
        except RedisError as error:
            log.warning("the broker did not take a ring of %s: %s", queue, error)

    def enqueue(self, queue: str, job: str) -> bool:
        """Puts a job of workers.jobs into its queue, unless one is waiting there; whether it did.

        Only waiting jobs count. One that is running may have looked already, and one whose worker was killed never
        comes back. Two rings at the same instant may both get in, which costs one look more. Raises RedisError.
        """
        target = queue_named(queue, self._connection)
        if any(waiting.startswith(f"{job}-") for waiting in target.get_job_ids()):
            return False
        target.enqueue_call(f"workers.jobs.{job}", job_id=f"{job}-{uuid4().hex}", **_options(job))
        return True


def _options(job: str) -> dict[str, Any]:
    # A finished job leaves nothing behind, and no job is retried by RQ: the clock rings again anyway.
    return {
        "timeout": JOB_TIMEOUT_SECONDS,
        "result_ttl": 0,
        "failure_ttl": FAILED_KEPT_SECONDS,
        "description": job,
    }
