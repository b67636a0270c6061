"""A message as the lint reads it: parts, sentences, words; a field stands as what it would say. And what it finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sidecar.outreach.letters.sources import Source
from sidecar.outreach.letters.tokens import Field, fields_in

_LINK = re.compile(r"\[([^\[\]\n]*)\]\([^()\n]*\)")
_ADDRESS = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_WORD = re.compile(r"\w[\w’'.,:/-]*|\w")
_GREETING = 6  # a line of so few words with a comma at its end is a greeting, and a sentence of its own


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing at fault: the rule's id, "block" or "warn", the part, what to do, and the words at fault."""

    rule: str
    level: str
    where: str  # subject, preheader, body, text, foot
    words: str
    excerpt: str = ""


@dataclass(frozen=True)
class LintFacts:
    """What the lint must know beyond the words.

    `is_first`: nobody has heard from the shop about this cart before. `has_discount`: the owner offers money off with
    this message, so that {{ offer }} says so. `cart_expires`: the store really empties carts.
    `capitals`: names that are written so. `html` and `plain` are the composed parts with their foot, where there are
    any. `empty`: in how many of the last `carts` carts a field had nothing to say.
    """

    store_name: str
    postal_address: str
    is_first: bool = False
    has_discount: bool = True
    cart_expires: bool = False
    capitals: frozenset[str] = frozenset()
    html: str = ""
    plain: str = ""
    way_out: str = ""  # the address that stands for the way out in `html` and `plain`
    empty: Mapping[str, int] = field(default_factory=dict)
    carts: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in plain words, and the names of the fields in it."""

    words: str
    fields: frozenset[str]

    @property
    def length(self) -> int:
        """How many words it has; a field counts as what stands in for it."""
        return len(_WORD.findall(self.words))


@dataclass(frozen=True)
class Part:
    """One part of a message: "subject", "preheader", "body" or "text", as written."""

    where: str
    raw: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field and block in it, unknown ones too."""
        return fields_in(self.raw)

    @cached_property
    def plain(self) -> str:
        """The part without blocks, addresses and link targets; a field is what stands in for it, or 0."""
        return _plain(self.raw, self.fields)[0]

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences, in order. Lines of one paragraph belong together; headings and greetings stand alone."""
        plain, places = _plain(self.raw, self.fields)
        found = []
        for start, end in _spans(plain):
            names = frozenset(name for at, name in places if start <= at < end)
            found.append(Sentence(" ".join(plain[start:end].split()), names))
        return tuple(found)

    def count(self, *names: str) -> int:
        """How often these fields or blocks stand in it."""
        return sum(found.name in names for found in self.fields)


@dataclass(frozen=True)
class Letter:
    """A source with its facts, as the rules look at it."""

    source: Source
    channel: str
    facts: LintFacts
    parts: tuple[Part, ...]

    @property
    def is_text(self) -> bool:
        """Whether it is a text message to a telephone."""
        return self.channel == "sms"

    @property
    def bodies(self) -> tuple[Part, ...]:
        """The page and the plain part: what is read once it is open."""
        return tuple(part for part in self.parts if part.where in ("body", "text"))

    def part(self, where: str) -> Part:
        """The part of that name, empty when there is none."""
        return next((part for part in self.parts if part.where == where), Part(where, ""))

    def sentences(self) -> Iterator[tuple[Part, Sentence]]:
        """Every sentence of every part."""
        for part in self.parts:
            for sentence in part.sentences:
                yield part, sentence


def parts_of(source: Source, channel: str) -> tuple[Part, ...]:
    """What the customer reads: a text message has its text alone."""
    if channel == "sms":
        return (Part("text", source.text),)
    return (
        Part("subject", source.subject),
        Part("preheader", source.preheader),
        Part("body", source.body),
        Part("text", source.text),
    )


def filled(part: Part, say: Mapping[str, str]) -> str:
    """The part with every field replaced by its example, or by what `say` has for it."""
    text, at = "", 0
    for found in part.fields:
        example = found.token.example if found.token else ""
        text += part.raw[at : found.start] + say.get(found.name, example)
        at = found.end
    return text + part.raw[at:]


def _plain(raw: str, fields: tuple[Field, ...]) -> tuple[str, list[tuple[int, str]]]:
    """The plain words, and where in them which field stands."""
    text, at, places = "", 0, []
    for found in fields:
        text += raw[at : found.start]
        places.append((len(text), found.name))
        text += _said(found)
        at = found.end
    return _without_addresses(text + raw[at:]), places


def _said(found: Field) -> str:
    token = found.token
    if token is None or token.is_block:
        return "\n\n"
    if token.is_link:
        return " " * 7
    return found.fallback or "0"


def _without_addresses(text: str) -> str:
    """Addresses and the marks of links and headings become blanks, so that places stay where they are."""
    text = _LINK.sub(lambda found: " " + found[1] + " " * (len(found[0]) - len(found[1]) - 1), text)
    text = _ADDRESS.sub(lambda found: " " * len(found[0]), text)
    return re.sub(r"(?m)^# ", "  ", text)


def _spans(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for stop in re.finditer(r"[.!?…]+(?=[\s)”“\"']|$)|\n\s*\n|\n", text):
        if stop[0] == "\n" and not _ends_line(text[start : stop.start()]):
            continue
        spans.append((start, stop.end()))
        start = stop.end()
    spans.append((start, len(text)))
    return [(one, two) for one, two in spans if text[one:two].strip()]


def _ends_line(line: str) -> bool:
    """Whether a single line break ends the sentence: after a colon, and after a greeting."""
    words = line.strip()
    return words.endswith(":") or (words.endswith(",") and len(words.split()) <= _GREETING)
