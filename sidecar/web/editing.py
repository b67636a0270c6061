"""One message on the editor's desk: its words as saved and as typed, what is wrong with them, how they look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import abort, request
from jinja2 import TemplateError
from werkzeug.datastructures import MultiDict

from sidecar import clock
from sidecar.accounts import User
from sidecar.carts.cart import Cart
from sidecar.errors import Refused
from sidecar.outreach.letters import edited, preview
from sidecar.outreach.letters.letter import PLAIN_KINDS, letter_of
from sidecar.outreach.letters.preview import Shown
from sidecar.outreach.letters.sources import Source, kinds_in_use, ours, source_of
from sidecar.outreach.letters.tokens import fields_in, pieces_of, unknown
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store
from sidecar.web.access import current_user
from sidecar.web.shell import current_store

VIEWS = (("desktop", "Desktop"), ("phone", "Phone"), ("text", "Plain text"), ("dark", "Dark"))
MOST = {"subject": 200, "preheader": 200, "body": 20_000, "text": 20_000}
LABELS = {"subject": "Subject", "preheader": "Preheader", "body": "Body", "text": "Text"}

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Words:
    """What stands in the four fields."""

    subject: str
    preheader: str
    body: str
    text: str

    @classmethod
    def of(cls, kept: Any) -> Words:
        """The words of a version, a draft or a source."""
        return cls(*(getattr(kept, name) for name in edited.FIELDS))

    @property
    def source(self) -> Source:
        """The words as a message is composed from them."""
        return Source(self.subject, self.preheader, self.body, self.text)


@dataclass(frozen=True)
class Desk:
    """One kind of message in one language, at one store."""

    store: Store
    settings: Settings
    kind: str
    language: str

    @property
    def name(self) -> str:
        """How the audit calls it."""
        return f"{self.kind}/{self.language}"

    @property
    def address(self) -> str:
        """Its page."""
        return f"/messages/{self.name}"

    @cached_property
    def newest(self) -> edited.WordingVersion | None:
        """The version in use, None for our own words."""
        return edited.find_newest(self.store.id, self.kind, self.language)

    @cached_property
    def words(self) -> Words:
        """The words in use."""
        return Words.of(source_of(self.store.id, self.kind, self.language))

    @cached_property
    def draft(self) -> edited.WordingDraft | None:
        """What this person typed and did not save."""
        return edited.find_draft(current_user().id, self.store.id, self.kind, self.language)

    @property
    def unsaved(self) -> edited.WordingDraft | None:
        """The draft, when it says something else than the words in use."""
        return self.draft if self.draft and Words.of(self.draft) != self.words else None

    @cached_property
    def cart(self) -> Cart | None:
        """The real cart that it is looked at on; None for the sample cart."""
        number = number_in(request.values, "cart")
        return preview.find_cart(self.store.id, number) if number else None

    @cached_property
    def old(self) -> edited.WordingVersion | None:
        """The earlier version that is asked for, None for none; our own words have no version of their own."""
        number = number_in(request.args, "version")
        found = edited.find_version(self.store.id, self.kind, self.language, number) if number else None
        return None if found is None or found.is_ours else found

    @property
    def asked_for(self) -> Words:
        """The words that the address asks for: typed, an earlier version, or those in use."""
        if request.args.get("typed") and self.draft:
            return Words.of(self.draft)
        return Words.of(self.old) if self.old else self.words

    @property
    def view(self) -> str:
        """How it is looked at: one of VIEWS."""
        asked = request.values.get("view", "desktop")
        return asked if asked in dict(VIEWS) else "desktop"

    def show(self, words: Words) -> Shown:
        """What these words become, and what the lint says."""
        return preview.show(
            words.source, self.kind, self.language, self.store, self.settings, cart=self.cart, now=clock.now()
        )

    def frame(self, *, is_typed: bool, version: int | None, now: datetime) -> str:
        """The address of the letter's frame: of what is in use, was typed, or was once saved as that version."""
        asked = {
            "look": "dark" if self.view == "dark" else "light",
            "cart": str(self.cart.id) if self.cart else "",
            "typed": str(int(now.timestamp() * 1000)) if is_typed else "",  # a new one each time, so that none is old
            "version": str(version) if version else "",
        }
        return f"{self.address}/letter?{urlencode({name: value for name, value in asked.items() if value})}"

    def errors_of(self, words: Words) -> list[dict[str, str]]:
        """Why these words cannot be used, by field; empty when they can."""
        found = [
            {"field": name, "text": f"{LABELS[name]} must be {most:,} characters or less"}
            for name, most in MOST.items()
            if len(getattr(words, name)) > most
        ]
        if not words.subject:
            found.append({"field": "subject", "text": "Enter a subject"})
        for name in edited.FIELDS:
            text = getattr(words, name)
            unknowns = dict.fromkeys(each.name for each in fields_in(text) if each.token is None)
            found += [{"field": name, "text": unknown(each)} for each in unknowns]
        return found or self._errors_of_layout(words) or self._errors_of_cart(words)

    def errors_of_use(self, words: Words) -> list[dict[str, str]]:
        """What the lint blocks, where customers would read it at once: before Go live it stops only that."""
        if self.store.live_at is None or self.kind not in kinds_in_use(self.settings):
            return []
        return [
            {"field": finding.where if finding.where in LABELS else "", "text": _sentence(finding)}
            for finding in self.show(words).findings
            if finding.level == "block"
        ]

    def may_bring_back(self, number: int) -> None:
        """Raises Refused when the version may not be used as the store is set now."""
        old = edited.find_version(self.store.id, self.kind, self.language, number) if number else None
        words = Words.of(ours(self.kind, self.language) if old is None or old.is_ours else old)
        errors = self.errors_of(words) or self.errors_of_use(words)
        if errors:
            raise Refused(f"This version cannot be used any more. {errors[0]['text']}", code="cannot_compose")

    def save(self, words: Words, *, after: int, by: User, now: datetime) -> edited.WordingVersion:
        """The new version; the draft is forgotten. Raises Refused when somebody else has saved since."""
        version = edited.save(
            self.store.id, self.kind, self.language, asdict(words), after=after, by=by.email, now=now
        )
        self.forget(by)
        return version

    def keep(self, words: Words, *, by: User, now: datetime) -> None:
        """Keeps what was typed, as long as it fits and is not what is saved anyway."""
        if words == self.words:
            self.forget(by)
        elif all(len(getattr(words, name)) <= most for name, most in MOST.items()):
            edited.keep_draft(by.id, self.store.id, self.kind, self.language, asdict(words), now=now)

    def forget(self, by: User) -> None:
        """Forgets what was typed."""
        edited.drop_draft(by.id, self.store.id, self.kind, self.language)

    def _errors_of_layout(self, words: Words) -> list[dict[str, str]]:
        found = []
        for name in edited.FIELDS:
            alone = Words(**{"subject": "", "preheader": "", "body": "", "text": ""} | {name: getattr(words, name)})
            try:
                list(pieces_of(getattr(words, name)))
                letter_of(alone.source, plain=self.kind in PLAIN_KINDS)
            except (Refused, TemplateError, ValueError) as error:
                said = error.reason if isinstance(error, Refused) else f"This cannot be laid out: {error}"
                found.append({"field": name, "text": said.removesuffix(".")})
        return found

    def _errors_of_cart(self, words: Words) -> list[dict[str, str]]:
        refused = self.show(words).refused
        return [{"field": "body", "text": refused.removesuffix(".")}] if refused else []


def open_desk(kind: str, language: str) -> Desk | None:
    """The message on the desk; None where no store is connected. Answers 404 when there is no such message."""
    if language not in preview.languages_of(kind):
        abort(404)
    store = current_store()
    return Desk(store, settings_of(store.id), kind, language) if store else None


def number_in(values: MultiDict[str, str], name: str) -> int:
    """The number that was sent, 0 for none and for one that no row can have."""
    number = values.get(name, 0, type=int)
    return number if 0 <= number < 2**31 else 0


def typed_words(form: Mapping[str, str]) -> Words:
    """What was typed, with the line breaks of our files and without control characters; lines stay lines."""
    typed = {name: _CONTROL.sub(" ", "\n".join(form.get(name, "").splitlines())) for name in edited.FIELDS}
    lines = {name: text.strip() for name, text in typed.items()}
    one_line = {name: " ".join(lines[name].split()) for name in ("subject", "preheader")}
    return Words(**lines | one_line)


def _sentence(finding: Any) -> str:
    quoted = f" (“{finding.excerpt}”)" if finding.excerpt else ""
    return f"Customers would read this at once. {finding.words.removesuffix('.')}{quoted}"
