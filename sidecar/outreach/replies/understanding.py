"""What a customer's mail means: a no, a wish to be called, or something a person has to read. Pure.

English and German. A no counts in any reasonable wording (47 CFR 64.1200(a)(10) since 11 Apr 2025; reference/safety.md
D1), so in doubt it is one. What is no clear wish stays for a person: their answer stops the messages all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sidecar.outreach.replies.quoting import fresh
from sidecar.outreach.replies.wish_words import CALL, NO, NO_LINE, NO_WHOLE, any_of

_NO, _NO_LINE, _NO_WHOLE, _CALL = (any_of(words) for words in (NO, NO_LINE, NO_WHOLE, CALL))
_NOT = re.compile(r"\b(?:not|n't|dont|never|nicht|kein\w*|did you|why did|no need|schon|already)\b")
_NUMBER = re.compile(r"(?:\+|\(?0|\b[1-9])[\d ()/.-]{6,22}\d")
_NUMBER_WISH = re.compile(r"\b(?:call|ring|reach|anruf\w*|ruf(?:en|t)?|rueckruf|erreich\w*)\b")
_ANSWERS = re.compile(r"^\s*(?:(?:re|aw|antw|antwort|fwd?|wg|sv)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_AT_MOST = 4000  # signs that are looked at; a wish stands at the beginning


@dataclass(frozen=True, slots=True)
class Understood:
    """`meaning` is stop, call_me, away or other. `text` is what was written new.

    `channel` is what a stop is about: "all", or "email" when the same mail asks for a call. `is_bare`: nothing else
    was said. `wants_call` may come with a stop.
    """

    meaning: str
    text: str
    channel: str = "all"
    wants_call: bool = False
    is_bare: bool = False


def understand(subject: str, text: str, *, ours: str = "", is_automatic: bool = False) -> Understood:
    """What a mail means; `ours` is the subject and text of the message that it answers, if one is known.

    A machine's answer is "away", unless a no is all it says: some mail programs send those by themselves.
    """
    new = fresh(text, ours=ours)
    said = _simple(new)
    asked = _simple(_ANSWERS.sub("", subject))
    if _ANSWERS.match(subject) or (asked and asked in _simple(ours)):
        asked = ""
    is_bare = _is_only_no(said) or (not said and _is_only_no(asked)) or bool(_NO_LINE.fullmatch(asked))
    wants_call = _wants_call(said) or _wants_call(asked)
    if is_automatic and not is_bare:
        return Understood("away", new)
    if is_bare or _says_no(said) or _says_no(asked):
        return Understood("stop", new, "email" if wants_call else "all", wants_call, is_bare and not wants_call)
    return Understood("call_me" if wants_call else "other", new, wants_call=wants_call)


def _says_no(said: str) -> bool:
    return bool(_NO.search(said)) or any(_NO_LINE.fullmatch(_bare(line)) for line in said.split("\n"))


def _is_only_no(said: str) -> bool:
    whole = _bare(said)
    return bool(_NO_LINE.fullmatch(whole) or _NO_WHOLE.fullmatch(whole))


def _wants_call(said: str) -> bool:
    for found in _CALL.finditer(said):
        around = said[max(0, found.start() - 14) : found.end()].rpartition("\n")[2]
        if not _NOT.search(around):
            return True
    for line in re.split(r"\n|(?<=[.!?]) ", said):
        if _NUMBER.search(line) and _NUMBER_WISH.search(line) and not _NOT.search(line):
            return True
    return False


def _simple(text: str) -> str:
    """Lower case, plain apostrophes and blanks, umlauts as two letters; lines stay."""
    low = text[:_AT_MOST].lower().translate(_PLAIN)
    return "\n".join(" ".join(line.split()) for line in low.split("\n")).strip()


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w',-]+", " ", text).split()).strip("-,' ")


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'", "‘": "'", "`": "'", "´": "'"})
