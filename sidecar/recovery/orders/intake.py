"""Taking in what a store says about its orders: people, carts, lines, purchases, bots, endings, story.

Everything happens in the caller's one transaction, in statements whose number does not grow with the page, and the
same page twice changes nothing. Rows are compared by contents, so a poll, a sweep and a re-reading may overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from sidecar.carts import intake, purchases, statuses, verdict
from sidecar.carts.order_text import NAME, plain_all
from sidecar.carts.quarantine import Suspect, find_bots
from sidecar.carts.reading import Reading, read
from sidecar.carts.recording import Contacts, record_carts
from sidecar.carts.rows import order_row
from sidecar.carts.story import tell_all
from sidecar.carts.telling import told_by
from sidecar.contacts import proof
from sidecar.contacts.consent import said
from sidecar.contacts.identity import Person, match_or_create
from sidecar.db import session
from sidecar.ports import Order, OrderNote, Sealer, SkippedOrder
from sidecar.recovery.orders.settling import Ending, settle_all, settle_answered
from sidecar.settings import settings_of
from sidecar.stores.connection import Store, find_store

_LARGEST_ID = 2**63 - 1
_FOLLOWED_FOR = timedelta(days=14)  # a queue item dies at 14 days (reference/safety.md D2): no notes needed later


@dataclass(frozen=True, slots=True)
class Taken:
    """What one reading brought: orders seen, carts that are new, carts that changed or ended, orders not stored."""

    seen: int
    new: int
    changed: int
    skipped: tuple[SkippedOrder, ...] = ()


def needing_notes(store_id: int, orders: Sequence[Order], *, now: datetime) -> list[int]:
    """Orders whose notes decide something: who cancelled, and what the payment provider said.

    Only of orders young enough to be contacted, and only when they changed or their notes were never read.
    """
    told = [order for order in orders if _tells_by_notes(order)]
    store = find_store(store_id) if told else None
    if store is None:
        return []
    settings = settings_of(store_id)
    backlog = max(settings["calls.backlog_within"], settings["outreach.backlog_within"])
    since = max(now - _FOLLOWED_FOR, store.connected_at - backlog)
    candidates = [order for order in told if order.modified_at >= since]
    known = intake.known_carts(store_id, [order.order_id for order in candidates])
    return [order.order_id for order in candidates if _notes_are_news(order, known.get(order.order_id))]


def take_in_orders(
    store: Store,
    orders: Sequence[Order],
    *,
    notes: Mapping[int, tuple[OrderNote, ...] | None],
    settings: Mapping[str, Any],
    vault: Sealer,
    now: datetime,
) -> Taken:
    """Stores what a page of orders says, and settles what it ends. Idempotent; inside the caller's transaction.

    `notes` holds those of `needing_notes`; None (or nothing) for an order means that they were not readable.
    """
    session().flush()
    one_at_a_time(store.id)
    page, skipped = _usable(orders)
    readings = [one for one in _readings(store.id, page, notes, settings, vault, now) if not one.is_stale]
    contacts = _match(store.id, readings, now)
    matched = contacts.ids
    ids = record_carts(store.id, readings, contacts, wait=settings["carts.abandoned_after"], now=now)
    sold = _write_purchases(store.id, readings, matched, now)
    tell_all(event for one in readings if one.is_written for event in told_by(one, ids[one.order.order_id], now=now))
    find_bots(store.id, _suspects(readings, matched, ids), now=now)
    proof.keep(store.id, _said(readings, matched, settings["consent.meta_keys"]), vault=vault)
    ended = settle_all([_ending(one, ids[one.order.order_id], now) for one in readings if one.is_ended], now=now)
    settle_answered(sold | _followed(readings, matched), now=now)
    intake.forget_loaded()
    unstored = tuple(_skipped(one) for one in readings if one.is_left_out)
    changed = sum(one.is_changed or one.is_reopened for one in readings if not one.is_ended) + ended
    return Taken(len(orders), sum(one.is_new for one in readings), changed, skipped + unstored)


def one_at_a_time(store_id: int) -> None:
    """On Postgres, whatever writes many carts of a store waits here for its turn; SQLite has one writer anyway."""
    if session().get_bind().dialect.name != "sqlite":
        session().execute(select(Store.id).where(Store.id == store_id).with_for_update(key_share=True))


def _usable(orders: Iterable[Order]) -> tuple[list[Order], tuple[SkippedOrder, ...]]:
    """Each order once, as it was read last (pages drift), and those whose number cannot be one."""
    newest: dict[int, Order] = {}
    odd: list[SkippedOrder] = []
    for order in orders:
        if not 0 < order.order_id <= _LARGEST_ID:
            odd.append(SkippedOrder(order.order_id, "The order's number is out of range."))
            continue
        before = newest.get(order.order_id)
        if before is None or order.modified_at >= before.modified_at:
            newest[order.order_id] = order
    return list(newest.values()), tuple(odd)


def _readings(
    store_id: int,
    page: Sequence[Order],
    notes: Mapping[int, tuple[OrderNote, ...] | None],
    settings: Mapping[str, Any],
    vault: Sealer,
    now: datetime,
) -> list[Reading]:
    ids = [order.order_id for order in page]
    known, sales = intake.known_carts(store_id, ids), purchases.known_purchases(store_id, ids)
    meta_keys, mapped = set(settings["consent.meta_keys"].values()), settings["carts.status_meanings"]
    return [
        read(
            order,
            order_row(order, sorted(meta_keys), vault.fingerprint, now=now),
            notes.get(order.order_id),
            known.get(order.order_id),
            sales.get(order.order_id),
            mapped,
        )
        for order in page
    ]


def _match(store_id: int, readings: Sequence[Reading], now: datetime) -> Contacts:
    """The people of orders that write anything and have somebody behind them."""
    writing = [one for one in readings if one.is_written or one.is_sold]
    found = match_or_create(store_id, [_person(one) for one in writing], now=now)
    pairs = zip(writing, found.contact_ids, strict=True)
    ids = {one.order.order_id: contact_id for one, contact_id in pairs if contact_id is not None}
    return Contacts(ids, {writing[position].order.order_id for position in found.put_off}, found.joined)


def _person(one: Reading) -> Person:
    order, row = one.order, one.row
    first_name, last_name, company = plain_all((order.first_name, order.last_name, order.company), NAME)
    return Person(
        first_name=first_name,
        last_name=last_name,
        company=company,
        email=row["email"],
        phone=row["phone"],
        phone_e164=row["phone_e164"],
        country=row["country"],
        region=row["region"],
        customer_id=row["customer_id"],
        told_at=order.modified_at,
    )


def _write_purchases(store_id: int, readings: Sequence[Reading], matched: Mapping[int, int], now: datetime) -> set[int]:
    """Keeps purchases; the people who bought something new."""
    sold = [one for one in readings if one.is_sold]
    rows = [
        purchases.purchase_row(one.order, now=now) | {"contact_id": matched.get(one.order.order_id)} for one in sold
    ]
    known = [one.order.order_id for one in sold if one.sale is not None]
    purchases.write_purchases(store_id, rows, known=known)
    purchases.unsell(store_id, {one.order.order_id: one.order.status for one in readings if one.is_unsold})
    return {row["contact_id"] for row in rows if row["contact_id"] is not None}


def _said(readings: Sequence[Reading], matched: Mapping[int, int], keys: Mapping[str, str]) -> list[proof.Said]:
    """Every yes or no that a new or changed order carries."""
    return [
        proof.Said(
            contact_id=matched.get(one.order.order_id),
            channel=channel,
            address=one.row["email"] if channel == "email" else one.row["phone_e164"] or one.row["email"],
            said_yes=wish,
            said_at=one.row["modified_at"] if one.known else one.row["ordered_at"],
            order=one.row["number"],
            field=key,
            value=one.row["meta"][key],
        )
        for one in readings
        for channel, key in keys.items()
        if (one.is_written or one.is_sold) and (wish := said(one.row["meta"].get(key))) is not None
    ]


def _suspects(readings: Sequence[Reading], matched: Mapping[int, int], ids: Mapping[int, int]) -> list[Suspect]:
    return [
        Suspect(
            cart_id=ids[one.order.order_id],
            contact_id=matched.get(one.order.order_id),
            ip_fingerprint=one.row["ip_fingerprint"],
            ordered_at=one.row["ordered_at"],
        )
        for one in readings
        if one.is_written and one.failed_payments > 0
    ]


def _ending(one: Reading, cart_id: int, now: datetime) -> Ending:
    if one.verdict.kind == verdict.PAID:
        paid_at = min(one.order.paid_at or one.order.modified_at, now)
        return Ending(cart_id, "recovered", "paid", one.verdict.reason, paid_at)
    return Ending(cart_id, "closed", one.verdict.code, one.verdict.reason)


def _followed(readings: Sequence[Reading], matched: Mapping[int, int]) -> set[int]:
    """People with a cart that is new, changed or open again: an earlier purchase may answer it."""
    following = [one for one in readings if one.is_written and one.verdict.kind == verdict.FOLLOW]
    return {matched[one.order.order_id] for one in following if one.order.order_id in matched}


def _skipped(one: Reading) -> SkippedOrder:
    return SkippedOrder(one.order.order_id, one.verdict.reason)


def _tells_by_notes(order: Order) -> bool:
    ours = order.created_via in statuses.PLACED_AT_CHECKOUT and order.paid_at is None
    return ours and order.status in ("cancelled", "failed")


def _notes_are_news(order: Order, known: intake.Known | None) -> bool:
    if known is None or known.status != order.status or known.notes_at is None:
        return True
    return order.modified_at > known.modified_at
