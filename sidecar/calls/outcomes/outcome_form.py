"""The form after a call, read: what the rep chose, and whether everything that this outcome needs is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sidecar.calls.outcomes import callbacks
from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES, REASONS, SKIP_REASONS
from sidecar.calls.outcomes.next_step import Answers
from sidecar.calls.window import Window
from sidecar.errors import Refused

_LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class OutcomeForm:
    """The form as it was sent. `key` says which claim it belongs to (outcomes.wrap_up.key_of)."""

    key: str
    outcome: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""
    when: str = ""
    picked: str = ""
    scope: str = "calls"
    confirmed: bool = False
    language: str = ""
    skip_reason: str = ""
    ends_on_reply: bool = True
    discreet: bool = False


def read(form: OutcomeForm, window: Window, *, now: datetime) -> Answers:
    """The form as answers. Raises Refused, with the field, when something that the outcome needs is missing."""
    if form.outcome not in DISPOSITIONS:
        raise Refused("Choose how the call went.", code="outcome_missing", field="outcome")
    needs = DISPOSITIONS[form.outcome].needs
    note = form.note.strip()
    reasons = tuple(reason for reason in form.reasons if reason in REASONS)
    if len(note) > _LONGEST_NOTE:
        raise Refused("Shorten the note to 4,000 characters.", code="note_long", field="note")
    if "reason" in needs and not reasons:
        raise Refused("Tick what got in the way, at least one.", code="reason_missing", field="reason")
    if not note and ("note" in needs or "other" in reasons):
        raise Refused("Write a note: what is it about?", code="note_missing", field="note")
    if "confirm" in needs and not form.confirmed:
        raise Refused("Tick that nobody is to call again.", code="confirm_missing", field="confirm")
    if "language" in needs and form.language not in LANGUAGES:
        raise Refused("Choose the language they speak.", code="language_missing", field="language")
    if "skip_reason" in needs and form.skip_reason not in SKIP_REASONS:
        raise Refused("Choose why you skip it.", code="skip_missing", field="skip_reason")
    return Answers(
        outcome=form.outcome,
        reasons=reasons,
        note=note,
        when=callbacks.agreed(form.when, form.picked, window, now=now) if "when" in needs else None,
        scope="all" if form.scope == "all" else "calls",
        language=form.language if "language" in needs else "",
        skip_reason=form.skip_reason if "skip_reason" in needs else "",
        ends_on_reply=form.ends_on_reply,
        was_discreet=form.discreet and form.outcome == "left_with_person",
    )
