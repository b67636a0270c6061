"""From the words of a message to a letter that only needs its facts.

MJML and css-inline cost a hundred times what Jinja does, so a page is laid out once per wording: everything that Jinja
will fill in becomes a stand-in (a comment for a tag, a word for a value), the layout is made, and the stand-ins become
Jinja again. What an owner wrote is never Jinja: fields are translated one by one, all else is escaped.
"""

from __future__ import annotations

import functools
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape
from mjml import mjml2html

from sidecar.errors import Refused
from sidecar.outreach.letters.language import TEMPLATES
from sidecar.outreach.letters.sources import Source
from sidecar.outreach.letters.tokens import TOKENS, Field, fields_in, pieces_of

# Signed by a person and made to look like what a person writes: no card, no heading, no pictures.
PLAIN_KINDS = frozenset({"personal", "voicemail", "tried", "missed", "wrong-number", "language"})

_ALONE = re.compile(r"\s*{{\s*([^{}|]*?)\s*(?:\|[^{}]*)?}}\s*")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(\s*(?:{{\s*(\w+)\s*}}|(https?://[^\s()<>\"']+))\s*\)")
_JINJA = re.compile(r"{{.*?}}|{%.*?%}", re.S)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message laid out. `uses` names every field and block that the facts must have."""

    uses: frozenset[str]
    _subject: Template
    _preheader: Template
    _page: Template
    _text: Template

    def filled(self, facts: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """Subject, preheader, page and text part. Every value is escaped where it needs to be."""
        subject, preheader = self._subject.render(facts), self._preheader.render(facts)
        page = self._page.render(facts, subject=subject, preheader=preheader)
        return subject, preheader, page, _tidy(self._text.render(facts))


def letter_of(source: Source, *, plain: bool) -> Letter:
    """The source, laid out as a card or as a plain letter. Raises Refused for fields that do not exist and for blocks
    in the middle of a line, ValueError for a layout that MJML cannot read."""
    return _laid_out(source, plain, TEMPLATES)


@functools.lru_cache(maxsize=256)  # kinds x languages x versions that are still being sent
def _laid_out(source: Source, plain: bool, folder: Path) -> Letter:
    page = _page(source.body, folder / ("letter.mjml" if plain else "card.mjml"), folder)
    uses = {field.name for part in (source.subject, source.preheader, source.body, source.text)
            for field in fields_in(part)}
    return Letter(
        frozenset(uses),
        _text_templates().from_string(_words(source.subject, _in_text)),
        _text_templates().from_string(_words(source.preheader, _in_text)),
        _page_templates().from_string(page),
        _text_templates().from_string(_text(source.text, folder)),
    )


# --- the page -----------------------------------------------------------------------------------------------------


def _page(body: str, layout: Path, folder: Path) -> str:
    parts = "\n".join(_element(kind, written, folder) for kind, written in _elements(body))
    mjml = layout.read_text(encoding="utf-8").replace("<!-- body -->", parts)
    mjml = mjml.replace("<!-- foot -->", (folder / "foot.mjml").read_text(encoding="utf-8"))
    hidden: list[str] = []
    mark = secrets.token_hex(8)  # so that nothing that an owner writes is one

    def hide(found: re.Match[str]) -> str:
        hidden.append(found[0])
        word = f"rb{mark}n{len(hidden) - 1}x"
        return f"<!--{word}-->" if found[0].startswith("{%") else word

    html = _inliner().inline(mjml2html(_JINJA.sub(hide, mjml), fonts={}))
    return re.sub(rf"(<!--)?rb{mark}n(\d+)x(?(1)-->)", lambda found: hidden[int(found[2])], html)


def _elements(body: str) -> Iterator[tuple[str, str]]:
    """The body as headings, paragraphs and blocks, in order."""
    for paragraph in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            if not line.startswith("# ") and not _block_in(line):
                lines.append(line.strip())
                continue
            if lines:
                yield "paragraph", "\n".join(lines)
                lines = []
            yield ("block", line) if _block_in(line) else ("heading", line[2:])
        if lines:
            yield "paragraph", "\n".join(lines)


def _element(kind: str, written: str, folder: Path) -> str:
    if kind == "block":
        return _block(written, folder, ".mjml")
    words = _linked(written).replace("\n", "<br>")
    return f"<mj-text><h1>{words}</h1></mj-text>" if kind == "heading" else f"<mj-text>{words}</mj-text>"


def _linked(written: str) -> str:
    """A paragraph with its links made."""
    made, at = "", 0
    for found in _LINK.finditer(written):
        made += _words(written[at : found.start()], _in_page)
        if found[2] and not (found[2] in TOKENS and TOKENS[found[2]].is_link):
            reason = f"A link needs an address like {{{{pay_url}}}}, not {{{{{found[2][:40]}}}}}."
            raise Refused(reason, code="bad_link")
        target = f"{{{{ {found[2]} }}}}" if found[2] else _literal(found[3], page=True)
        made += f'<a class="e-link" href="{target}">{_words(found[1], _in_page)}</a>'
        at = found.end()
    return made + _words(written[at:], _in_page)


# --- the text part ------------------------------------------------------------------------------------------------


def _text(text: str, folder: Path) -> str:
    lines = text.replace("\r\n", "\n").strip().split("\n")
    made = [_block(line, folder, ".txt") if _block_in(line) else _words(line.rstrip(), _in_text) for line in lines]
    return "\n".join([*made, "", (folder / "foot.txt").read_text(encoding="utf-8").strip()]) + "\n"


def _tidy(text: str) -> str:
    """The text without the gaps that empty blocks leave."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


# --- fields and blocks --------------------------------------------------------------------------------------------


def _block_in(line: str) -> str:
    """The name of the block, when the line is one and nothing else."""
    found = _ALONE.fullmatch(line)
    return found[1] if found and found[1] in TOKENS and TOKENS[found[1]].is_block else ""


def _block(line: str, folder: Path, ending: str) -> str:
    (field,) = fields_in(line)
    inside = (folder / "blocks" / f"{field.name}{ending}").read_text(encoding="utf-8")
    label = _string(field.fallback) if field.fallback else '""'
    return f"{{% if {field.name} %}}{{% with label = {label} %}}{inside.strip()}\n{{% endwith %}}{{% endif %}}"


def _words(written: str, in_place: Callable[[Field], str]) -> str:
    """The words with their fields translated to Jinja. An empty field takes the space before it along."""
    made = ""
    for piece in pieces_of(written):
        if isinstance(piece, str):
            made += _literal(piece, page=in_place is _in_page)
            continue
        if piece.token is not None and piece.token.is_block:
            raise Refused(f"{{{{{piece.name}}}}} takes a line of its own.", code="block_in_line")
        if piece.fallback == "" and made.endswith(" "):
            made = made[:-1] + f'{{{{ (" " ~ {piece.name}) if {piece.name} }}}}'
        else:
            made += in_place(piece)
    return made


def _in_page(field: Field) -> str:
    value = _value(field)
    return f'<a class="e-link" href="{value}">{value}</a>' if field.token and field.token.is_link else value


def _in_text(field: Field) -> str:
    return _value(field)


def _value(field: Field) -> str:
    return f"{{{{ {field.name} or {_string(field.fallback)} }}}}" if field.fallback else f"{{{{ {field.name} }}}}"


def _literal(text: str, *, page: bool) -> str:
    """Text that stays text, through Jinja and (on the page) through HTML."""
    shown = str(escape(text)) if page else text
    return re.sub(r"[{}]", lambda found: f'{{{{ "{found[0]}" }}}}', shown)


def _string(text: str | None) -> str:
    return json.dumps(text or "", ensure_ascii=False)


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@functools.cache
def _page_templates() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


@functools.cache
def _text_templates() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
