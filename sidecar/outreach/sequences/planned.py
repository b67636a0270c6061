"""How planned emails are told: on the message in the outbox, and on the cart's story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sidecar.outreach.reasons import sentence
from sidecar.outreach.sequences.sequence import Step, step_called

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def words_of(step: Step, steps: Sequence[Step]) -> str:
    """Which of the sequence's emails this is, as the outbox says it while it is planned."""
    if len(steps) == 1:
        return "The only email about this cart. It is written when its time comes."
    number = [one.key for one in steps].index(step.key) + 1
    return f"Email {number} of {len(steps)} about this cart. It is written when its time comes."


def told_as_planned(planned: Sequence[tuple[Step, datetime]], left_at: datetime) -> str:
    """The story's sentence about newly planned emails: how many, and when after the customer left."""
    times = [_span(due - left_at) for _, due in planned]
    if len(times) == 1:
        return f"One email is planned. It leaves {times[0]} after the customer left."
    told = f"{', '.join(times[:-1])} and {times[-1]}"
    return f"{len(times)} emails are planned. They leave {told} after the customer left."


def told_as_left_out(key: str, code: str, words: str | None) -> str:
    """The story's sentence about one step that is not sent, and why."""
    try:
        label = step_called(key).label.lower()
    except KeyError:  # of an older version
        label = key
    return f"Email not sent ({label}). {sentence(code, words)}"


def told_as_stopped(count: int, code: str, words: str | None) -> str:
    """The story's sentence about planned emails that were cancelled, and why."""
    what = "One planned email was" if count == 1 else f"{count} planned emails were"
    why = "The order was paid." if code == "paid" else sentence(code, words)
    return f"{what} cancelled. {why}"


def _span(length: timedelta) -> str:
    """ "45 minutes", "24 hours", "3 days": hours up to two days, then days where they are whole."""
    for size, unit in _UNITS:
        count, rest = divmod(length, size)
        if count and not rest and (unit != "day" or count > 1):
            return f"{count} {unit}{'s' if count > 1 else ''}"
    minutes = round(length / timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} minutes"
