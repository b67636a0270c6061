"""One region, one template, one address: the page includes it, the same view gives it alone to htmx."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse


def is_partial() -> bool:
    """Whether htmx asks for a part of the page. Going back in history asks for all of it."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return False
    return headers.get("HX-Request-Type", "partial") != "full"


def region(page: str, part: str, *, status: int = 200, **context: Any) -> Response:
    """`part` alone for htmx, else `page`, with the same context."""
    response = make_response(render_template(part if is_partial() else page, **context), status)
    response.vary.add("HX-Request")
    return response


def go(url: str) -> AnyResponse:
    """Sends the browser to `url` as a whole page. A plain 302 would put that page into the fragment."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)
