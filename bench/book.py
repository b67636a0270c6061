"""What a mail server wrote down, held against the outbox: who got two, who got none, and whose record is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select, text

from sidecar.db import db, session
from sidecar.outreach.message import Message


def differences(book: Sequence[tuple[str, str]], states: Mapping[str, str]) -> list[str]:
    """A line for each difference. `book` holds recipient and Message-ID of each mail that was taken, `states` each
    recipient's message. Needs the application's context."""
    taken = Counter(to for to, _ in book)
    found = [f"{to} was sent {times} times" for to, times in taken.items() if times > 1]
    for to, state in states.items():
        if state not in ("sent", "review"):
            found.append(f"{to} is lost: it is {state}, taken {taken[to]} times")
        elif state == "sent" and not taken[to]:
            found.append(f"{to} is lost: it is sent, but was never taken")
    found += [f"{to} was written to, and no message says so" for to in taken if to not in states]
    return [*found, *_wrong_records(dict(book)), *_broken_file()]


def _wrong_records(book: Mapping[str, str]) -> list[str]:
    """Messages in review without the reason that lists them, and records of another mail than was taken."""
    found = []
    query = select(Message.to, Message.state, Message.reason, Message.provider_id)
    for to, state, reason, provider_id in session().execute(query):
        if state == "review" and reason != "answer_lost":
            found.append(f"{to} is in review with the reason {reason}")
        if state == "sent" and to in book and provider_id != book[to]:
            found.append(f"{to} was taken as {book[to]} and is recorded as {provider_id}")
    return found


def _broken_file() -> list[str]:
    """What SQLite finds wrong with a file that was written by so many who were killed."""
    if db.engine.dialect.name != "sqlite":
        return []
    said = str(session().scalar(text("PRAGMA integrity_check")))
    return [] if said == "ok" else [f"the file is not intact: {said}"]
