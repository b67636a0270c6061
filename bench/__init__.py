"""How fast Ringback is, as ratios to floors measured in the same run: `bin/run bench NAME`, docs/performance.md.

NAMES maps what can be measured to the module that does it; each has `measure(ground, effort) -> Figure`.
"""

NAMES = {
    "ingest": "100-order pages in memory to carts, people and lines, committed",
    "import": "the first import of a store that answers in 200 ms a page",
    "poll": "a poll with ten changed orders, at 1k and at 100k known carts",
    "due": "finding the next 500 due messages, among 10k and among 1M",
    "claim": "the next call out of 100k, 20 reps at once",
    "messages": "messages out of the outbox, re-read, rendered, by SMTP",
    "sending": "memory of a worker while it sends very many messages",
    "queues": "the same beside one job a message on Celery, Dramatiq and Huey",
    "page": "/queue with 100k carts",
    "region": "an unchanged region asked for again",
    "save": "save an outcome and get the next card",
    "reps": "20 reps at work on 5,000 carts: p95 of next and save",
    "keyboard": "forty carts worked in a browser by keyboard alone",
    "order": "what the order of the queue earns, as a share of an upper bound",
    "memory": "what the processes hold",
    "faults": "senders killed again and again: messages doubled or lost",
    "start": "from `up` to the first answer",
}
