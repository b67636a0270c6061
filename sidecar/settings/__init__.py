"""The settings of the business, per store: one strict CATALOG, each with type, unit, bounds, default and help.

A value is written the way a person would write it ("45m", "USD=300,EUR=300", "on") and read as a Python value
(timedelta, dict of minor units, bool). What differs from the default is a row; the rest is the CATALOG.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from sidecar.db import Base, UTCDateTime, session
from sidecar.errors import Refused
from sidecar.settings import together
from sidecar.settings.catalog import CATALOG, Entry


class Setting(Base):
    """One setting that differs from its default, as text in the CATALOG's own notation."""

    __tablename__ = "setting"

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by: Mapped[str] = mapped_column(Text)


class Settings(Mapping[str, Any]):
    """Effective values of one store, read once. `settings["carts.abandoned_after"]` is a timedelta."""

    def __init__(self, written: Mapping[str, str] | None = None) -> None:
        texts = {name: entry.default for name, entry in CATALOG.items()} | dict(written or {})
        self._values = {name: CATALOG[name].read(text) for name, text in texts.items() if name in CATALOG}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def written(store_id: int) -> dict[str, str]:
    """What differs from the defaults at this store, as text, by name."""
    rows = session().execute(select(Setting.name, Setting.value).where(Setting.store_id == store_id))
    return {row.name: row.value for row in rows}


def settings_of(store_id: int) -> Settings:
    """The effective settings of a store."""
    return Settings(written(store_id))


def find_entry(name: str) -> Entry:
    """The CATALOG's entry. Raises Refused with the nearest name when there is none."""
    if name in CATALOG:
        return CATALOG[name]
    near = difflib.get_close_matches(name, CATALOG, n=1)
    hint = f" Did you mean {near[0]}?" if near else " See: settings list."
    raise Refused(f"There is no setting called {name[:60]!r}.{hint}", code="unknown_setting")


def check(name: str, text: str) -> str:
    """The text as it is stored. Raises Refused with label and bounds when it is out of them."""
    entry = find_entry(name)
    if not entry.settable:
        raise Refused(f"{name} is changed by go-live, pause and resume.", code="not_settable", field=name)
    try:
        entry.read(text)
    except ValueError as error:
        raise Refused(f"{entry.called or entry.label} {error}.", code="out_of_bounds", field=name) from error
    return text.strip()


def check_together(store_id: int, texts: Mapping[str, str]) -> None:
    """Raises Refused, with the field, when these values would not fit each other or what is set already."""
    together.check_waits(Settings(written(store_id) | dict(texts)), texts)


def put(store_id: int, name: str, text: str, *, by: str, now: datetime) -> bool:
    """Stores one setting; True when it differs from before. Raises Refused. Carts are decided anew by
    recovery.settings_changed, which edges call instead of this."""
    value = check(name, text)
    row = session().get(Setting, (store_id, name))
    before = row.value if row else CATALOG[name].default
    if value == before:
        return False
    if row is None:
        row = Setting(store_id=store_id, name=name, value=value, set_at=now, set_by=by)
        session().add(row)
    row.value, row.set_at, row.set_by = value, now, by
    session().flush()
    return True
