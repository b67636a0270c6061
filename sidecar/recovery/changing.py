"""Changing a setting of the business: stored, written into the audit log, and decisions follow."""

from __future__ import annotations

from datetime import datetime

from sidecar import audit, settings
from sidecar.recovery.deciding import redecide


def change_setting(store_id: int, name: str, text: str, *, by: str, now: datetime) -> bool:
    """Whether the setting differs from before. Carts that nobody has contacted are decided anew where it counts.

    Raises Refused with the bounds, or with the nearest name when there is no such setting.
    """
    before = settings.written(store_id).get(name)
    if not settings.put(store_id, name, text, by=by, now=now):
        return False
    detail = {"from": before, "to": text.strip()}
    audit.record(by, "setting changed", f"store {store_id}: {name}", detail, now=now)
    if settings.find_entry(name).redecides:
        redecide(store_id, now=now)
    return True
