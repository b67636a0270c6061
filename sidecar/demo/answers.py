"""Answers of the REST API: the headers WordPress sends, and its errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from .shapes import Json

NOTHING = "-"  # an `allow` that sends no Allow header at all


@dataclass
class Answer:
    """An answer before it becomes bytes. `allow` is what the route lets this key do."""

    body: Any
    status: int = 200
    allow: str = ""
    link: str = ""  # the paging link; without it WordPress sends the link to the API's root
    total: int | None = None
    pages: int | None = None
    location: str = ""


class RestError(Exception):
    """Ends a request with a WordPress error."""

    def __init__(self, code: str, message: str, status: int, *, allow: str = "", **data: Any) -> None:
        super().__init__(message)
        self.answer = Answer({"code": code, "message": message, "data": {"status": status, **data}}, status, allow)


def invalid(problems: dict[str, Json]) -> RestError:
    """A 400 for parameters that do not fit: name -> {code, message, data}."""
    params = {name: problem["message"] for name, problem in problems.items()}
    return RestError("rest_invalid_param", f"Invalid parameter(s): {', '.join(problems)}", 400,
                     params=params, details=problems)


def problem(code: str, message: str, data: Any = None) -> Json:
    """One entry for `invalid`."""
    return {"code": code, "message": message, "data": data}


def listed(names: tuple[str, ...]) -> str:
    """Names as WordPress lists them: "a, b, and c"."""
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def no_route() -> RestError:
    """A 404 for an address that is no route."""
    return RestError("rest_no_route", "No route was found matching the URL and request method.", 404)


NO_CACHE = {"Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
            "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private"}
REST_HEADERS = {
    "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
}


def to_response(answer: Answer, root: str, *, signed_in: bool, head: bool = False) -> Response:
    """The answer as WordPress sends it."""
    body = b"" if head else json.dumps(answer.body, separators=(",", ":")).encode()
    response = Response(body, answer.status, content_type="application/json; charset=UTF-8")
    headers = response.headers
    headers.update(REST_HEADERS)
    headers["Link"] = answer.link or f'<{root}>; rel="https://api.w.org/"'
    if answer.total is not None:
        headers["X-WP-Total"] = str(answer.total)
        headers["X-WP-TotalPages"] = str(answer.pages)
    if answer.location:
        headers["Location"] = answer.location
    if answer.allow not in ("", NOTHING):
        headers["Allow"] = answer.allow
    if signed_in:
        headers.update(NO_CACHE)
    else:
        headers["Vary"] = "Origin"
    return response
