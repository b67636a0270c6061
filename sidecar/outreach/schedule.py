"""When a message may leave: pure functions of moments.

Source of the limits: reference/safety.md D2 (strict profile), version 2026-11-18.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sidecar.outreach.sequence import Step

RULES_VERSION = "2026-11-18"
NO_TOUCH_AFTER = timedelta(days=7)
PER_CART = 3
PER_PERSON = 4
PER_PERSON_WITHIN = timedelta(days=30)
APART = timedelta(hours=12)

# After a mail server asked to try later: minutes until the next try. The last one repeats.
_BACK_OFF = (1, 5, 15, 60, 240)


@dataclass(frozen=True, slots=True)
class Cap:
    """Why a message may not leave now. `until` is when it may; None means never."""

    code: str
    words: str
    until: datetime | None


def due_at(step: Step, left_at: datetime, first_after: timedelta) -> datetime:
    """When a step is due for somebody who left the checkout at `left_at`."""
    return left_at + first_after + step.later


def not_after(left_at: datetime) -> datetime:
    """When it has become too late to write about a cart at all."""
    return left_at + NO_TOUCH_AFTER


def cap(cart_sent: Iterable[datetime], person_sent: Iterable[datetime], *, now: datetime) -> Cap | None:
    """The limit that stands against one more e-mail now, or None. `person_sent` includes every cart of the person."""
    if len(list(cart_sent)) >= PER_CART:
        return Cap("cap_cart", f"This cart has had its {PER_CART} emails.", None)
    recent = sorted(at for at in person_sent if at > now - PER_PERSON_WITHIN)
    if len(recent) >= PER_PERSON:
        return Cap("cap_person", f"{PER_PERSON} emails in 30 days is the most one person gets.", None)
    if recent and recent[-1] + APART > now:
        return Cap("too_close", "Less than 12 hours after the last email to this person.", recent[-1] + APART)
    return None


def next_try(attempts: int, *, now: datetime) -> datetime:
    """When to try again after `attempts` tries that the mail server put off."""
    minutes = _BACK_OFF[min(max(attempts, 1), len(_BACK_OFF)) - 1]
    return now + timedelta(minutes=minutes)
