"""Where the words of a message come from: the owner's newest version, else the file that comes with Ringback.

A file is templates/messages/<kind>/<language>.txt: `Subject:` and `Preheader:` lines, then the page's body after
`--- page ---` and the text part after `--- text ---`. Both are paragraphs with blank lines between them and fields of
letters.tokens in them. In the body a line that begins with `# ` is the heading, `[words]({{ pay_url }})` is a link,
and a line that is only a block, like `{{ items }}`, becomes that block. The foot (why somebody gets this, the way out,
who writes and from where) is no part of it: it is put under both parts, whatever an owner deletes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table, select

from sidecar.bulk import Statement, given
from sidecar.errors import Refused
from sidecar.outreach.letters.edited import WordingVersion
from sidecar.outreach.letters.language import TEMPLATES, languages
from sidecar.outreach.sequences.sequence import CALL_KINDS, PERSONAL, REMINDER, SEQUENCES
from sidecar.settings import Settings

KINDS = ("reminder-1", "reminder-2", "reminder-3", "personal", *CALL_KINDS)

# Asked once per message, so it is compiled once.
_VERSIONS: Table = WordingVersion.metadata.tables["wording_version"]
_NEWEST = Statement(
    select(*(_VERSIONS.c[name] for name in ("is_ours", "subject", "preheader", "body", "text")))
    .where(*(_VERSIONS.c[name] == given(name) for name in ("store_id", "kind", "language")))
    .order_by(_VERSIONS.c.number.desc())
    .limit(1)
)

_SUBJECT, _PREHEADER, _PAGE, _TEXT = "Subject: ", "Preheader: ", "--- page ---", "--- text ---"


@dataclass(frozen=True, slots=True)
class Source:
    """The words of one kind of message in one language, with fields of outreach.letters.tokens in them.

    `preheader` is what mail programs show beside the subject; `body` becomes the page, `text` the plain part.
    """

    subject: str
    preheader: str
    body: str
    text: str


def source_of(store_id: int, kind: str, language: str) -> Source:
    """What this store says: its owner's newest version, or our own words where there is none, or where the owner went
    back to them. Raises Refused (code "cannot_compose") when there are no words of this kind in this language."""
    newest = _NEWEST.find(store_id=store_id, kind=kind, language=language)
    if not newest or newest[0][0]:
        return ours(kind, language)
    return Source(*newest[0][1:])


def ours(kind: str, language: str) -> Source:
    """The words that come with Ringback. Raises Refused (code "cannot_compose") when there are none."""
    if kind not in KINDS or language not in languages():  # they become a path
        raise Refused(f"There are no words for {kind[:40]}/{language[:20]}.", code="cannot_compose")
    return _read(TEMPLATES, kind, language)


def parse(written: str, name: str) -> Source:
    """The source as a file holds it. Raises Refused (code "cannot_compose") with `name` when a part is missing."""
    head, page, rest = written.partition(f"\n{_PAGE}\n")
    body, text_mark, text = rest.partition(f"\n{_TEXT}\n")
    subject, _, preheader = head.strip().partition("\n")
    if not (page and text_mark and subject.startswith(_SUBJECT) and preheader.startswith(_PREHEADER)):
        raise Refused(
            f"{name} must begin with Subject and Preheader, and go on with {_PAGE} and {_TEXT}.", code="cannot_compose"
        )
    return Source(
        subject.removeprefix(_SUBJECT).strip(),
        preheader.removeprefix(_PREHEADER).strip(),
        body.strip(),
        text.strip(),
    )


@functools.cache
def _read(folder: Path, kind: str, language: str) -> Source:
    name = f"{kind}/{language}"
    try:
        written = (folder / kind / f"{language}.txt").read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"There are no words for {name}.", code="cannot_compose") from error
    return parse(written, name)


def kinds_in_use(settings: Settings) -> tuple[str, ...]:
    """The kinds of messages that can reach a customer as the store is set; what follows calls always can."""
    steps = [*SEQUENCES[REMINDER], *SEQUENCES[PERSONAL]] if settings["outreach.steps"] else []
    unused = {step.kind for step in SEQUENCES[REMINDER][settings["outreach.steps"] :]}
    kinds = {step.kind for step in steps} | set(CALL_KINDS)
    return tuple(kind for kind in KINDS if kind in kinds - unused)
