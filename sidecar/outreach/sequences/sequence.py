"""What is written to whom: sequences of steps, and the emails that follow calls, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sidecar.settings.step_notation import ALWAYS, Condition

CHANNEL_EMAIL = "email"
REMINDER, PERSONAL, CALL = "reminder", "personal", "call"  # names of sequences; CALL is what follows calls
CALL_KINDS = ("voicemail", "tried", "missed", "wrong-number", "language", "pay-link")


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a sequence. `key` is unique per cart and channel, `kind` its folder in templates/messages.

    `later` is counted on from the first step; `only_if` is asked when the step is due and right before it leaves.
    `offer` is the key under which an incentive may go with it.
    """

    key: str
    kind: str
    label: str
    channel: str = CHANNEL_EMAIL
    later: timedelta = timedelta(0)
    only_if: Condition = ALWAYS
    offer: str | None = None


def _step(key: str, kind: str, label: str) -> Step:
    return Step(key, kind, label, offer=kind)


VOICEMAIL = _step("voicemail-1", "voicemail", "After a voicemail")
TRIED = _step("tried-1", "tried", "We tried to reach you")
MISSED = _step("missed-1", "missed", "Another time for the call")
WRONG_NUMBER = _step("wrong-number-1", "wrong-number", "Is this your number?")
LANGUAGE = _step("language-1", "language", "In their language")
# What follows a call once per cart, by kind. The pay link may follow every call.
AFTER_CALLS = {step.kind: step for step in (VOICEMAIL, TRIED, MISSED, WRONG_NUMBER, LANGUAGE)}

SEQUENCES: dict[str, tuple[Step, ...]] = {
    REMINDER: (
        _step("reminder-1", "reminder-1", "First reminder"),
        _step("reminder-2", "reminder-2", "Second reminder"),
        _step("reminder-3", "reminder-3", "Last reminder"),
    ),
    PERSONAL: (_step("personal-1", "personal", "Personal email"),),
}

_PLACES = ("first", "second", "third")  # as settings call the steps of the reminder
_PAY_LINK = "pay-link-"
_DURING = re.compile(r"pay-link-now-(\d+)-(\d+)")
_CALLED = {step.key: step for step in AFTER_CALLS.values()}
_STEPS = {step.key: step for steps in SEQUENCES.values() for step in steps} | _CALLED
_SEQUENCE_OF = {step.key: name for name, steps in SEQUENCES.items() for step in steps}


def pay_link(call_id: int) -> Step:
    """The email with the pay link that a rep sends: one for each call in which it was promised."""
    return _step(f"{_PAY_LINK}{call_id}", "pay-link", "Pay link")


def pay_link_now(task_id: int, call: int) -> Step:
    """The email with the pay link that a rep sends during a task's nth call: one for each."""
    return _step(f"{_PAY_LINK}now-{task_id}-{call}", "pay-link", "Pay link")


def steps_as_set(sequence: str, settings: Mapping[str, Any]) -> tuple[Step, ...]:
    """The sequence's steps in order, with the owner's waits and conditions; no more than the owner allows.

    Raises KeyError for an unknown sequence.
    """
    steps = SEQUENCES[sequence][: settings["outreach.steps"]]
    if sequence != REMINDER:
        return steps
    first = settings["outreach.first_after"]
    return tuple(
        replace(
            step,
            later=settings[f"outreach.{place}_after"] - first,
            only_if=settings[f"outreach.{place}_only_if"],
        )
        for step, place in zip(steps, _PLACES, strict=False)
    )


def step_called(key: str) -> Step:
    """The step with this key, without the owner's waits and conditions. Raises KeyError when there is none."""
    number = key.removeprefix(_PAY_LINK)
    if key.startswith(_PAY_LINK) and number.isdecimal():
        return pay_link(int(number))
    during = _DURING.fullmatch(key)
    if during is not None:
        return pay_link_now(int(during[1]), int(during[2]))
    return _STEPS[key]


def sequence_of(key: str) -> str:
    """The name of the sequence that a step belongs to; CALL for what follows a call. Raises KeyError as above."""
    if key in _SEQUENCE_OF:
        return _SEQUENCE_OF[key]
    step_called(key)  # raises
    return CALL


def follows_call(key: str) -> bool:
    """Whether the step is a rep's own follow-up: it has its own time, and does not wait for that very rep."""
    return sequence_of(key) == CALL


def is_asked_for(key: str) -> bool:
    """Whether the customer asked for it, or for the call that it answers for: no cap counts against it."""
    return key.startswith(_PAY_LINK) or key == MISSED.key
