"""A store's own clock: WooCommerce reads some moments in site time alone, and customers read days in it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sidecar.stores.connection import Store


def zone_of(store: Store) -> tzinfo:
    """The store's zone, by name or by its manual offset; UTC where it says neither."""
    try:
        return ZoneInfo(store.timezone) if store.timezone else timezone(timedelta(minutes=store.gmt_offset_minutes))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day_began(at: datetime, zone: tzinfo) -> datetime:
    """When the store's day in which `at` lies began, in UTC."""
    return _moment(datetime.combine(at.astimezone(zone).date(), time()), zone)


def end_of_day(at: datetime, zone: tzinfo) -> datetime:
    """The last second of the store's day in which `at` lies, in UTC.

    Where that second happens twice or never (a change of clocks at midnight), the earlier reading, as PHP has it.
    """
    return _moment(datetime.combine(at.astimezone(zone).date(), time(23, 59, 59)), zone)


def written(at: datetime, zone: tzinfo) -> str:
    """The moment as WooCommerce reads it: "2026-11-30T23:59:59", on the store's clock, without a zone."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _moment(face: datetime, zone: tzinfo) -> datetime:
    return face.replace(tzinfo=zone, fold=0).astimezone(UTC)
