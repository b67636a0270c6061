"""Every request has an id: on its log lines, in the answer's headers, and on the page when something went wrong."""

from __future__ import annotations

from flask import Flask, g
from werkzeug.wrappers import Response

from sidecar import logs

HEADER = "X-Request-ID"


def register(app: Flask) -> None:
    """Gives requests their ids, before anything else looks at them."""
    app.before_request(_begin)
    app.after_request(_name)
    app.teardown_request(_end)


def request_id() -> str:
    """The id of this request; "" where there is none yet."""
    found: str = g.get("request_id", "")
    return found


def _begin() -> None:
    g.request_id = logs.new_request_id()
    logs.bind(request_id=request_id())


def _name(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response


def _end(_error: BaseException | None) -> None:
    logs.unbind()
