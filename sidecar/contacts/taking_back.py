"""A customer takes back their no to calls, because they ask for one. Only theirs to take back, and only for calls."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select

from sidecar.contacts.contact import OptOut
from sidecar.contacts.opt_outs import fingerprint
from sidecar.db import session
from sidecar.ports import Sealer

IMPORT = "import"  # brought from another system: whoever imported it knows why, and a customer here cannot undo it
_OTHERS = ("email", "sms")


def no_to_calls(store_id: int, addresses: Collection[str], *, vault: Sealer) -> str:
    """How these addresses stand to being called: "" nobody said no, "theirs" they did themselves and may take it back,
    "listed" an imported list names them."""
    sources = {row.source for row in _rows(store_id, addresses, vault)}
    return "listed" if IMPORT in sources else "theirs" if sources else ""


def allow_calls(store_id: int, addresses: Collection[str], *, vault: Sealer) -> int:
    """Takes back every own no to calls of these addresses; how many there were. A no to everything becomes one to
    everything else: emails and texts were not asked for."""
    rows = [row for row in _rows(store_id, addresses, vault) if row.source != IMPORT]
    for row in rows:
        if row.channel == "all":
            _keep_the_rest(row)
    session().execute(delete(OptOut).where(OptOut.id.in_([row.id for row in rows])))
    session().flush()
    return len(rows)


def _rows(store_id: int, addresses: Collection[str], vault: Sealer) -> list[OptOut]:
    marks = [fingerprint(address, vault) for address in addresses if address.strip()]
    query = select(OptOut).where(
        OptOut.store_id == store_id, OptOut.channel.in_(("calls", "all")), OptOut.address_fingerprint.in_(marks)
    )
    return list(session().scalars(query)) if marks else []


def _keep_the_rest(row: OptOut) -> None:
    known = select(OptOut.channel).where(
        OptOut.store_id == row.store_id, OptOut.address_fingerprint == row.address_fingerprint
    )
    for channel in set(_OTHERS) - set(session().scalars(known)):
        rest = OptOut(store_id=row.store_id, channel=channel, address_fingerprint=row.address_fingerprint)
        rest.said_at, rest.source = row.said_at, row.source
        session().add(rest)
