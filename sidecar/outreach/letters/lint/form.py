"""The rules about what a message must have: the way out, one way to pay, fields that are filled, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidecar.outreach.letters.gsm import foreign_signs, segments
from sidecar.outreach.letters.lint import words
from sidecar.outreach.letters.lint.reading import Finding, Letter, LintFacts, Part, filled
from sidecar.outreach.letters.tokens import unknown

NAME_WITHIN = 20  # signs of a text message
MOST_SEGMENTS = 2

_IMAGE_WITHOUT_ALT = re.compile(r"<img\b(?![^<>]*\balt\s*=)[^<>]*>|!\[\s*\]\([^()]*\)", re.IGNORECASE)
_OTHER_BUTTON = re.compile(
    r"(?m)^[ \t]*(?:\[[^\[\]\n]+\]\((?!\s*{{\s*pay_url)[^()\n]*\)|https?://\S+|{{\s*store_url\s*}})[ \t]*$"
)


def _l01_way_out(letter: Letter) -> Iterator[Finding]:
    if letter.is_text:
        if not re.search(r"\bSTOPP?\b", letter.part("text").plain):
            yield Finding("L01", "block", "text", "Say how to stop it, like “STOP to opt out”.")
        return
    composed = {"body": letter.facts.html, "text": letter.facts.plain}
    for part in letter.bodies:
        has_foot = letter.facts.way_out and letter.facts.way_out in composed[part.where]
        if not has_foot and not part.count("unsubscribe_url"):
            yield Finding("L01", "block", part.where, "There is no way out. Add {{unsubscribe_url}}.")


def _l02_one_way_to_pay(letter: Letter) -> Iterator[Finding]:
    if letter.is_text:
        return
    for part in letter.bodies:
        links = part.count("button", "pay_url")
        if not 1 <= links <= 2:
            words_ = "Add one way back to the cart: {{ button }} or {{ pay_url }}." if not links else (
                f"There are {links} ways to pay. One is enough, two are the most.")  # fmt: skip
            yield Finding("L02", "block", part.where, words_)
    for other in _OTHER_BUTTON.finditer(letter.part("body").raw):
        yield Finding("L02", "block", "body", "A second way to press competes with paying. Put it into a sentence.",
                      other[0].strip())  # fmt: skip


def _l03_fields(letter: Letter) -> Iterator[Finding]:
    for part in letter.parts:
        for found in part.fields:
            written = part.raw[found.start : found.end]
            if found.token is None:
                yield Finding("L03", "block", part.where, unknown(found.name), written)
            elif found.fallback is None and not found.token.is_block:
                yield from _may_be_empty(part, found.name, written, found.token.may_be_empty, letter.facts)
        rest = part.raw
        for found in reversed(part.fields):
            rest = rest[: found.start] + rest[found.end :]
        if "{{" in rest or "}}" in rest or "{%" in rest:
            yield Finding("L03", "block", part.where, "A field begins with {{ and ends with }}. Close it.")


def _may_be_empty(part: Part, name: str, written: str, may_be: bool, facts: LintFacts) -> Iterator[Finding]:
    instead = f"Say what stands there instead, like {{{{{name}|there}}}}."
    if may_be:
        yield Finding("L03", "block", part.where, f"This can be empty. {instead}", written)
    if facts.empty.get(name):
        carts = f"It was empty in {facts.empty[name]} of the last {facts.carts} carts. {instead}"
        yield Finding("L03", "warn", part.where, carts, written)


def _l15_who_writes(letter: Letter) -> Iterator[Finding]:
    facts = letter.facts
    if letter.is_text:
        text = filled(letter.part("text"), {"store_name": facts.store_name})
        at = text.find(facts.store_name) if facts.store_name else -1
        if at < 0 or (at and at + len(facts.store_name) > NAME_WITHIN):
            yield Finding("L15", "block", "text", f"Say who writes in the first {NAME_WITHIN} signs.",
                          text[:NAME_WITHIN])  # fmt: skip
        return
    if not facts.store_name:
        yield Finding("L15", "block", "foot", "The foot has no name of the store. Give the store a title.")
    if not facts.postal_address:
        yield Finding("L15", "block", "foot", "The foot has no postal address. Write it in the settings for sending.")


def _l16_l17_text_message(letter: Letter) -> Iterator[Finding]:
    if not letter.is_text:
        return
    text = filled(letter.part("text"), {"store_name": letter.facts.store_name})
    count, foreign = segments(text), foreign_signs(text)
    if count >= MOST_SEGMENTS:
        level = "block" if count > MOST_SEGMENTS else "warn"
        yield Finding("L16", level, "text", f"{len(text)} signs, sent and paid as {count} texts. Make it shorter.")
    if foreign:
        say = "These signs leave room for 70 instead of 160. Write it without them."
        yield Finding("L17", "warn", "text", say, " ".join(foreign))


def _l19_human(letter: Letter) -> Iterator[Finding]:
    for part in letter.bodies:
        said = words.NOT_HUMAN.sub(" ", part.plain)
        if not words.HUMAN.search(said) and not part.count("phone", "talk"):
            yield Finding("L19", "warn", part.where, "Say how to reach a person: a reply, a number, or {{ talk }}.")


def _l20_for_everybody(letter: Letter) -> Iterator[Finding]:
    if letter.is_text:
        return
    if not letter.source.text.strip():
        yield Finding("L20", "block", "text", "The plain text is missing. Some people and programs read only that.")
    for image in _IMAGE_WITHOUT_ALT.finditer(letter.source.body + letter.facts.html):
        yield Finding("L20", "block", "body", "This picture has no words for those who do not see it.", image[0][:80])


RULES = (
    _l01_way_out,
    _l02_one_way_to_pay,
    _l03_fields,
    _l15_who_writes,
    _l16_l17_text_message,
    _l19_human,
    _l20_for_everybody,
)
