"""Two contacts become one: every row of every table that points to the one points to the other afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, delete, select, update

from sidecar.contacts.contact import Contact, Silence
from sidecar.db import Base, session
from sidecar.errors import Refused

_CONTACTS: Table = Contact.metadata.tables["contact"]
_TOLD = ("first_name", "last_name", "company", "email", "phone", "phone_e164", "country", "region", "language")


def join_contacts(stays: int, goes: int) -> None:
    """Moves carts, tasks, messages, points, purchases and silences of `goes` to `stays`, and ends `goes`.

    Raises Refused when `goes` is gone already: somebody else joined them first, and the caller's view is old.
    """
    names = [_CONTACTS.c[name] for name in ("id", *_TOLD)]
    rows = session().execute(select(*names).where(_CONTACTS.c.id.in_((stays, goes))).with_for_update())
    told = {row.id: row for row in rows}
    if len(told) != 2:
        raise Refused("This person was joined with another one meanwhile.", code="joined_meanwhile")
    _let_silences_meet(stays, goes)
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is _CONTACTS:
                session().execute(update(table).where(key.parent == goes).values({key.parent.name: stays}))
    _fill_gaps(stays, told[stays], told[goes])
    session().execute(delete(_CONTACTS).where(_CONTACTS.c.id == goes))
    session().expire_all()  # objects of any of those tables may be held


def _let_silences_meet(stays: int, goes: int) -> None:
    """Of two silences with one source the longer stays: the pair would collide on its unique key."""
    rows = session().scalars(select(Silence).where(Silence.contact_id.in_((stays, goes)))).all()
    longest: dict[str, Silence] = {}
    for row in sorted(rows, key=lambda one: one.until_at):
        if row.source in longest:
            session().delete(longest[row.source])
        longest[row.source] = row
    session().flush()


def _fill_gaps(stays: int, ours: Any, theirs: Any) -> None:
    """What only the other one told is kept."""
    gaps = {name: getattr(theirs, name) for name in _TOLD if not getattr(ours, name) and getattr(theirs, name)}
    if gaps:
        session().execute(update(_CONTACTS).where(_CONTACTS.c.id == stays).values(gaps))
