"""What a store says about itself, from several answers; what the key may not read is None, never a guess."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sidecar.gateways.woocommerce.fields import Row, clean
from sidecar.money import is_currency

# The statuses every WooCommerce has, for keys that may not read the store's own list.
CORE_STATUSES = (
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
_STATUS = re.compile(r"[a-z0-9_-]{1,40}")
_NEVER_LISTED = ("trash", "auto-draft", "any")
_ADDRESS = ("woocommerce_store_address", "woocommerce_store_address_2", "woocommerce_store_city")


def site_name(index: Row | None, host: str) -> str:
    """The shop's name, unescaped; its host where the index cannot be read."""
    name = (index or {}).get("name")
    return clean(html.unescape(name)).strip()[:200] if isinstance(name, str) and name.strip() else host


def time_zone(index: Row | None) -> tuple[str, int]:
    """The IANA name ("" for a manual offset) and the offset from GMT in minutes."""
    zone, offset = (index or {}).get("timezone_string"), (index or {}).get("gmt_offset")
    try:
        minutes = round(float(offset or 0) * 60)
    except (TypeError, ValueError, OverflowError):
        minutes = 0
    return _known_zone(zone), minutes if abs(minutes) <= 14 * 60 else 0


def _known_zone(name: object) -> str:
    try:
        return ZoneInfo(name).key if isinstance(name, str) and name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def values_of(settings: Sequence[Row] | None) -> Mapping[str, str] | None:
    """Setting values by name."""
    if settings is None:
        return None
    pairs = ((row.get("id"), row.get("value")) for row in settings)
    return {key: clean(value)[:300] for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


def currency(general: Mapping[str, str] | None) -> str | None:
    """The shop's currency."""
    found = (general or {}).get("woocommerce_currency", "")
    return found if is_currency(found) else None


def country(general: Mapping[str, str] | None) -> str | None:
    """The shop's country, "US" or "US:CA"."""
    found = (general or {}).get("woocommerce_default_country", "")
    return found if re.fullmatch(r"[A-Z]{2}(:[A-Z0-9-]{1,10})?", found) else None


def postal_line(general: Mapping[str, str] | None) -> str | None:
    """The shop's address in one line, or None when it has not even a street or a town."""
    if general is None:
        return None
    parts = [general.get(name, "").strip() for name in _ADDRESS]
    if not any(parts):
        return None
    state = general.get("woocommerce_default_country", "")
    region, code = state.partition(":")[2], general.get("woocommerce_store_postcode", "").strip()
    parts += [" ".join(filter(None, (region, code))), state.partition(":")[0]]
    return ", ".join(filter(None, parts))


def hold_stock_minutes(setting: Row | None) -> int | None:
    """After how many minutes WooCommerce cancels unpaid orders; 0 when it never does; None when unknown."""
    value = setting.get("value") if setting is not None else None
    if value == "":
        return 0
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 8 else None


def version(status: Any) -> str | None:
    """WooCommerce's version, from its system status."""
    environment = status.get("environment") if isinstance(status, dict) else None
    found = environment.get("version") if isinstance(environment, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[\w.+-]{1,30}", found) else None


def statuses(listed: Sequence[Row] | None) -> tuple[str, ...]:
    """Every status to ask for: the store's own list, always with drafts, never the trash."""
    found = [row.get("slug") for row in listed or ()]
    known = [slug.removeprefix("wc-") for slug in found if isinstance(slug, str)]
    usable = [slug for slug in known if _STATUS.fullmatch(slug) and slug not in _NEVER_LISTED]
    return tuple(dict.fromkeys(usable)) or CORE_STATUSES
