"""Bots and card testers: five or more failed orders from one address within an hour are held back (product.md P1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, or_, select, update

from sidecar.carts.cart import Cart, Quarantine
from sidecar.carts.story import tell
from sidecar.db import one_row, session
from sidecar.errors import Refused

_QUARANTINE: Table = Quarantine.metadata.tables["quarantine"]
FAILED_ORDERS = 5
WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cart whose payment failed, as detection looks at it."""

    cart_id: int
    contact_id: int | None
    ip_fingerprint: str
    ordered_at: datetime


def find_bots(store_id: int, fresh: Sequence[Suspect], *, now: datetime) -> list[int]:
    """Carts newly held back, given those whose payment failed in this reading. Released ones stay released."""
    if not fresh:
        return []
    around = _failed_around(store_id, fresh)
    bursts: dict[int, str] = {}
    for key, words in (("contact_id", "person"), ("ip_fingerprint", "internet address")):
        for cart_id, times in _bursts(around, key).items():
            bursts.setdefault(cart_id, f"Looks like card testing: {times} failed orders from one {words} in an hour.")
    known = select(Quarantine.cart_id).where(Quarantine.cart_id.in_(bursts))
    new = sorted(set(bursts) - set(session().scalars(known))) if bursts else []
    if new:
        rows = [{"cart_id": cart_id, "found_at": now, "why": bursts[cart_id]} for cart_id in new]
        session().execute(insert(_QUARANTINE), rows)
        again = update(Cart).where(Cart.id.in_(new), Cart.state.in_(("watching", "abandoned", "contacted")))
        session().execute(again.values(decide_at=now).execution_options(synchronize_session=False))
    return new


def release_quarantine(cart_id: int, by: str, now: datetime) -> None:
    """Lets a held cart go: it is decided anew and never held again. Raises Refused when it is not held."""
    freed = update(Quarantine).where(Quarantine.cart_id == cart_id, Quarantine.released_at.is_(None))
    if not one_row(session().execute(freed.values(released_at=now, released_by=by))):
        raise Refused("This cart is not held back as a bot's.", code="not_quarantined")
    again = (
        update(Cart)
        .where(Cart.id == cart_id, Cart.state.in_(("watching", "abandoned", "contacted")))
        .values(decide_at=now)
    )
    session().execute(again)
    tell(cart_id, "released", f"{by} released the cart: not a bot.", at=now)


def held_reasons(cart_ids: Iterable[int]) -> dict[int, str]:
    """Why carts are held back, by id, for those that are and were not released."""
    query = select(Quarantine.cart_id, Quarantine.why).where(
        Quarantine.cart_id.in_(list(cart_ids)), Quarantine.released_at.is_(None)
    )
    return dict(session().execute(query).all())


def _failed_around(store_id: int, fresh: Sequence[Suspect]) -> list[Any]:
    people = {one.contact_id for one in fresh if one.contact_id is not None}
    addresses = {one.ip_fingerprint for one in fresh if one.ip_fingerprint}
    moments = [one.ordered_at for one in fresh]
    query = select(Cart.id, Cart.contact_id, Cart.ip_fingerprint, Cart.ordered_at).where(
        Cart.store_id == store_id,
        Cart.failed_payments > 0,
        or_(Cart.contact_id.in_(people), Cart.ip_fingerprint.in_(addresses)),
        Cart.ordered_at.between(min(moments) - WITHIN, max(moments) + WITHIN),
    )
    return list(session().execute(query.order_by(Cart.ordered_at)))


def _bursts(rows: Sequence[Any], key: str) -> dict[int, int]:
    """How many failed orders stand in the fullest hour of each cart that lies in a full one, by cart."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        if getattr(row, key):
            groups.setdefault(getattr(row, key), []).append(row)
    found: dict[int, int] = {}
    for group in groups.values():
        found |= _fullest_hours(group, found)
    return found


def _fullest_hours(group: Sequence[Any], known: Mapping[int, int]) -> dict[int, int]:
    """The carts of one address that lie in a full hour. `group` is in order of time; each hour ends with a cart."""
    found: dict[int, int] = {}
    start = marked = 0
    for end, last in enumerate(group, start=1):
        while last.ordered_at - group[start].ordered_at > WITHIN:
            start += 1
        if end - start >= FAILED_ORDERS:
            for row in group[max(start, marked) : end]:
                found[row.id] = max(known.get(row.id, 0), end - start)
            marked = end
    return found
