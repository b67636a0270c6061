"""A wish to be called or written to that a person wrote us: consent, kept with its words (UWG §7a: 5 years)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sidecar.contacts.contact import ConsentProof
from sidecar.contacts.opt_outs import fingerprint
from sidecar.db import session
from sidecar.ports import Sealer

BY_REPLY = "reply"
_WORDS_KEPT = 1000


def keep_asked(
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
    proof.said_yes, proof.said_at, proof.source, proof.words = True, said_at, source, words[:_WORDS_KEPT]
    session().add(proof)
    session().flush()


def find_asked(store_id: int, channel: str, address: str, *, vault: Sealer) -> ConsentProof | None:
    """The latest time the owner of the address asked for the channel, unless they said no on an order since; opt-outs
    are asked apart."""
    if not address.strip():
        return None
    query = select(ConsentProof).where(
        ConsentProof.store_id == store_id,
        ConsentProof.channel == channel,
        ConsentProof.address_fingerprint == fingerprint(address, vault),
    )
    for said in session().scalars(query.order_by(ConsentProof.said_at.desc(), ConsentProof.id.desc())):
        if not said.said_yes:
            return None
        if said.source.startswith(BY_REPLY):
            return said
    return None
