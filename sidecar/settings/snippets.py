"""How an owner's snippets are written in settings: one a line, each with its name, other languages by their code."""

from __future__ import annotations

import re

from sidecar.settings import notation
from sidecar.settings.entry import Entry

_ONE = re.compile(r"(?:([a-z]{2})\s+)?([^:{}]{1,40}):\s*(.+)")
_PLACE = re.compile(r"\{([^{}]*)\}")
PLACES = ("first_name", "rep", "store", "pay_link")
_LONGEST = 400
_MOST = 30

Snippets = dict[str, list[tuple[str, str]]]


def snippets(text: str) -> Snippets:
    """The snippets by language ("" is the store's own), each as (name, sentence), in the order written.

    Raises ValueError with how one is written, and with places that nothing can fill.
    """
    found: Snippets = {}
    parts = [part.strip() for part in re.split(r"[\n|]", text) if part.strip()]
    if len(parts) > _MOST:
        raise ValueError(f"must be {_MOST} or less")
    for part in parts:
        one = _ONE.fullmatch(part) if part.isprintable() else None
        if one is None:
            raise ValueError("must have a name and a sentence on each line, like Link: I have just sent you the link.")
        language, name, sentence = one[1] or "", one[2].strip(), one[3].strip()
        if len(sentence) > _LONGEST:
            raise ValueError(f"must be {_LONGEST} characters or less in each line")
        odd = [place for place in _PLACE.findall(sentence) if place not in PLACES]
        if odd:
            fills = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"cannot fill {{{odd[0]}}}; it can fill {fills}")
        found.setdefault(language, []).append((name, sentence))
    return found


# fmt: off
DESK = (
    Entry("calls.strict_order", "calls", "Strict order",
          "Off: reps may choose another row of the queue, and the cart's story says so. On: only the next cart.",
          "switch", "off", "on or off", notation.switch),
    Entry("calls.snippets", "calls", "Snippets",
          "Sentences for notes and mails, one a line, each with a name, like Link: I have just sent you the link. "
          "Other languages begin with their code, like de Link: Der Link ist unterwegs. {first_name}, {rep}, {store} "
          "and {pay_link} are filled in. Empty: none.",
          "lines", "", "name: sentence, one a line", snippets),
)
# fmt: on
