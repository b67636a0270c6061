"""The rules about how a message sounds: calm, honest, about the customer, short."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sidecar.outreach.letters.lint import words
from sidecar.outreach.letters.lint.reading import Finding, Letter

Rule = Callable[[Letter], Iterator[Finding]]

MOST_WORDS, MOST_IN_SENTENCE = 150, 25

_OFFERS = frozenset({"offer", "coupon_code", "coupon_value", "coupon_expires_at"})
_FACTS_OF_AN_END = frozenset({"coupon_expires_at", "stock_left"})


def _l04_exclamation_marks(letter: Letter) -> Iterator[Finding]:
    for part in letter.parts:
        marks = len(re.findall("[!！]", part.plain))
        most = 1 if part.where in ("body", "text") and not letter.is_text else 0
        if marks > most:
            allowed = "one" if most else "none"
            yield Finding("L04", "block", part.where, f"Exclamation marks: {marks}. Use {allowed}.", "!" * marks)


def _l05_capitals(letter: Letter) -> Iterator[Finding]:
    named = {word for name in (letter.facts.store_name, *letter.facts.capitals) for word in re.findall(r"\w+", name)}
    for part in letter.parts:
        for word in re.findall(r"[^\W\d_]{4,}", part.plain):
            if word.isupper() and word not in words.CAPITALS and word not in named:
                yield Finding("L05", "block", part.where, "Capitals shout. Write it small.", word)


def _unless(rule: str, level: str, pattern: re.Pattern[str], say: str, unless: frozenset[str] = frozenset()) -> Rule:
    """A rule about words that may not stand in a sentence, unless one of the fields `unless` stands in it too."""

    def look(letter: Letter) -> Iterator[Finding]:
        for part, sentence in letter.sentences():
            if not unless & sentence.fields:
                for match in pattern.finditer(sentence.words):
                    yield Finding(rule, level, part.where, say, match[0])

    return look


def _l07_cart_ends(letter: Letter) -> Iterator[Finding]:
    if not letter.facts.cart_expires:
        say = "The cart does not expire. Take this out."
        yield from _unless("L07", "block", words.CART_ENDS, say)(letter)


def _l10_about_the_customer(letter: Letter) -> Iterator[Finding]:
    for part in letter.bodies:
        me, you = words.ME.findall(part.plain), words.YOU.findall(part.plain)
        if len(me) > len(you):
            say = f"It speaks of us ({len(me)}) more than of the customer ({len(you)}). Make it about them."
            yield Finding("L10", "warn", part.where, say, ", ".join(dict.fromkeys(me)))


def _l11_fake_thread(letter: Letter) -> Iterator[Finding]:
    found = words.FAKE_THREAD.match(letter.part("subject").raw)
    if found:
        yield Finding("L11", "block", "subject", "This is no answer to anything. Take it out.", found[0].strip())


def _l13_noise(letter: Letter) -> Iterator[Finding]:
    for part in letter.parts:
        signs = words.EMOJI.findall(part.plain)
        if len(signs) > (1 if part.where in ("body", "text") else 0):
            yield Finding("L13", "warn", part.where, "Fewer pictures in the words read better.", "".join(signs))
        for match in words.SALES_TALK.finditer(part.plain):
            yield Finding("L13", "warn", part.where, "This reads like spam, to people and to filters.", match[0])


def _l14_length(letter: Letter) -> Iterator[Finding]:
    for part in letter.bodies:
        long = [sentence for sentence in part.sentences if sentence.length > MOST_IN_SENTENCE]
        for sentence in long:
            say = f"{sentence.length} words in one sentence. {MOST_IN_SENTENCE} are the most people follow."
            yield Finding("L14", "warn", part.where, say, f"{sentence.words[:60].rstrip()}…")
        count = sum(sentence.length for sentence in part.sentences)
        if count > MOST_WORDS and not letter.is_text:
            yield Finding("L14", "warn", part.where, f"{count} words. {MOST_WORDS} are the most people read.")


def _l18_first_discount(letter: Letter) -> Iterator[Finding]:
    if not letter.facts.is_first:
        return
    say = "A discount in the first message teaches people to wait for it. Keep it for later, or leave it out."
    for part, sentence in letter.sentences():
        for match in words.DISCOUNT.finditer(sentence.words):
            yield Finding("L18", "warn", part.where, say, match[0])
    for part in letter.parts:
        for found in part.fields:
            if found.name in _OFFERS and letter.facts.has_discount:
                yield Finding("L18", "warn", part.where, say, part.raw[found.start : found.end])


RULES: tuple[Rule, ...] = (
    _l04_exclamation_marks,
    _l05_capitals,
    _unless("L06", "block", words.URGENCY, "Say no hurry that is not true. Take it out, or say the end with "
            "{{coupon_expires_at}} or {{stock_left}} in the same sentence.", _FACTS_OF_AN_END),
    _l07_cart_ends,
    _unless("L08", "block", words.SURVEILLANCE, "Nobody likes to be watched. Say what you offer instead."),
    _unless("L09", "warn", words.GUILT, "This reads like a reproach. Say it without one."),
    _l10_about_the_customer,
    _l11_fake_thread,
    _unless("L12", "block", words.CROWD, "Nobody can check this. Say it with {{review_count}}, or take it out.",
            frozenset({"review_count"})),
    _l13_noise,
    _l14_length,
    _l18_first_discount,
)  # fmt: skip
