"""Proof of consent: what an order's consent field held when it was read, and what a person said elsewhere.

Source: reference/safety.md D1 (UWG §7a: a record from the grant on; TCPA: text, time, place). Kept for
good, with fingerprints of addresses only, so that it outlives the erasure of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, select

from sidecar.bulk import insert_many
from sidecar.contacts.contact import ConsentProof
from sidecar.contacts.opt_outs import fingerprint
from sidecar.db import session
from sidecar.ports import Sealer

_PROOFS: Table = ConsentProof.metadata.tables["consent_proof"]
_MOST_WORDS = 1000
_ORDER = "order "
FOR_ONE_CALL = "asked call "  # such a yes counts for that call alone, by its reference


@dataclass(frozen=True, slots=True)
class Said:
    """One yes or no on an order: by whom, about which channel, in which field with which value."""

    contact_id: int | None
    channel: str
    address: str
    said_yes: bool
    said_at: datetime
    order: str
    field: str
    value: str

    @property
    def words(self) -> str:
        """The field and its value, as they were read (hostile)."""
        return f"{self.field} = {self.value}"[:_MOST_WORDS]

    @property
    def source(self) -> str:
        """Where it stands."""
        return f"{_ORDER}{self.order}"


def keep(store_id: int, said: Sequence[Said], *, vault: Sealer) -> int:
    """Keeps what is not kept yet; how many there were. An order whose field changes keeps both, the later one with its
    time. In a number of statements that does not grow."""
    marked = [(one, fingerprint(one.address, vault)) for one in said if one.address.strip()]
    if not marked:
        return 0
    known = _latest(store_id, {mark for _, mark in marked})
    rows = {}
    for one, mark in marked:
        before = known.get((one.channel, mark, one.source))
        if before == (one.said_yes, one.words):
            continue
        source = one.source if before is None else f"{one.source}, changed {one.said_at:%Y-%m-%d %H:%M:%S}"
        rows[(one.channel, mark, source)] = {
            "store_id": store_id,
            "contact_id": one.contact_id,
            "channel": one.channel,
            "address_fingerprint": mark,
            "said_yes": one.said_yes,
            "said_at": one.said_at,
            "source": source,
            "words": one.words,
        }
    insert_many(_PROOFS, list(rows.values()))
    return len(rows)


def keep_yes(
    store_id: int,
    contact_id: int | None,
    channel: str,
    address: str,
    *,
    source: str,
    words: str,
    said_at: datetime,
    vault: Sealer,
) -> None:
    """Keeps that the owner of an address said yes to a channel, where and in which words. May be repeated."""
    mark = fingerprint(address, vault)
    known = select(ConsentProof.id).where(
        ConsentProof.store_id == store_id,
        ConsentProof.channel == channel,
        ConsentProof.address_fingerprint == mark,
        ConsentProof.source == source,
    )
    if session().scalar(known) is not None:
        return
    proof = ConsentProof(store_id=store_id, contact_id=contact_id, channel=channel, address_fingerprint=mark)
    proof.said_yes, proof.said_at, proof.source, proof.words = True, said_at, source, words[:_MOST_WORDS]
    session().add(proof)
    session().flush()


def find_yes(
    store_id: int, channel: str, address: str, *, vault: Sealer, source: str = ""
) -> ConsentProof | None:
    """The latest thing the owner of the address said about the channel, if it was a yes outside an order; opt-outs are
    asked apart. A yes to one asked-for call counts only where that call is named as the `source`."""
    if not address.strip():
        return None
    query = select(ConsentProof).where(
        ConsentProof.store_id == store_id,
        ConsentProof.channel == channel,
        ConsentProof.address_fingerprint == fingerprint(address, vault),
        # An order's own yes counts for that order alone (consent.basis), by the field that is named for it now.
        ConsentProof.source.not_like(f"{_ORDER}%") | ConsentProof.said_yes.is_(False),
        ConsentProof.source.not_like(f"{FOR_ONE_CALL}%") | (ConsentProof.source == source),
    )
    last = session().scalar(query.order_by(ConsentProof.said_at.desc(), ConsentProof.id.desc()).limit(1))
    return last if last is not None and last.said_yes else None


def proofs_of(contact_id: int | None) -> list[ConsentProof]:
    """What a person agreed to or refused on their orders, newest first."""
    if contact_id is None:
        return []
    query = select(ConsentProof).where(ConsentProof.contact_id == contact_id)
    return list(session().scalars(query.order_by(ConsentProof.said_at.desc(), ConsentProof.id.desc()).limit(50)))


def _latest(store_id: int, marks: set[str]) -> dict[tuple[str, str, str], tuple[bool, str]]:
    """The last word kept of each order, by channel, address and the order's own source."""
    columns = (_PROOFS.c.channel, _PROOFS.c.address_fingerprint, _PROOFS.c.source, _PROOFS.c.said_yes, _PROOFS.c.words)
    query = select(*columns).where(_PROOFS.c.store_id == store_id, _PROOFS.c.address_fingerprint.in_(marks))
    return {
        (channel, mark, source.partition(", changed ")[0]): (said_yes, words)
        for channel, mark, source, said_yes, words in session().execute(query.order_by(_PROOFS.c.id))
    }
