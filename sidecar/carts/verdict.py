"""What an order is to us: a cart to follow, a purchase, closed, or nothing. Pure. Source: product.md P1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sidecar.carts import statuses
from sidecar.carts.order_notes import who_cancelled
from sidecar.ports import Order, OrderNote

FOLLOW, PAID, CLOSE, SKIP = "follow", "paid", "close", "skip"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is follow, paid, close or skip; `code` and `reason` say why. A skipped order is stored nowhere."""

    kind: str
    code: str
    reason: str


_FOLLOWED = Verdict(FOLLOW, "unpaid", "")
_PAID = Verdict(PAID, "paid", "The order was paid.")
_NOT_OURS = Verdict(SKIP, "not_checkout", "The order was not placed by a customer at the checkout.")
_EMPTIED = Verdict(CLOSE, "emptied", "The customer emptied the cart.")
_CLOSED = {
    statuses.REFUNDED: Verdict(CLOSE, "refunded", "The order was refunded."),
    statuses.TRASHED: Verdict(CLOSE, "trashed", "The shop moved the order to the trash."),
    statuses.CLOSED: Verdict(CLOSE, "closed_by_shop", "The shop closed the order."),
}
_CANCELLED_BY_SHOP = Verdict(CLOSE, "cancelled_by_shop", "The shop cancelled the order.")
_CANCELLED_BY_CUSTOMER = Verdict(CLOSE, "cancelled_by_customer", "The customer cancelled the order.")


def judge(order: Order, notes: Sequence[OrderNote] | None, mapped: Mapping[str, str]) -> Verdict:
    """What to do with an order. `notes` None means that they were not or could not be read."""
    meaning = statuses.meaning_of(order.status, mapped)
    if meaning == statuses.PAID or (meaning == statuses.UNKNOWN and order.paid_at is not None):
        return _PAID
    if meaning in _CLOSED:
        return _CLOSED[meaning]
    if order.created_via not in statuses.PLACED_AT_CHECKOUT:
        return _NOT_OURS
    if meaning == statuses.CANCELLED:
        return _judge_cancelled(order, notes)
    if order.status == "checkout-draft" and not order.lines and order.total_minor == 0:
        return _EMPTIED
    return _FOLLOWED


def _judge_cancelled(order: Order, notes: Sequence[OrderNote] | None) -> Verdict:
    if order.paid_at is not None:
        return _CANCELLED_BY_SHOP
    who = who_cancelled(notes) if notes is not None else ""
    if who == "person":
        return _CANCELLED_BY_SHOP
    return _CANCELLED_BY_CUSTOMER if who == "customer" else _FOLLOWED
