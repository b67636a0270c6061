"""Order text made storable: hostile, endless or broken text in, a plain short line out. It is escaped where shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

NAME, LINE, NOTE, ADDRESS = 120, 200, 1000, 1000  # the longest that is kept
_BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))  # reorder what stands around them
_LARGEST = 2**63 - 1


def plain(text: str, most: int = LINE) -> str:
    """One line of at most `most` letters, without control characters, lone surrogates and bidi overrides."""
    if text.isprintable() and len(text) <= most:
        return text.strip()
    kept = "".join(letter if _is_kept(letter) else " " for letter in text[: most * 4])
    line = " ".join(kept.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def plain_all(texts: Sequence[str], most: int = LINE) -> list[str]:
    """Each text as `plain` makes it. One look at all of them finds that nothing is to be done, as is mostly so."""
    if "".join(texts).isprintable() and max(map(len, texts)) <= most:
        return [text.strip() for text in texts]
    return [plain(text, most) for text in texts]


# Territories that WooCommerce lists as countries, but whose phones and telephone rules are those of the US.
# Source: 47 USC 153(58), "State" includes the territories and possessions; North American Numbering Plan.
_US_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})


def place(code: str, region: str) -> tuple[str, str]:
    """The ISO alpha-2 country in upper case, or "", and the region; US territories are regions of the US."""
    found = code.strip().upper()
    country = found if len(found) == 2 and found.isascii() and found.isalpha() else ""
    return ("US", country) if country in _US_TERRITORIES else (country, plain(region, 60))


def web_address(url: str) -> str:
    """The address when it is an http(s) one of a sensible length, or ""."""
    found = url.strip()
    fits = len(found) <= ADDRESS and found.isascii() and found.isprintable() and " " not in found
    return found if fits and found.lower().startswith(("https://", "http://")) else ""


def whole(number: int, least: int = -_LARGEST, most: int = _LARGEST) -> int:
    """The number, held within what the database's column holds."""
    return number if least <= number <= most else least if number < least else most


def _is_kept(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Zl", "Zp") and letter not in _BIDI
