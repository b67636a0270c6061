"""What came back from a store, whatever it is: status, headers, bytes; and the JSON in it, if there is any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import orjson

NOTHING = object()  # what `parsed` gives for a body that is no JSON


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever it is. Header names are in lower case."""

    asked_url: str  # without the query: that may hold keys
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def date(self) -> datetime | None:
        """The store's own clock, if it says."""
        return http_date(self.headers.get("date", ""))

    @property
    def age_seconds(self) -> int:
        """How long the answer has lain in a cache."""
        age = self.headers.get("age", "0").strip()
        return int(age) if age.isascii() and age.isdigit() else 0


def parsed(body: bytes) -> Any:
    """The JSON, or NOTHING. White space around it is JSON's own; Infinity and NaN are not."""
    try:
        return orjson.loads(body)
    except ValueError:
        return _parsed_slowly(body)


def _parsed_slowly(body: bytes) -> Any:
    """As `parsed`, but halves of surrogate pairs in one hostile name do not spoil the whole page."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return NOTHING


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def error_of(reply: Reply) -> tuple[str, str]:
    """WordPress's code and message, if the body is one of its errors; else two empty texts."""
    found = parsed(reply.body)
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("code", ""))[:100], str(found.get("message", ""))[:300]


def http_date(text: str) -> datetime | None:
    """The moment of an HTTP header such as Date, or None."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
