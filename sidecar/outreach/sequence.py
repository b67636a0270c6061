"""What is written to whom: sequences of steps, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

CHANNEL_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a sequence. `kind` is its folder in templates/messages; `later` is counted on from the first one."""

    key: str
    kind: str
    label: str
    channel: str = CHANNEL_EMAIL
    later: timedelta = timedelta(0)


SEQUENCES: dict[str, tuple[Step, ...]] = {
    "reminder": (Step("reminder-1", "reminder", "Reminder"),),
    "personal": (Step("personal-1", "personal", "Personal email"),),
}

_STEPS = {step.key: step for steps in SEQUENCES.values() for step in steps}


def steps_of(sequence: str, *, at_most: int) -> tuple[Step, ...]:
    """The sequence's steps, in order; no more than the owner allows. Raises KeyError for an unknown sequence."""
    return SEQUENCES[sequence][:at_most]


def step_called(key: str) -> Step:
    """The step with this key. Raises KeyError when there is none."""
    return _STEPS[key]
