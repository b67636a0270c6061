"""Wording that the owner wrote: every version is kept, the newest is used, the files are used where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, Text, UniqueConstraint, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from sidecar import audit
from sidecar.accounts import User
from sidecar.db import Base, RowId, UTCDateTime, session
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called

_AT_ONCE = 500  # steps in one statement


class WordingVersion(Base):
    """One saved version of a message in one language. With `is_ours` it goes back to what comes with Ringback."""

    __tablename__ = "wording_version"
    __table_args__ = (UniqueConstraint("store_id", "kind", "language", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # the folder in templates/messages: "reminder-1", "personal", ...
    language: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column()  # counts up from 1
    subject: Mapped[str] = mapped_column(Text, default="")
    preheader: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    is_ours: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by: Mapped[str] = mapped_column(Text)


class WordingDraft(Base):
    """What somebody has typed and not saved: the preview shows it, and it outlives a closed browser."""

    __tablename__ = "wording_draft"
    __table_args__ = (UniqueConstraint("user_id", "store_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")
    preheader: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    typed_at: Mapped[datetime] = mapped_column(UTCDateTime)


FIELDS = ("subject", "preheader", "body", "text")


def find_version(store_id: int, kind: str, language: str, number: int) -> WordingVersion | None:
    """The version of that number, or None."""
    return session().scalar(_of(store_id, kind, language).where(WordingVersion.number == number))


def find_newest(store_id: int, kind: str, language: str) -> WordingVersion | None:
    """The version in use, which may be one that goes back to our own words; None when nothing was ever saved."""
    return session().scalar(_of(store_id, kind, language).order_by(WordingVersion.number.desc()).limit(1))


def versions(store_id: int, kind: str, language: str, *, limit: int = 50) -> list[WordingVersion]:
    """The saved versions, newest first."""
    return list(session().scalars(_of(store_id, kind, language).order_by(WordingVersion.number.desc()).limit(limit)))


def newest_of_all(store_id: int) -> dict[tuple[str, str], WordingVersion]:
    """The newest version of every message that was ever saved, by kind and language."""
    last = (
        select(WordingVersion.kind, WordingVersion.language, func.max(WordingVersion.number).label("number"))
        .where(WordingVersion.store_id == store_id)
        .group_by(WordingVersion.kind, WordingVersion.language)
        .subquery()
    )
    query = select(WordingVersion).join(
        last,
        (WordingVersion.kind == last.c.kind)
        & (WordingVersion.language == last.c.language)
        & (WordingVersion.number == last.c.number),
    )
    found = session().scalars(query.where(WordingVersion.store_id == store_id))
    return {(version.kind, version.language): version for version in found}


def save(
    store_id: int, kind: str, language: str, words: Mapping[str, str], *, after: int, by: str, now: datetime
) -> WordingVersion:
    """The new version with these words (FIELDS). What is written already and has not left is written anew.

    `after` is the number that the writer began from, 0 for our own words. Raises Refused (code "changed_meanwhile")
    when somebody else has saved since.
    """
    version = _next(store_id, kind, language, after=after, by=by, now=now)
    for name in FIELDS:
        setattr(version, name, words[name])
    return _use(version, "edit message", now=now)


def restore(
    store_id: int, kind: str, language: str, number: int, *, after: int, by: str, now: datetime
) -> WordingVersion:
    """A new version that says what the version `number` said; 0 goes back to the wording that comes with Ringback.

    Raises Refused (code "no_such_version", or "changed_meanwhile" as in `save`).
    """
    old = find_version(store_id, kind, language, number) if number else None
    if number and old is None:
        raise Refused(f"There is no version {number} of this message.", code="no_such_version")
    version = _next(store_id, kind, language, after=after, by=by, now=now)
    version.is_ours = old is None or old.is_ours
    for name in FIELDS:
        setattr(version, name, getattr(old, name) if old else "")
    return _use(version, "restore message", restored=number, now=now)


def keep_draft(
    user_id: int, store_id: int, kind: str, language: str, words: Mapping[str, str], *, now: datetime
) -> None:
    """Keeps what the person has typed so far; the newest counts."""
    session().execute(select(User.id).where(User.id == user_id).with_for_update())  # one after the other
    draft = find_draft(user_id, store_id, kind, language)
    if draft is None:
        draft = WordingDraft(user_id=user_id, store_id=store_id, kind=kind, language=language)
        session().add(draft)
    for name in FIELDS:
        setattr(draft, name, words[name])
    draft.typed_at = now
    session().flush()


def find_draft(user_id: int, store_id: int, kind: str, language: str) -> WordingDraft | None:
    """What the person typed and did not save, or None."""
    return session().scalar(select(WordingDraft).where(*_draft_of(user_id, store_id, kind, language)))


def drop_draft(user_id: int, store_id: int, kind: str, language: str) -> None:
    """Forgets what the person typed."""
    session().execute(delete(WordingDraft).where(*_draft_of(user_id, store_id, kind, language)))


def _draft_of(user_id: int, store_id: int, kind: str, language: str) -> tuple[ColumnElement[bool], ...]:
    whose = (WordingDraft.user_id == user_id, WordingDraft.store_id == store_id)
    return (*whose, WordingDraft.kind == kind, WordingDraft.language == language)


def _of(store_id: int, kind: str, language: str) -> Select[WordingVersion]:
    return select(WordingVersion).where(
        WordingVersion.store_id == store_id, WordingVersion.kind == kind, WordingVersion.language == language
    )


def _next(store_id: int, kind: str, language: str, *, after: int, by: str, now: datetime) -> WordingVersion:
    newest = find_newest(store_id, kind, language)
    number = newest.number if newest else 0
    if newest is not None and number != after:
        raise _changed(f"{newest.saved_by} has saved version {number}")
    return WordingVersion(store_id=store_id, kind=kind, language=language, number=number + 1, saved_at=now, saved_by=by)


def _changed(who: str) -> Refused:
    return Refused(
        f"{who} since you opened this. Yours is kept here: look at theirs in another window, then save again.",
        code="changed_meanwhile",
    )


def _use(version: WordingVersion, action: str, *, restored: int | None = None, now: datetime) -> WordingVersion:
    try:
        with session().begin_nested():
            session().add(version)
    except IntegrityError as error:  # somebody else took the number between our reading and our writing
        raise _changed("Somebody has saved a version") from error
    anew = _write_anew(version)
    detail: dict[str, object] = {"version": version.number, "written_anew": anew}
    if restored is not None:
        detail["restored"] = restored
    audit.record(version.saved_by, action, f"{version.kind}/{version.language}", detail, now=now)
    return version


def _write_anew(version: WordingVersion) -> int:
    """How many messages that were written with the old words, and have not begun to leave, are composed once more."""
    waits = (
        Message.store_id == version.store_id,
        Message.language == version.language,
        Message.state.in_(("due", "sending")),
        Message.data_started_at.is_(None),
    )
    keys = [key for key in session().scalars(select(Message.step).where(*waits).distinct()) if _is(key, version.kind)]
    count = 0
    for at in range(0, len(keys), _AT_ONCE):
        some = (*waits, Message.step.in_(keys[at : at + _AT_ONCE]))
        # One that is about to leave sees at its last check that its words are stale.
        session().execute(update(Message).where(*some).values(composed_of=""))
        back = update(Message).where(*some, Message.state == "due")
        done = session().execute(back.values(state="planned", reason=None, reason_words=None))
        count += int(getattr(done, "rowcount", 0))
    return count


def _is(key: str, kind: str) -> bool:
    try:
        return step_called(key).kind == kind
    except KeyError:  # a step of an earlier release
        return False
