"""How the shop's own sentences are written in settings: one for its own language, others after a language's code."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

_LANGUAGE = re.compile(r"([a-z]{2}):\s*(.*)", re.S)


def by_language(most: int) -> Callable[[str], dict[str, str]]:
    """A reader of sentences like "Free returns. | de: Kostenlose Rückgabe.": by language, "" for the store's own.

    It raises ValueError when one is too long, empty or said twice.
    """
    def read(text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        if not text.strip():
            return found
        if not text.isprintable():
            raise ValueError("must be one line")
        for part in text.split("|"):
            other = _LANGUAGE.fullmatch(part.strip())
            language, words = (other[1], other[2].strip()) if other else ("", part.strip())
            if not words or language in found:
                raise ValueError("must be one sentence per language, like Free returns. | de: Kostenlose Rückgabe.")
            if len(words) > most:
                raise ValueError(f"must be {most} characters or less in each language")
            found[language] = words
        return found

    return read


def web_address(text: str) -> str:
    """An https address, or "". Raises ValueError with how one looks."""
    line = text.strip()
    if not line:
        return ""
    try:
        parts = urlsplit(line)
        usable = parts.scheme == "https" and "." in (parts.hostname or "")
    except ValueError:
        usable = False
    if not usable or len(line) > 500 or re.search(r"[\s\"'<>\\]", line):
        raise ValueError("must be an address like https://example.com/help")
    return line
