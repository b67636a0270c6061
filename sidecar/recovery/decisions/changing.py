"""Changing a setting of the business: stored, written into the audit log, and decisions follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sidecar import audit, settings
from sidecar.recovery.decisions.deciding import redecide


def change_setting(store_id: int, name: str, text: str, *, by: str, now: datetime) -> bool:
    """Whether the setting differs from before. Carts that nobody has contacted are decided anew where it counts.

    Raises Refused with the bounds, or with the nearest name when there is no such setting.
    """
    return bool(change_settings(store_id, {name: text}, by=by, now=now))


def change_settings(store_id: int, texts: Mapping[str, str], *, by: str, now: datetime) -> list[str]:
    """The names of those that differ from before, changed all or none; what they must be to each other is checked of
    all of them together. Otherwise as `change_setting`."""
    for name, text in texts.items():
        settings.check(name, text)
    settings.check_together(store_id, texts)
    before = settings.written(store_id)
    changed = [name for name, text in texts.items() if settings.put(store_id, name, text, by=by, now=now)]
    for name in changed:
        detail = {"from": before.get(name), "to": texts[name].strip()}
        audit.record(by, "setting changed", f"store {store_id}: {name}", detail, now=now)
    if any(settings.find_entry(name).redecides for name in changed):
        redecide(store_id, now=now)
    return changed
