"""The owner's snippets, filled for one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sidecar.calls.priority.facts import short_name
from sidecar.calls.task import CallTask

Filled = list[tuple[str, str]]


def filled(written: Mapping[str, Sequence[tuple[str, str]]], language: str, places: Mapping[str, str]) -> Filled:
    """Name and sentence of each, in the customer's language where there is one, else in the shop's own.

    One whose place has no word for this cart is left out: a sentence with a hole helps nobody.
    """
    own = dict(written.get("", ()))
    theirs = dict(written.get(language[:2].lower(), ()))
    found = []
    for name, sentence in {**own, **theirs}.items():
        wanted = [place for place in places if f"{{{place}}}" in sentence]
        if not all(places[place] for place in wanted):
            continue
        for place in wanted:
            sentence = sentence.replace(f"{{{place}}}", places[place])
        found.append((name, sentence))
    return found


def places(task: CallTask, *, rep: str, store: str) -> dict[str, str]:
    """What the owner's snippets are filled with; "" where nothing is known."""
    link = task.cart.payment_url
    return {
        "first_name": short_name(task),
        "rep": rep,
        "store": store,
        "pay_link": link if link.startswith(("https://", "http://")) else "",
    }
