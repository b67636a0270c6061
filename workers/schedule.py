"""The table of what is done again and again. The clock rings; each job finds its own work in the database."""

from __future__ import annotations

from dataclasses import dataclass

# One worker process each, because a worker on several queues pops from them unsafely.
QUEUES = ("poll", "decide", "send")


@dataclass(frozen=True)
class Entry:
    """A job of workers.jobs, its queue, and how often the clock rings for it."""

    job: str
    queue: str
    every_seconds: float


SCHEDULE = (
    Entry("poll_stores", "poll", 5),  # looks for stores that are due; how often each is read is its own setting
    Entry("read_products", "poll", 60),
    Entry("read_mailbox", "poll", 15),
    Entry("decide_due", "decide", 2),
    Entry("send_due", "send", 2),
    Entry("mail_support", "send", 20),
    Entry("housekeeping", "decide", 20),
    Entry("withdraw_coupons", "poll", 300),
)
