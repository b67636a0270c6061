"""Two contacts become one: every row of every table that points to the one points to the other afterwards."""

from __future__ import annotations

from sqlalchemy import Table, delete, select, update

from sidecar.contacts.contact import Contact, Silence
from sidecar.db import Base, one_row, session
from sidecar.errors import Refused

_CONTACTS: Table = Contact.metadata.tables["contact"]


def join_contacts(stays: int, goes: int) -> None:
    """Moves carts, tasks, messages, points, purchases and silences of `goes` to `stays`, and ends `goes`.

    Raises Refused when `goes` is gone already: somebody else joined them first, and the caller's view is old.
    """
    _let_silences_meet(stays, goes)
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is _CONTACTS:
                session().execute(update(table).where(key.parent == goes).values({key.parent.name: stays}))
    _fill_gaps(stays, goes)
    if not one_row(session().execute(delete(_CONTACTS).where(_CONTACTS.c.id == goes))):
        raise Refused("This person was joined with another one meanwhile.", code="joined_meanwhile")


def _let_silences_meet(stays: int, goes: int) -> None:
    """Of two silences with one source the longer stays: the pair would collide on its unique key."""
    rows = session().scalars(select(Silence).where(Silence.contact_id.in_((stays, goes)))).all()
    longest: dict[str, Silence] = {}
    for row in sorted(rows, key=lambda one: one.until_at):
        if row.source in longest:
            session().delete(longest[row.source])
        longest[row.source] = row
    session().flush()


def _fill_gaps(stays: int, goes: int) -> None:
    """What only the other one told is kept."""
    names = ("first_name", "last_name", "company", "email", "phone", "phone_e164", "country", "region", "language")
    columns = [_CONTACTS.c[name] for name in names]
    ours, theirs = (session().execute(select(*columns).where(_CONTACTS.c.id == one)).one() for one in (stays, goes))
    gaps = {name: theirs[place] for place, name in enumerate(names) if not ours[place] and theirs[place]}
    if gaps:
        session().execute(update(_CONTACTS).where(_CONTACTS.c.id == stays).values(gaps))
