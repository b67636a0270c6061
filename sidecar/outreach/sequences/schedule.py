"""When a message may leave: pure functions of moments.

Source of the limits: reference/safety.md D2 (strict profile), version 2026-11-18.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sidecar.outreach.sequences.sequence import Step
from sidecar.settings.together import APART

RULES_VERSION = "2026-11-18"
NO_TOUCH_AFTER = timedelta(days=7)
PER_CART = 3
PER_PERSON = 4
PER_PERSON_WITHIN = timedelta(days=30)
# A step that nobody even looked at for so long, while the machine was off, is left to the next one (fault 33).
LATE_AT_MOST = timedelta(hours=4)
# A step that left this much late moves none of those after it.
LATE_UNNOTICED = timedelta(hours=1)
# Somebody who opened the pay link may be paying: nothing is written to them meanwhile.
LEAVES_ALONE = timedelta(hours=1)
# What follows a call: a rep can take it back for so long, and after a day it makes no sense any more.
UNDOABLE = timedelta(seconds=60)
FOLLOW_UP_WITHIN = timedelta(hours=24)

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


def times(
    steps: Sequence[Step], left_at: datetime, first_after: timedelta, *, left: Mapping[str, datetime]
) -> dict[str, datetime]:
    """When each step is due, by key, in order. `left` says which of them have left already, and when.

    Each comes at least APART after the one before it, whatever the settings say. Where one left much later than planned
    (a rep had the person, the store could not be read), those after it move by as much, so that nothing bursts.
    """
    found: dict[str, datetime] = {}
    earlier: Step | None = None
    gone: Step | None = None
    for step in steps:
        due = due_at(step, left_at, first_after)
        if earlier is not None:
            due = max(due, found[earlier.key] + APART)
        if gone is not None:
            late = left[gone.key] - due_at(gone, left_at, first_after)
            due = max(due, left[gone.key] + APART, due + late if late > LATE_UNNOTICED else due)
        found[step.key] = due
        earlier = step
        gone = step if step.key in left else gone
    return found


def overtaken(due: Mapping[str, datetime], *, now: datetime) -> tuple[str, ...]:
    """Of steps in order that have not left: those whose successor's time has come too, so that it takes their place."""
    come = [key for key, at in due.items() if at <= now]
    return tuple(come[:-1])


def is_stale(planned_for: datetime, following: datetime | None, *, now: datetime) -> bool:
    """Whether a step that nobody looked at since `planned_for` is left to the one `following` it (None: the last)."""
    return following is not None and now - planned_for > LATE_AT_MOST


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
