"""What somebody wrote new in an answer, without what they quoted and without their signature. Pure."""

from __future__ import annotations

import re

_BEGINS = re.compile(r"^(?:on|am|le|el|il|op)\b", re.IGNORECASE)
_WROTE = re.compile(r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b.{0,200}:?$", re.IGNORECASE)
_WROTE_FROM = re.compile(r"^.{0,200}<[^<>\s]+@[^<>\s]+>.{0,40}\b(?:wrote|schrieb)\b.{0,80}:?$", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"^[-_=* ]{2,}\s*(?:original message|forwarded message|begin forwarded|ursprüngliche nachricht|originalnachricht"
    r"|original-nachricht|weitergeleitete nachricht|message d'origine)\b|^_{10,}$",
    re.IGNORECASE,
)
_HEAD_BEGINS = re.compile(r"^\W{0,3}(?:from|von|de|da)\W{0,3}:\s?\S", re.IGNORECASE)
_HEAD_GOES_ON = re.compile(r"^\W{0,3}(?:sent|gesendet|date|datum|to|an|subject|betreff)\W{0,3}:", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"^--\s*$|^(?:sent|get|gesendet|von) (?:from|mit|von|meinem|my|outlook|der)\b.{0,60}$"
    r"|^(?:diese nachricht wurde )?von meine[mr] .{1,30} gesendet\.?$",
    re.IGNORECASE,
)
_LONG_ENOUGH = 12  # of a line of ours: shorter ones, like "Thanks", people write themselves


def fresh(text: str, *, ours: str = "") -> str:
    """The new words of an answer; `ours` is the text that it answers, whose lines are nobody's new words."""
    known = {_plain(line) for line in ours.splitlines()} - {""}
    lines = [line.rstrip() for line in text.splitlines()]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        if _is_wrote(lines, number):
            if any(later.lstrip().startswith(">") for later in lines[number:]):
                continue  # what it quotes is marked: what stands below is new
            break
        if _ORIGINAL.match(line) or _is_head(lines, number) or _SIGNATURE.match(line.strip()):
            break
        plain = _plain(line)
        if len(plain) < _LONG_ENOUGH or plain not in known:
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _is_wrote(lines: list[str], number: int) -> bool:
    """Whether this line is, or belongs to, "On Tuesday, somebody wrote:", which may be broken over three lines."""
    if _WROTE_FROM.match(lines[number].strip()[:400]):
        return True
    for first in range(max(0, number - 2), number + 1):
        for last in range(number, min(first + 3, len(lines))):
            block = [line.strip() for line in lines[first : last + 1]]
            joined = " ".join(block)
            if all(block) and len(joined) < 400 and _BEGINS.match(joined) and _WROTE.search(joined):
                return True
    return False


def _is_head(lines: list[str], number: int) -> bool:
    """Whether the head of a quoted mail begins here, as Outlook writes it: From, Sent, To, Subject."""
    if not _HEAD_BEGINS.match(lines[number]):
        return False
    following = [line for line in lines[number + 1 : number + 6] if line.strip()]
    return sum(bool(_HEAD_GOES_ON.match(line)) for line in following) >= 2


def _plain(line: str) -> str:
    return " ".join(line.split()).casefold()
