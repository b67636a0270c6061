"""A do-not-contact list is taken in: everybody on it is left alone from that moment, for good.

Chunk by chunk, each in a transaction of its own, so that nobody else waits long; repeating it changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Table, func, select
from sqlalchemy.exc import IntegrityError

from sidecar import audit
from sidecar.bulk import insert_many
from sidecar.contacts import do_not_contact
from sidecar.contacts.contact import ContactPoint, OptOut
from sidecar.contacts.do_not_contact import Entry
from sidecar.contacts.opt_outs import CHANNELS, fingerprint
from sidecar.db import rest, session, transaction
from sidecar.errors import Refused
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import stop_at_once

SOURCE = "import"
AT_ONCE = 500  # addresses in one transaction
MOST_SHOWN = 500  # refused rows that a report names; all are counted
_TRIES = 3
_OPT_OUTS: Table = OptOut.metadata.tables["opt_out"]


@dataclass
class Report:
    """What became of a list. Counts are of addresses; `people` are those of ours on it, `stopped` the open messages and
    calls that ended; `refused` names the first MOST_SHOWN rows that could not be read, with why."""

    columns: tuple[str, ...] = ()
    taken: int = 0
    known: int = 0
    twice: int = 0
    people: int = 0
    stopped: int = 0
    refused_in_all: int = 0
    refused: list[Entry] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, int]:
        """The counts, for the audit and the command line."""
        return {
            "taken": self.taken,
            "known": self.known,
            "twice": self.twice,
            "refused": self.refused_in_all,
            "people": self.people,
            "stopped": self.stopped,
        }


def take_in(
    store_id: int,
    file: BinaryIO,
    *,
    channel: str = "all",
    country: str,
    by: str,
    vault: Sealer,
    clock: Callable[[], datetime],
) -> Report:
    """Takes in a table of e-mail addresses and phone numbers; nobody on it is contacted by `channel` any more.

    Raises Refused when the file is no such table, or too large; what was taken in until then stays, and importing the
    rest later is fine.
    """
    if channel not in CHANNELS:
        raise Refused("Say what they do not want: everything, emails, texts or calls.", code="channel", field="channel")
    if country and not do_not_contact.is_country(country):
        raise Refused("Country must be two letters, like US.", code="country", field="country")
    columns, entries = do_not_contact.read(file, country=country)
    report = Report(columns.names)
    try:
        for chunk in _chunks(_good(entries, report)):
            _keep(store_id, chunk, channel, report, vault, clock)
    finally:
        with transaction():
            detail = {"channel": channel} | report.numbers
            audit.record(by, "import do-not-contact list", f"store {store_id}", detail, now=clock())
    return report


def count(store_id: int) -> int:
    """How many addresses have said no to something."""
    marks = select(_OPT_OUTS.c.address_fingerprint).where(_OPT_OUTS.c.store_id == store_id).distinct()
    return session().scalar(select(func.count()).select_from(marks.subquery())) or 0


def _good(entries: Iterator[Entry], report: Report) -> Iterator[str]:
    """The addresses; the others are counted, and the first of them named."""
    for entry in entries:
        if entry.address:
            yield entry.address
            continue
        report.refused_in_all += 1
        if len(report.refused) < MOST_SHOWN:
            report.refused.append(entry)


def _chunks(addresses: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(itertools.islice(addresses, AT_ONCE)):
        yield chunk


def _keep(
    store_id: int, chunk: Sequence[str], channel: str, report: Report, vault: Sealer, clock: Callable[[], datetime]
) -> None:
    marks = {fingerprint(address, vault): address for address in chunk}
    rest()
    for tries_left in reversed(range(_TRIES)):
        try:
            with transaction():
                new, stopped, people = _write(store_id, marks, channel, clock())
            break
        except IntegrityError:  # one of them said so itself in this very moment
            if not tries_left:
                raise
    report.taken += new
    report.known += len(marks) - new
    report.twice += len(chunk) - len(marks)
    report.people += people
    report.stopped += stopped


def _write(store_id: int, marks: dict[str, str], channel: str, now: datetime) -> tuple[int, int, int]:
    """How many are new, what was stopped, and how many people of ours they are."""
    known = set(
        session().scalars(
            select(_OPT_OUTS.c.address_fingerprint).where(
                _OPT_OUTS.c.store_id == store_id,
                _OPT_OUTS.c.channel.in_({channel, "all"}),
                _OPT_OUTS.c.address_fingerprint.in_(marks),
            )
        )
    )
    new = {mark: address for mark, address in marks.items() if mark not in known}
    common = {"store_id": store_id, "channel": channel, "said_at": now, "source": SOURCE}
    insert_many(_OPT_OUTS, [common | {"address_fingerprint": mark} for mark in new])
    theirs = select(ContactPoint.contact_id).where(
        ContactPoint.store_id == store_id, ContactPoint.address.in_(new.values())
    )
    people = sorted(set(session().scalars(theirs))) if new else []
    return len(new), stop_at_once(people, (channel,), now=now), len(people)
