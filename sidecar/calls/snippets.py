"""The owner's snippets, filled for one call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
