"""Consent that a person gave outside an order, kept with its words for as long as the law asks (UWG §7a: 5 years)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sidecar.contacts.contact import ConsentProof
from sidecar.contacts.opt_outs import fingerprint
from sidecar.db import session
from sidecar.ports import Sealer

_WORDS_KEPT = 1000


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
    proof.said_yes, proof.said_at, proof.source, proof.words = True, said_at, source, words[:_WORDS_KEPT]
    session().add(proof)
    session().flush()


def find_yes(store_id: int, channel: str, address: str, *, vault: Sealer) -> ConsentProof | None:
    """The latest thing the owner of the address said about the channel, if it was a yes; opt-outs are asked apart."""
    if not address.strip():
        return None
    query = select(ConsentProof).where(
        ConsentProof.store_id == store_id,
        ConsentProof.channel == channel,
        ConsentProof.address_fingerprint == fingerprint(address, vault),
    )
    last = session().scalar(query.order_by(ConsentProof.said_at.desc(), ConsentProof.id.desc()).limit(1))
    return last if last is not None and last.said_yes else None
