"""One line of the CATALOG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One line of the CATALOG. `read` turns text into the value or raises ValueError with the sentence to show.

    `redecides`: changing it decides every cart anew that nobody has contacted. `section` is its settings page.
    `settable` is false for what only its own command may change (Go live). `called` begins sentences about it where
    the label is a sentence of its own.
    """

    name: str
    section: str
    label: str
    help: str
    # How the form shows it: switch, line, lines, email, amounts, hours, keys, choice, duration, whole, factor
    kind: str
    default: str
    bounds: str
    read: Callable[[str], Any]
    redecides: bool = False
    settable: bool = True
    called: str = ""
    options: tuple[str, ...] = ()  # of a choice
