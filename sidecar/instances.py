"""Whether this database is the one that this data folder worked with last, or a copy of it.

A stamp stands in both and is renewed every minute. A database that was restored from a backup, or copied to another
server, does not bear the stamp of its folder; a folder that was copied or restored as a whole is not the file, in the
place, on the machine that it says it is. Either would send again what it does not know to have been sent.
Source: reference/safety.md E1 32.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Text, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, UTCDateTime, session

FILE = "instance.json"

# Why a database is taken for a copy, as the middle of a sentence.
WORDS = {
    "elsewhere": "it was last used with another data folder",
    "older": "it is older than this data folder, as after restoring a backup",
    "copied": "its data folder was copied, moved or restored",
    "machine": "it was last used on another machine",
}


class Instance(Base):
    """One data folder that works with this database; several may, on several machines with one Postgres."""

    __tablename__ = "instance"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    stamp: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark is: the machine ("" where it has no name), the folder, and the file itself, by its inode."""

    machine: str
    folder: str
    file: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What the data folder keeps. Two stamps while one is being renewed: a kill in between is no reason for doubt."""

    id: str
    place: Place
    stamps: tuple[str, ...]


def judge(mark: Mark | None, stamps: Mapping[str, str], place: Place | None) -> str | None:
    """Why a database with these stamps, by instance, beside a mark found in that place, is taken for a copy: a key of
    WORDS; None when it is not. Pure."""
    if not stamps:
        return None if mark is None else "older"
    if mark is None or place is None or mark.id not in stamps:
        return "elsewhere"
    if stamps[mark.id] not in mark.stamps:
        return "older"
    if mark.place.machine and place.machine and mark.place.machine != place.machine:
        return "machine"
    return "copied" if (mark.place.folder, mark.place.file) != (place.folder, place.file) else None


def check(folder: Path) -> str | None:
    """The same about the database of this session and the data folder."""
    stamps = {row.id: row.stamp for row in session().execute(select(Instance.id, Instance.stamp))}
    mark = _read(folder)
    return judge(mark, stamps, _place(folder, (folder / FILE).stat().st_ino) if mark else None)


def renew(folder: Path, *, now: datetime) -> None:
    """A new stamp for both: in the folder first, beside the one that the database has until the caller commits.
    Inside a transaction. Raises OSError when the folder cannot be written to."""
    mark = _read(folder)
    own = mark.id if mark else secrets.token_hex(8)
    row = session().get(Instance, own)
    if row is None:
        row = Instance(id=own)
        session().add(row)
    stamp = secrets.token_hex(8)
    _write(folder, own, (*([row.stamp] if row.stamp else []), stamp))
    row.stamp, row.seen_at = stamp, now
    session().flush()


def _read(folder: Path) -> Mark | None:
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        place = Place(found["machine"], found["folder"], found["file"])
        return Mark(found["id"], place, tuple(found["stamps"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(folder: Path, own: str, stamps: tuple[str, ...]) -> None:
    """Whole or not at all, and on disk when it returns."""
    path, new = folder / FILE, folder / f"{FILE}.{os.getpid()}"
    with new.open("w", encoding="utf-8") as file:
        place = _place(folder, os.fstat(file.fileno()).st_ino)
        json.dump({"id": own, "stamps": stamps, **asdict(place)}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _place(folder: Path, file: int) -> Place:
    return Place(_machine(), str(folder.resolve()), file)


def _machine() -> str:
    """A name for this machine that says nothing about it; "" where it has none, as in most containers."""
    with contextlib.suppress(OSError):
        name = Path("/etc/machine-id").read_bytes().strip()
        return hashlib.sha256(b"ringback" + name).hexdigest()[:16] if name else ""
    return ""
