"""What settings must be to each other: the emails of a sequence come one after the other, with time between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sidecar.errors import Refused
from sidecar.settings.notation import duration_words

APART = timedelta(hours=12)  # between two emails to one person (reference/safety.md D2)
WAITS = ("outreach.first_after", "outreach.second_after", "outreach.third_after")
_ORDINALS = ("first", "second", "third")


def check_waits(values: Mapping[str, Any], changed: Iterable[str]) -> None:
    """Raises Refused when an email that is used would come less than 12 hours after the one before it.

    Only what is `changed` can be refused; the sentence says the earliest time that is possible.
    """
    names = set(changed)
    used = WAITS[: values["outreach.steps"]]
    if not names & {"outreach.steps", *used}:
        return
    for number, (before, name) in enumerate(pairwise(used), start=1):
        earliest = values[before] + APART
        if values[name] < earliest:
            says = (
                f"{_ORDINALS[number].capitalize()} email must come at least 12 hours after the "
                f"{_ORDINALS[number - 1]}: {duration_words(earliest)} or later, not {duration_words(values[name])}."
            )
            raise Refused(says, code="out_of_bounds", field=_field(names, name, before))


def _field(names: set[str], later: str, earlier: str) -> str:
    """The setting to point at: the later email's time if it is being changed, else what is."""
    return next((name for name in (later, earlier) if name in names), "outreach.steps")
