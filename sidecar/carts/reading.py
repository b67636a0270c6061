"""One order as just read, against what we had: what is new, changed, paid, ended or open again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sidecar.carts import statuses, verdict
from sidecar.carts.intake import Known
from sidecar.carts.order_notes import Failures, failures, last_attempt
from sidecar.carts.rows import is_another
from sidecar.carts.verdict import Verdict, judge
from sidecar.ports import Order, OrderNote

# Endings that the store's order gave and the store's order may take back. A rep's verdict is not among them.
REOPENED_FROM = frozenset(
    {
        "paid",
        "refunded",
        "cancelled_by_shop",
        "cancelled_by_customer",
        "closed_by_shop",
        "trashed",
        "gone",
        "emptied",
    }
)
_UNDATED = ("trashed", "gone")  # coming back from these does not bump the modified date (woocommerce.md 6)
_KEPT_WHEN_NEW = ("cancelled_by_shop", "cancelled_by_customer")  # carts once, though we never saw them open


@dataclass(frozen=True)
class Reading:
    """An order with its verdict, our columns for it, and what we had. `sale` is the known purchase's status and sum."""

    order: Order
    verdict: Verdict
    meaning: str
    row: Mapping[str, Any]
    notes: Sequence[OrderNote] | None
    failed: Failures
    known: Known | None
    sale: tuple[str, int] | None

    @cached_property
    def is_stale(self) -> bool:
        """An older state of the order than we have, read before but taken in later. Endings count all the same."""
        following = self.verdict.kind == verdict.FOLLOW
        return following and self.known is not None and self.order.modified_at < self.known.modified_at

    @cached_property
    def is_new(self) -> bool:
        """A cart to store that we did not have."""
        wanted = self.verdict.kind == verdict.FOLLOW or self.verdict.code in _KEPT_WHEN_NEW
        return self.known is None and wanted

    @cached_property
    def is_changed(self) -> bool:
        """A cart we have whose contents differ now."""
        if self.known is None or self.is_stale:
            return False
        now = (self.row["content_hash"], self.row["meta"], self.failed_payments)
        return now != (self.known.content_hash, self.known.meta, self.known.failed_payments)

    @cached_property
    def is_written(self) -> bool:
        """Whether the reading writes to a cart of ours."""
        return self.is_new or self.is_changed or self.is_reopened

    @property
    def is_left_out(self) -> bool:
        """An order that is stored nowhere: not a cart of ours, and not paid."""
        return self.known is None and not self.is_new and self.verdict.kind != verdict.PAID

    @property
    def is_sold(self) -> bool:
        """A purchase that is new to us or differs."""
        paid = self.verdict.kind == verdict.PAID
        return paid and self.sale != (self.order.status, self.order.total_minor)

    @property
    def is_unsold(self) -> bool:
        """A purchase that no longer is one."""
        return self.verdict.kind != verdict.PAID and self.sale is not None and self.sale[0] != self.order.status

    @property
    def is_ended(self) -> bool:
        """A cart we have that is to be settled; a recovered one ends again when its money went back."""
        if self.known is None or self.verdict.kind in (verdict.FOLLOW, verdict.SKIP):
            return False
        went_back = self.verdict.code in ("refunded", "cancelled_by_shop") and self.known.state == "recovered"
        return self.known.is_open or went_back

    @cached_property
    def is_reopened(self) -> bool:
        """A cart that had ended and waits for payment again."""
        if self.known is None or self.known.is_open or self.known.closed_reason not in REOPENED_FROM:
            return False
        waits = self.verdict.kind == verdict.FOLLOW and self.meaning in (statuses.UNPAID, statuses.ON_HOLD)
        newer = self.order.modified_at > self.known.modified_at or self.known.closed_reason in _UNDATED
        return waits and newer

    @cached_property
    def failed_payments(self) -> int:
        """How often paying has failed: as the notes say; without them, once for each time we saw it fail."""
        before = self.known.failed_payments if self.known else 0
        if self.failed.times:
            return max(before, self.failed.times)
        fell = self.order.status == "failed" and (self.known is None or self.known.status != "failed")
        return before + fell

    def active_at(self, now: datetime) -> datetime:
        """The customer's last activity. A cancellation is not one; nor is a modified date without a change."""
        if self.known is None or self.is_reopened:
            return self._first_activity(now)
        tried = min(self.failed.last_at or self.known.active_at, now)
        if self.meaning not in (statuses.UNPAID, statuses.ON_HOLD, statuses.UNKNOWN):
            return max(self.known.active_at, tried)
        if self.order.modified_at > self.known.modified_at:
            same = self.row["content_hash"] == self.known.content_hash
            return max(self.known.active_at, tried if same else min(self.order.modified_at, now))
        # Posts storage does not date what a customer types (woocommerce.md 6): it happened since we last looked.
        return (
            now if is_another(self.row["content_hash"], self.known.content_hash) else max(self.known.active_at, tried)
        )

    def _first_activity(self, now: datetime) -> datetime:
        placed = self.order.created_at
        attempt = last_attempt(self.notes) if self.notes else None
        if attempt is not None or self.meaning == statuses.CANCELLED:
            return min(max(placed, attempt or placed), now)
        return min(max(placed, self.order.modified_at), now)


def read(
    order: Order,
    row: Mapping[str, Any],
    notes: Sequence[OrderNote] | None,
    known: Known | None,
    sale: tuple[str, int] | None,
    mapped: Mapping[str, str],
) -> Reading:
    """The reading of one order. `notes` None: not or not to be read; `mapped`: meanings of the store's own statuses."""
    found = failures(notes) if notes else Failures()
    meaning = statuses.meaning_of(order.status, mapped)
    return Reading(order, judge(order, notes, mapped), meaning, row, notes, found, known, sale)
