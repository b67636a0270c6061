"""What an order's status means for us, and how it is called in sentences."""

from __future__ import annotations

from collections.abc import Mapping

UNPAID, ON_HOLD, PAID, REFUNDED, CANCELLED, TRASHED, CLOSED, UNKNOWN = (
    "unpaid",
    "on_hold",
    "paid",
    "refunded",
    "cancelled",
    "trashed",
    "closed",
    "unknown",
)
_MEANINGS = {
    "pending": UNPAID,
    "failed": UNPAID,
    "checkout-draft": UNPAID,
    "on-hold": ON_HOLD,
    "processing": PAID,
    "completed": PAID,
    "refunded": REFUNDED,
    "cancelled": CANCELLED,
    "trash": TRASHED,
}
_WORDS = {
    "pending": "waiting for payment",
    "failed": "payment failed",
    "checkout-draft": "being filled in at the checkout",
    "on-hold": "on hold until money arrives",
    "processing": "paid",
    "completed": "paid and done",
    "refunded": "refunded",
    "cancelled": "cancelled",
    "trash": "in the trash",
}
# Orders that a customer placed at the checkout; admin, REST, renewal and point-of-sale orders are not carts.
PLACED_AT_CHECKOUT = frozenset({"checkout", "store-api"})


def meaning_of(status: str, mapped: Mapping[str, str]) -> str:
    """The meaning of a WooCommerce status; of one that plugins added, what the owner says, else "unknown"."""
    return _MEANINGS.get(status) or mapped.get(status, UNKNOWN)


def status_words(status: str) -> str:
    """How sentences call a status."""
    return _WORDS.get(status) or f"“{status}”"
