"""The pages for calls, as a visitor without script uses them."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.web.conftest import Visitor


def times(page: str) -> list[str]:
    """The half-hours that a page offers."""
    return re.findall(r'name="when" value="(\d{4}-[^"]+)"', page)


def fields(page: str) -> dict[str, str]:
    """What the form sends by itself."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def send(visitor: Visitor, url: str, **typed: Any) -> TestResponse:
    """The answer to the form at this address, filled in; the first half-hour unless another is named."""
    headers = typed.pop("headers", {})
    page = visitor.get(url).text
    return visitor.post(url, data=fields(page) | {"when": (times(page) or [""])[0]} | typed, headers=headers)


def came_from(place: int) -> dict[str, str]:
    """The header of a request from one of many places, as our own proxy writes it."""
    return {"X-Forwarded-For": f"203.0.113.{place}"}
