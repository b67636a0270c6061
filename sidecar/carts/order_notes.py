"""What an order's notes tell: who cancelled it, and what the payment gateway said."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sidecar.carts.order_text import plain
from sidecar.ports import OrderNote

# WooCommerce's own words when hold-stock cancels, in its languages. Source: woocommerce.md 12 and its translations.
_TIME_LIMIT = re.compile(
    r"time limit reached|zeitlimit|zeitlich\w+ limit|limite de temps|délai|límite de tiempo|tiempo límite"
    r"|limite di tempo|tempo limite|limite de tempo|tijdslimiet|tijdlimiet|limit czasu|tidsgräns|tidsgrense"
    r"|tidsgrænse|aikaraja|časov\w+ limit|制限時間",
    re.IGNORECASE,
)
_BY_CUSTOMER = re.compile(r"cancell?ed by (the )?customer|vom kunden storniert|annulée? par le client", re.IGNORECASE)
_CANCELLED = re.compile(r"cancel|storn|annul|anul|geannuleerd|avbr|peruut|zruš", re.IGNORECASE)
_FAILED = re.compile(
    r"fail|declin|denied|rejected|fehlgeschlagen|abgelehnt|échou|refus|rechaz|fallid|mislukt|geweigerd|rifiutat|fallit"
    r"|nieudan|odrzucon|misslyckad|nekad",
    re.IGNORECASE,
)
_STATUS_SENTENCE = re.compile(r"\s*(Order status (changed from|set to) .*|Bestellstatus .*)$", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True, slots=True)
class Failures:
    """How often paying failed by the notes, in whose words last, and when. `times` is 0 when none say so."""

    times: int = 0
    text: str = ""
    last_at: datetime | None = None


def who_cancelled(notes: Sequence[OrderNote]) -> str:
    """ "time_limit", "person", "customer" or "software" (no person's note, and no reason we can read)."""
    said = ""
    for note in sorted(notes, key=lambda one: one.at):
        said = _who(note) or said
    if said:
        return said
    return "person" if any(not note.by_system for note in notes) else "software"


def failures(notes: Sequence[OrderNote]) -> Failures:
    """What went wrong with paying, by the notes of the system; the last one's words without the status sentence."""
    found = [note for note in sorted(notes, key=lambda one: one.at) if note.by_system and _FAILED.search(note.text)]
    if not found:
        return Failures()
    text = html.unescape(_TAG.sub(" ", found[-1].text[:5000]))
    words = plain(_STATUS_SENTENCE.sub("", plain(text, 2000)), 300)
    return Failures(len(found), words, found[-1].at)


def last_attempt(notes: Sequence[OrderNote]) -> datetime | None:
    """The last thing the customer's own doing left in the notes: a system note that is not the cancellation."""
    moments = [note.at for note in notes if note.by_system and not _CANCELLED.search(note.text)]
    return max(moments, default=None)


def _who(note: OrderNote) -> str:
    if note.by_system and _TIME_LIMIT.search(note.text):
        return "time_limit"
    if note.by_system and _BY_CUSTOMER.search(note.text):
        return "customer"
    return "person" if not note.by_system and _CANCELLED.search(note.text) else ""
