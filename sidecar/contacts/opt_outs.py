"""Withdrawals, for good. Only fingerprints of addresses are kept, so that they outlive the erasure of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from sidecar.contacts.address import recognised
from sidecar.contacts.contact import ContactPoint, OptOut
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.ports import Sealer

CHANNELS = ("email", "sms", "calls", "all")


def opt_out(store_id: int, channel: str, address: str, *, source: str, vault: Sealer, now: datetime) -> bool:
    """Keeps a withdrawal of an e-mail address or E.164 number; False when it was kept before.

    `channel` is "email", "sms", "calls" or "all". Raises Refused for an empty address or another channel. Carts are
    decided anew by recovery.decisions.deciding.redecide_person, which flows call besides this.
    """
    if channel not in CHANNELS or not address.strip():
        raise Refused("Say who does not want to be contacted, and how.", code="opt_out_incomplete")
    mark = fingerprint(address, vault)
    known = select(OptOut.id).where(
        OptOut.store_id == store_id, OptOut.channel == channel, OptOut.address_fingerprint == mark
    )
    if session().scalar(known) is not None:
        return False
    session().add(OptOut(store_id=store_id, channel=channel, address_fingerprint=mark, said_at=now, source=source))
    session().flush()
    return True


def is_opted_out(store_id: int, channel: str, addresses: Iterable[str], *, vault: Sealer) -> bool:
    """Whether any of the addresses said no to the channel, or to everything."""
    marks = [fingerprint(address, vault) for address in addresses if address.strip()]
    query = select(OptOut.id).where(
        OptOut.store_id == store_id, OptOut.channel.in_((channel, "all")), OptOut.address_fingerprint.in_(marks)
    )
    return bool(marks) and session().scalar(query.limit(1)) is not None


def refused_channels(
    store_id: int, contact_ids: Iterable[int], *, vault: Sealer, also: Mapping[int, Iterable[str]] | None = None
) -> dict[int, frozenset[str]]:
    """The channels each person said no to, by contact id, in two statements for all of them.

    What a person said about one of their addresses counts for the person. `also` adds addresses that are not
    (or no longer) among a contact's points.
    """
    people: dict[str, set[int]] = {}
    for contact_id, addresses in _addresses(list(contact_ids), also or {}).items():
        for address in addresses:
            people.setdefault(fingerprint(address, vault), set()).add(contact_id)
    found: dict[int, set[str]] = {}
    query = select(OptOut.address_fingerprint, OptOut.channel).where(
        OptOut.store_id == store_id, OptOut.address_fingerprint.in_(people)
    )
    for mark, channel in session().execute(query) if people else ():
        for contact_id in people[mark]:
            found.setdefault(contact_id, set()).add(channel)
    return {contact_id: frozenset(channels) for contact_id, channels in found.items()}


def addresses_of(contact_id: int, kind: str) -> list[str]:
    """Every "email" or "phone" by which the person is recognised, also those that no order carries any more."""
    query = select(ContactPoint.address).where(ContactPoint.contact_id == contact_id, ContactPoint.kind == kind)
    return list(session().scalars(query.order_by(ContactPoint.address)))


def fingerprint(address: str, vault: Sealer) -> str:
    """What is kept of an address: the same for every way of writing it."""
    return vault.fingerprint("address", recognised(address) or address.strip().lower())


def _addresses(contact_ids: list[int], also: Mapping[int, Iterable[str]]) -> dict[int, set[str]]:
    found = {contact_id: {one for one in addresses if one.strip()} for contact_id, addresses in also.items()}
    query = select(ContactPoint.contact_id, ContactPoint.address).where(ContactPoint.contact_id.in_(contact_ids))
    for contact_id, address in session().execute(query) if contact_ids else ():
        found.setdefault(contact_id, set()).add(address)
    return found
