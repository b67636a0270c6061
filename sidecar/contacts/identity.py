"""Who placed an order: people matched by e-mail and by phone within a store, many orders at a time.

Two known people whom an order joins (the e-mail of one, the phone of the other) become one; everything that points
to either follows. That waits while reps have both of them in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, func, select

from sidecar.bulk import Statement, given, insert_many, update_many
from sidecar.contacts.contact import Contact, ContactPoint, Silence
from sidecar.contacts.joining import join_contacts
from sidecar.db import session

_CONTACTS: Table = Contact.metadata.tables["contact"]
_POINTS: Table = ContactPoint.metadata.tables["contact_point"]
_TOLD = ("first_name", "last_name", "company", "email", "phone", "phone_e164", "country", "region")
_told_by = attrgetter(*_TOLD)
_POINTS_KNOWN = Statement(
    select(_POINTS.c.address, _POINTS.c.contact_id).where(
        _POINTS.c.store_id == given("store_id"), _POINTS.c.kind.in_(("email", "phone"))
    ),
    among=_POINTS.c.address,
)
_LAST = Statement(select(func.max(_CONTACTS.c.id)))
_MADE = Statement(
    select(_CONTACTS.c.id)
    .where(_CONTACTS.c.store_id == given("store_id"), _CONTACTS.c.id > given("last"))
    .order_by(_CONTACTS.c.id)
)
_TOLD_BEFORE = Statement(
    select(*(_CONTACTS.c[name] for name in ("id", "told_at", "customer_id", *_TOLD))), among=_CONTACTS.c.id
)


@dataclass(frozen=True, slots=True)
class Person:
    """What one order says about who placed it, cleaned. `email` can be written to, `phone_e164` dialled, or is ""."""

    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    phone_e164: str
    country: str
    region: str
    customer_id: int
    told_at: datetime
    addresses: tuple[tuple[str, str], ...] = field(init=False)  # kind and address of what they are recognised by

    def __post_init__(self) -> None:
        pairs = (("email", self.email.lower()), ("phone", self.phone_e164))
        object.__setattr__(self, "addresses", tuple(pair for pair in pairs if pair[1]))


@dataclass(frozen=True, slots=True)
class Matched:
    """Who the people are: a contact id for each, None where there is nothing to recognise them by.

    `joined` are the ids that became another; `put_off` the positions of people whose joining waits for a rep.
    """

    contact_ids: list[int | None]
    joined: Mapping[int, int] = field(default_factory=dict)
    put_off: frozenset[int] = frozenset()


def match_or_create(store_id: int, people: Sequence[Person], *, now: datetime) -> Matched:
    """The contacts of many people, in a number of statements that does not grow with them; joins aside.

    The caller sees to it that no two of these run for one store at once.
    """
    if not people:
        return Matched([])
    known = _known_points(store_id, people)
    groups = _Groups(known, _held_where_needed(known, people, now))
    nodes = [groups.node_of(position, person) for position, person in enumerate(people)]
    joins = {old: groups.root(old) for old in groups.joined if groups.root(old) != old}
    for old, new in joins.items():
        join_contacts(new, old)
    ids = _created(store_id, people, nodes, groups, now)
    contact_ids = [None if node is None else ids.get(groups.root(node), groups.root(node)) for node in nodes]
    _add_points(store_id, known, people, contact_ids)
    _tell_contacts(people, contact_ids, set(ids.values()))
    return Matched(contact_ids, joins, frozenset(groups.put_off))


class _Groups:
    """Which orders belong to one person. Known contacts are positive nodes, new ones negative."""

    def __init__(self, owners: Mapping[str, int], held: frozenset[int]) -> None:
        self._owner: dict[str, int] = dict(owners)
        self._parent: dict[int, int] = {}
        self._held = held
        self._new = 0
        self.joined: list[int] = []
        self.put_off: set[int] = set()

    def node_of(self, position: int, person: Person) -> int | None:
        addresses = [address for _, address in person.addresses]
        if not addresses:
            return None
        found = list(dict.fromkeys(self.root(self._owner[one]) for one in addresses if one in self._owner))
        node = self._one_of(position, found)
        for address in addresses:
            self._owner.setdefault(address, node)
        return node

    def root(self, node: int) -> int:
        while node in self._parent:
            node = self._parent[node]
        return node

    def _one_of(self, position: int, found: list[int]) -> int:
        if not found:
            self._new -= 1
            return self._new
        if len(found) == 1:
            return found[0]
        if len(found) == 2 and set(found) <= self._held:
            self.put_off.add(position)
            return found[0]  # the e-mail says it better: a household shares a phone
        # The oldest known contact stays; a new one gives way to a known one.
        stays = min(found, key=lambda node: (node < 0, abs(node)))
        for other in found:
            if other != stays:
                self._parent[other] = stays
                if other > 0:
                    self.joined.append(other)
                if other in self._held:
                    self._held |= {stays}
        return stays


def _known_points(store_id: int, people: Sequence[Person]) -> dict[str, int]:
    wanted = {address for person in people for _, address in person.addresses}
    return dict(_POINTS_KNOWN.find(store_id=store_id, wanted=wanted))


def _held_where_needed(known: Mapping[str, int], people: Iterable[Person], now: datetime) -> frozenset[int]:
    """Which contacts reps have now; asked only if an order joins two known people."""
    pairs = [{known[address] for _, address in person.addresses if address in known} for person in people]
    joining = {contact_id for pair in pairs if len(pair) > 1 for contact_id in pair}
    if not joining:
        return frozenset()
    query = select(Silence.contact_id).where(Silence.contact_id.in_(joining), Silence.until_at > now)
    return frozenset(session().scalars(query))


def _created(
    store_id: int, people: Sequence[Person], nodes: Sequence[int | None], groups: _Groups, now: datetime
) -> dict[int, int]:
    """Ids of new contacts by their node; the last order of a page describes them."""
    latest: dict[int, Person] = {}
    for node, person in zip(nodes, people, strict=True):
        if node is not None and groups.root(node) < 0:
            latest[groups.root(node)] = person
    if not latest:
        return {}
    rows = [{"store_id": store_id, "language": "", "created_at": now} | _row(person) for person in latest.values()]
    last = _LAST.find()[0][0] or 0
    insert_many(_CONTACTS, rows)
    # Ids count up in the order of the rows, and the caller lets in one page of a store at a time.
    made = [contact_id for (contact_id,) in _MADE.find(store_id=store_id, last=last)]
    return dict(zip(latest, made, strict=True))


def _row(person: Person) -> dict[str, Any]:
    told = dict(zip(_TOLD, _told_by(person), strict=True))
    return told | {"customer_id": person.customer_id, "told_at": person.told_at}


def _add_points(
    store_id: int, known: Mapping[str, int], people: Sequence[Person], contact_ids: Sequence[int | None]
) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for person, contact_id in zip(people, contact_ids, strict=True):
        for kind, address in person.addresses:
            if address not in known and address not in rows:
                rows[address] = {"store_id": store_id, "contact_id": contact_id, "kind": kind, "address": address}
    insert_many(_POINTS, list(rows.values()))


def _tell_contacts(people: Sequence[Person], contact_ids: Sequence[int | None], fresh: set[int]) -> None:
    """Known contacts learn what a newer order says; what it leaves blank stays."""
    newest: dict[int, Person] = {}
    for person, contact_id in zip(people, contact_ids, strict=True):
        if contact_id is not None and contact_id not in fresh:
            before = newest.get(contact_id)
            newest[contact_id] = person if before is None or person.told_at >= before.told_at else before
    if not newest:
        return
    changes = []
    for contact_id, told_at, customer_id, *told in _TOLD_BEFORE.find(wanted=newest):
        person = newest[contact_id]
        if told_at is None or person.told_at > told_at:
            now_told = [says or before for says, before in zip(_told_by(person), told, strict=True)]
            row = dict(zip(_TOLD, now_told, strict=True)) | {"customer_id": person.customer_id or customer_id}
            changes.append(row | {"told_at": person.told_at, "id": contact_id})
    update_many(_CONTACTS, "id", changes)
