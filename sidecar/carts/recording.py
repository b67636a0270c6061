"""Writing a page of readings: new carts, changed ones, their lines, and when each is to be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, update

from sidecar.bulk import Statement, given
from sidecar.carts import intake, verdict
from sidecar.carts.cart import Cart
from sidecar.carts.reading import Reading

_CARTS: Table = Cart.metadata.tables["cart"]
_OPEN = {"state": "watching", "closed_at": None, "closed_reason": None, "abandoned_at": None}
_OPEN_AGAIN = Statement(update(_CARTS).values(_OPEN), among=_CARTS.c.id)
_DECIDE_AGAIN = Statement(
    update(_CARTS).where(_CARTS.c.state.in_(("watching", "abandoned", "contacted"))).values(decide_at=given("at")),
    among=_CARTS.c.id,
)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contact ids by order id, and orders whose people are to be looked at again: those are not taken as known.

    `joined`: contacts that have just become another one; who was read before as the one is the other now.
    """

    ids: Mapping[int, int]
    unsure: Set[int]
    joined: Mapping[int, int]

    def id_of(self, order_id: int, known: int | None) -> int | None:
        """The person of an order; the known one where the order says nothing of anybody any more."""
        before = self.joined.get(known, known) if known is not None else None
        return self.ids.get(order_id, before)


def record_carts(
    store_id: int, readings: Sequence[Reading], contacts: Contacts, *, wait: timedelta, now: datetime
) -> dict[int, int]:
    """The ids of all carts of the page by order id, after writing what is new or differs.

    A new cart is decided once it was left alone for `wait`.
    """
    new = [one for one in readings if one.is_new]
    changed = [one for one in readings if one.known is not None and one.is_written]
    made = intake.insert_carts(store_id, [_new_row(one, contacts, wait, now) for one in new], now=now)
    ids = {one.order.order_id: one.known.id for one in readings if one.known is not None}
    ids |= {one.order.order_id: cart_id for one, cart_id in zip(new, made, strict=True)}
    changes = [(ids[one.order.order_id], _row(one, contacts, now)) for one in changed]
    intake.update_carts(changes, now=now)
    lines = {ids[one.order.order_id]: one.order.lines for one in (*new, *changed)}
    intake.write_lines(lines, replacing=[cart_id for cart_id, _ in changes])
    intake.touch_carts(_moved_dates(readings))
    _open_again([ids[one.order.order_id] for one in changed if one.is_reopened])
    _decide_again([ids[one.order.order_id] for one in changed], now)
    return ids


def _new_row(one: Reading, contacts: Contacts, wait: timedelta, now: datetime) -> dict[str, Any]:
    row = _row(one, contacts, now)
    ended = one.verdict.kind == verdict.CLOSE
    return row | {
        "state": "closed" if ended else "watching",
        "closed_at": now if ended else None,
        "closed_reason": one.verdict.code if ended else None,
        "route": "hold" if ended else None,
        "reason_code": one.verdict.code if ended else None,
        "reason": one.verdict.reason if ended else None,
        "decide_at": None if ended else row["active_at"] + wait,
    }


def _row(one: Reading, contacts: Contacts, now: datetime) -> dict[str, Any]:
    known = one.known
    ended = known is not None and not known.is_open and not one.is_reopened
    return dict(one.row) | {
        "content_hash": "" if one.order.order_id in contacts.unsure else one.row["content_hash"],
        # What was paid once stays so, even if the store has lost the date: only the shop knows why it is open again.
        "paid_at": known.paid_at if known and (ended or one.order.paid_at is None) else one.order.paid_at,
        "contact_id": contacts.id_of(one.order.order_id, known.contact_id if known else None),
        "failed_payments": one.failed_payments,
        "failure_text": one.failed.text or (known.failure_text if known else ""),
        "active_at": one.active_at(now),
        "notes_at": now if one.notes is not None else (known.notes_at if known else None),
    }


def _moved_dates(readings: Sequence[Reading]) -> dict[int, datetime]:
    """Carts with the same contents and another date: our own writes come back like this (woocommerce.md 6)."""
    return {
        one.known.id: one.row["modified_at"]
        for one in readings
        if one.known is not None and not one.is_written and one.row["modified_at"] != one.known.modified_at
    }


def _open_again(cart_ids: Sequence[int]) -> None:
    if cart_ids:
        _OPEN_AGAIN.run(wanted=cart_ids)


def _decide_again(cart_ids: Sequence[int], now: datetime) -> None:
    """Claimed and contacted carts keep their course; deciding looks at that."""
    if cart_ids:
        _DECIDE_AGAIN.run(wanted=cart_ids, at=now)
