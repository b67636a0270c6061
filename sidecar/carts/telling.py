"""The sentences of a cart's story that the order itself tells: seen, changed, failed, cancelled, open again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sidecar.carts import statuses
from sidecar.carts.order_notes import who_cancelled
from sidecar.carts.reading import Reading
from sidecar.carts.statuses import status_words
from sidecar.carts.story import Told
from sidecar.money import words

_CANCELLED = {
    "time_limit": "WooCommerce cancelled the unpaid order: its time limit was reached.",
    "software": "The order was cancelled unpaid, and by no person.",
    "": "The order was cancelled unpaid. Its notes could not be read, so its time limit is taken as the cause.",
}


def told_by(reading: Reading, cart_id: int, *, now: datetime) -> Iterator[Told]:
    """What one reading adds to the story of its cart."""
    at = _moment(reading, now)
    if reading.known is None:
        text = f"Order {reading.row['number']} appeared: {status_words(reading.order.status)}."
        yield Told(cart_id, "seen", text, min(reading.order.created_at, now))
    elif reading.is_reopened:
        text = f"The order is open again: {status_words(reading.order.status)}."
        yield Told(cart_id, "reopened", text, at)
    elif reading.is_changed and not reading.is_ended:
        differences = "; ".join(_differences(reading))
        if differences:
            yield Told(cart_id, "changed", f"The order changed: {differences}.", at)
    if reading.failed_payments > (reading.known.failed_payments if reading.known else 0):
        says = f" The payment provider says: {reading.failed.text}" if reading.failed.text else ""
        yield Told(cart_id, "failed", f"A payment failed.{says}", min(reading.failed.last_at or at, now))
    if _is_newly_cancelled(reading):
        who = who_cancelled(reading.notes) if reading.notes is not None else ""
        yield Told(cart_id, "cancelled", _CANCELLED.get(who, _CANCELLED[""]), at)


def _differences(reading: Reading) -> Iterator[str]:
    known, row = reading.known, reading.row
    if known is None:
        return
    if known.status != row["status"] and reading.meaning != statuses.CANCELLED:
        yield f"now {status_words(row['status'])}"
    if (known.total_minor, known.currency) != (row["total_minor"], row["currency"]):
        yield f"total {words(row['total_minor'], row['currency'])}, before {words(known.total_minor, known.currency)}"
    if row["email"] and known.email != row["email"]:
        yield "an email address came in" if not known.email else "another email address"
    if row["phone"] and known.phone != row["phone"]:
        yield "a phone number came in" if not known.phone else "another phone number"
    same = (known.status, known.total_minor, known.email, known.phone)
    if same == (row["status"], row["total_minor"], row["email"], row["phone"]) and known.content_hash:
        yield "its items or details"


def _is_newly_cancelled(reading: Reading) -> bool:
    following = reading.meaning == statuses.CANCELLED and reading.verdict.code == "unpaid"
    return following and (reading.known is None or reading.known.status != reading.order.status)


def _moment(reading: Reading, now: datetime) -> datetime:
    bumped = reading.known is None or reading.order.modified_at > reading.known.modified_at
    return min(reading.order.modified_at, now) if bumped else now
