"""The languages we write in. A language is a file in templates/messages/words, and one in the folder of each kind of
message; nothing else."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sidecar import money
from sidecar.config import ROOT

TEMPLATES = ROOT / "templates" / "messages"
DEFAULT = "en"

# What people read where the store is at home. Only languages we have are looked up; all others get English.
_SPOKEN = {"DE": "de", "AT": "de", "LI": "de"}


@dataclass(frozen=True)
class Language:
    """One language: its code, and its words for counts, dates, money and the rows of a cart."""

    code: str
    words: Mapping[str, Any]

    def pieces(self, count: int) -> str:
        """ "1 piece", "2 pieces"."""
        return str(self.words["piece"] if count == 1 else self.words["pieces"]).format(n=count)

    def day(self, on: date) -> str:
        """ "23 November"."""
        return str(self.words["date"]).format(day=on.day, month=self.words["months"][on.month - 1])

    def money(self, minor: int, currency: str) -> str:
        """The amount as it is written in this language: "€1,249.00", "1.249,00 €"."""
        if self.words["sign"] == "before":
            return money.words(minor, currency)
        amount = f"{abs(money.in_units(minor, currency)):,.{money.exponent(currency)}f}"
        marks = str.maketrans({",": self.words["group"], ".": self.words["decimal"]})
        sign = money.words(0, currency).rstrip("0123456789.,").strip()
        return f"{'−' if minor < 0 else ''}{amount.translate(marks)}\u00a0{sign}"


def languages() -> Mapping[str, Language]:
    """Every language there is a word file for, by code."""
    return _read(TEMPLATES)


@functools.cache
def _read(folder: Path) -> Mapping[str, Language]:
    files = sorted((folder / "words").glob("*.toml"))
    return {file.stem: Language(file.stem, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files}


def choose(person: str, store_country: str | None) -> Language:
    """The person's own language if we write it, else that of the store's country, else English."""
    known = languages()
    wanted = person.strip().lower().replace("_", "-").split("-")[0]
    if wanted in known:
        return known[wanted]
    spoken = _SPOKEN.get((store_country or "").split(":")[0].upper(), DEFAULT)
    return known.get(spoken, known[DEFAULT])
