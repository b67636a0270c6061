"""Answers when something cannot be done: in words, with what to do next, as a page or as a notice for htmx."""

from __future__ import annotations

import logging

from flask import Flask, make_response, render_template
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from sidecar.errors import GatewayError, Refused
from sidecar.web.htmx import is_partial
from sidecar.web.request_ids import request_id

log = logging.getLogger(__name__)

_WORDS = {
    400: ("This request cannot be read", "Go back and try again."),
    403: ("This page is not for your account", "Ask the owner of your shop if you need it."),
    404: ("There is nothing here", "Check the address, or start again from the menu."),
    405: ("This cannot be opened that way", "Start again from the menu."),
    413: ("That was too much at once", "Send less text and try again."),
    429: ("Too many tries", "Wait a few minutes, then try again."),
}


def show(status: int, title: str, text: str) -> Response:
    """The error as a page; for htmx as a notice above the page, which stays as it is."""
    if is_partial():
        response = make_response(render_template("errors/_notice.html", title=title, text=text), status)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return make_response(render_template("errors/page.html", title=title, text=text), status)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    title, text = _WORDS.get(error.code, ("This did not work", "Go back and try again."))
    response = show(error.code, title, text)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _old_form(error: CSRFError) -> Response:
    return show(400, "This form has grown old", "Open the page again, then repeat what you did.")


def _refused(error: Refused) -> Response:
    return show(409, "This cannot be done now", error.reason)


def _vendor(error: GatewayError) -> Response:
    return show(502, "The other side did not answer properly", error.reason)


def _unexpected(error: Exception) -> Response:
    log.error("a page failed", exc_info=error)
    try:
        return show(500, "This did not work", f"It is in the log as {request_id()}. Try again in a minute.")
    except Exception:  # even the error page may fail, when the database is gone
        log.exception("the error page failed")
        return make_response(f"This did not work. It is in the log as {request_id()}. Try again in a minute.\n", 500)


def register(app: Flask) -> None:
    """Catches everything; nothing of the inside reaches the browser."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _old_form)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(GatewayError, _vendor)
    app.register_error_handler(Exception, _unexpected)
