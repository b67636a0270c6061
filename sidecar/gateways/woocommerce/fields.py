"""Reading single values of an order strictly: right type or a reason why not, and never longer than a bound.

Bounds, in characters: names, places and the like 200; phones 60; e-mail 254 (RFC 5321); addresses on the web 2,000;
the customer's note 2,000; item options 300. Names and notes are cut; an e-mail, phone or web address that is too long
becomes empty, because a cut one would be another one. Nothing is unescaped: the text stays as hostile as it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sidecar.money import to_minor

SHORT, PHONE, EMAIL, URL, NOTE, OPTIONS = 200, 60, 254, 2000, 2000, 300
LARGEST_ID = 2**63 - 1
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)

Row = Mapping[str, Any]


class Unusable(Exception):
    """This order cannot be used; the text says why, in words."""


def whole(row: Row, name: str, *, least: int = 0) -> int:
    """A whole number. WooCommerce sends ids and quantities as numbers, some plugins as digits."""
    value = row.get(name)
    if type(value) is int and least <= value <= LARGEST_ID:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_ID:
        raise Unusable(_missing(row, name) or f"{name} is no number it could be")
    return value


def quantity(row: Row) -> Decimal | int:
    """How many or how much of a product: 0 or more, at most a million."""
    value = row.get("quantity")
    if type(value) is int and 0 <= value <= 1_000_000:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unusable("quantity is no number")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Unusable("quantity is no number") from None
    if not found.is_finite() or not 0 <= found <= 1_000_000:
        raise Unusable("quantity is no number it could be")
    return found


def text(row: Row, name: str, most: int = SHORT) -> str:
    """The text, cut to `most` characters; empty when missing."""
    value = row.get(name)
    if type(value) is str and len(value) <= most and value.isprintable():
        return value  # nothing to clean: nearly every text of every order
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"{name} is no text")
    return clean(value[: most * 2])[:most]


def texts(row: Row, names: Sequence[str]) -> list[str]:
    """Several short texts, each as `text` reads it. One look finds that all of them are plain, as they mostly are."""
    values: list[Any] = list(map(row.get, names))
    try:
        if "".join(values).isprintable() and max(map(len, values)) <= SHORT:
            return values
    except TypeError:  # one of them is missing or a number
        pass
    return [text(row, name) for name in names]


def uncut(row: Row, name: str, most: int) -> str:
    """The text, or empty when it is longer than `most`: for what must not be cut."""
    found = text(row, name, most + 1).strip()
    return found if len(found) <= most else ""


def needed(row: Row, name: str) -> str:
    """A text that must be there. Raises Unusable."""
    found = text(row, name).strip()
    if not found:
        raise Unusable(f"{name} is missing")
    return found


def amount(row: Row, name: str, currency: str, *, default: str | None = None) -> int:
    """Minor units; `default` stands in where the key is missing or empty."""
    value = row.get(name)
    if value in (None, "") and default is not None:
        value = default
    if type(value) is not str and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise Unusable(_missing(row, name) or f"{name} is no amount")
    written = f"{value:.8f}" if isinstance(value, float) else value
    try:
        return to_minor(written, currency)
    except ValueError:
        raise Unusable(f"{name} is no amount: {clean(str(value)[:40])}") from None


def moment(row: Row, name: str) -> datetime:
    """A moment of a `_gmt` field: UTC, written without a zone. Raises Unusable."""
    found = maybe_moment(row, name)
    if found is None:
        raise Unusable(f"{name} is missing")
    return found


def maybe_moment(row: Row, name: str) -> datetime | None:
    """As `moment`, or None where there is none (null, or WordPress's zero date)."""
    value = row.get(name)
    if type(value) is str and _WRITTEN.fullmatch(value):
        value += "+00:00"  # read with its zone, which is quicker than giving it one
    if value is None or value == "" or str(value).startswith("0000-"):
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unusable(f"{name} is no date: {clean(str(value)[:40])}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def part(row: Row, name: str) -> Row:
    """A nested object; empty when missing. PHP writes an empty object as an empty list."""
    value = row.get(name)
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f"{name} is no object")
    return value


def rows(row: Row, name: str) -> list[Row]:
    """A nested list of objects; empty when missing."""
    value = row.get(name)
    if value is None:
        return []
    if isinstance(value, dict):  # PHP writes a list with gaps as an object
        value = list(value.values())
    if not isinstance(value, list):
        raise Unusable(f"{name} is no list")
    for item in value:
        if type(item) is not dict:
            raise Unusable(f"{name} is no list")
    return value


def clean(value: str) -> str:
    """The text without what no database keeps: NUL, and halves of surrogate pairs."""
    if value.isascii():
        return value.replace("\x00", "")
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _missing(row: Row, name: str) -> str | None:
    return f"{name} is missing" if row.get(name) in (None, "") else None
