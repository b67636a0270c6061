"""Everything a store can do wrong instead of answering: woocommerce.md 22 and more.

A fault is switched on for a path (or all of the API), for the next N requests or until cleared. Each is either an
answer in place of the real one, a change to the real one, or a broken connection.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from .answers import NO_CACHE, REST_HEADERS

_JSON = "application/json; charset=UTF-8"
_HTML = "text/html; charset=UTF-8"
_BROKEN_PHP = ("Uncaught Error: Call to undefined function undefined_function_boom() in /var/www/store:1\n"
               "Stack trace:\n#0 /var/www/store(324): {closure}()")
_CRITICAL = ('<p>There has been a critical error on this website.</p><p><a href="https://wordpress.org/documentation/'
             'article/faq-troubleshooting/">Learn more about troubleshooting WordPress.</a></p>')
_WARNING = ("<br />\n<b>Warning</b>:  Undefined variable $undefined_thing in <b>/var/www/store</b> on line <b>1</b>"
            "<br />\n")
_CAPTCHA = ('<html><head><meta http-equiv="refresh" content="0;/.well-known/captcha/?r=%2F"></head>'
            "<body>Checking that you are a person</body></html>")
_NGINX = ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
          "</center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n")


@dataclass
class Fault:
    """One fault: which, where, how often still (None: until cleared), and its figures."""

    name: str
    path: str = "/wp-json"
    times: int | None = None
    method: str = ""
    seconds: float = 0.0
    hits: int = 0

    def concerns(self, request: Request) -> bool:
        """Whether this request meets the fault."""
        address = request.full_path
        return (not self.method or self.method == request.method) and (
            request.path.startswith(self.path) or (self.path.startswith("/wp-json") and "rest_route=" in address))


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("Accept", "") or "json" in (request.content_type or "")


def _died(request: Request, code: str, message: str, status: int, **extra: Any) -> Response:
    """WordPress dying: JSON for who asks for JSON, a page for everybody else."""
    if not _wants_json(request):
        page = f"<!DOCTYPE html>\n<html><head><title>WordPress &rsaquo; Error</title></head><body>{message}</body>"
        return Response(page, status, NO_CACHE, content_type=_HTML)
    body = {"code": code, "message": message, "data": {"status": status, **extra}, "additional_errors": []}
    return Response(json.dumps(body), status, NO_CACHE, content_type=_JSON)


def _maintenance(request: Request, _fault: Fault) -> Response:
    response = _died(request, "wp_die", "Briefly unavailable for scheduled maintenance. Check back in a minute.", 503)
    response.headers["Retry-After"] = "600"
    return response


def _fatal(request: Request, _fault: Fault) -> Response:
    return _died(request, "internal_server_error", _CRITICAL, 500, error={"type": 1, "message": _BROKEN_PHP,
                                                                          "file": "/var/www/store", "line": 1})


def _database(request: Request, _fault: Fault) -> Response:
    return _died(request, "wp_die", "<h1>Error establishing a database connection</h1>", 500)


def _rest_disabled(request: Request, _fault: Fault) -> Response:
    body = {"code": "rest_disabled", "message": "REST API disabled by security plugin.", "data": {"status": 403}}
    link = f'<{request.host_url}wp-json/>; rel="https://api.w.org/"'
    return Response(json.dumps(body), 403, {**NO_CACHE, **REST_HEADERS, "Link": link}, content_type=_JSON)


def _rate_limited(_request: Request, fault: Fault) -> Response:
    response = Response("Too Many Requests", 429, content_type="text/plain")
    response.headers["Retry-After"] = str(int(fault.seconds) or 30)
    return response


def _login(request: Request, _fault: Fault) -> Response:
    response = Response("", 302, content_type=_HTML)
    response.headers["Location"] = f"{request.host_url}wp-login.php?redirect_to=%2Fwp-json%2F&reauth=1"
    return response


Replace = Callable[[Request, Fault], Response]
INSTEAD: dict[str, Replace] = {
    "maintenance": _maintenance,
    "fatal": _fatal,
    "database": _database,
    "bad_gateway": lambda _r, _f: Response(_NGINX, 502, content_type="text/html"),
    "rest_disabled": _rest_disabled,
    "captcha": lambda _r, _f: Response(_CAPTCHA, 202, content_type=_HTML),
    "html_200": lambda _r, _f: Response("<html><body>Welcome</body></html>", 200, content_type=_HTML),
    "rate_limited": _rate_limited,
    "login_redirect": _login,
    "wrong_shape": lambda _r, _f: Response('{"orders":[],"message":"moved"}', 200, content_type=_JSON),
    "wrong_items": lambda _r, _f: Response('[17,"pending",null]', 200, content_type=_JSON),
}


def _empty(response: Response, _fault: Fault) -> None:
    response.set_data(b"")


def _bom(response: Response, _fault: Fault) -> None:
    response.set_data(b"\xef\xbb\xbf" + response.get_data())


def _php_warning(response: Response, _fault: Fault) -> None:
    response.set_data(_WARNING.encode() + response.get_data())


def _truncated(response: Response, _fault: Fault) -> None:
    whole = response.get_data()
    response.set_data(whole[:max(1, len(whole) * 2 // 3)])


def _stale(response: Response, fault: Fault) -> None:
    response.headers["Age"] = str(int(fault.seconds) or 600)
    response.headers["Cache-Control"] = "max-age=600"
    response.headers["X-Cache"] = "HIT"


def _no_totals(response: Response, _fault: Fault) -> None:
    response.headers.pop("X-WP-Total", None)
    response.headers.pop("X-WP-TotalPages", None)


Change = Callable[[Response, Fault], None]
AFTER: dict[str, Change] = {
    "empty": _empty, "bom": _bom, "php_warning": _php_warning, "truncated": _truncated, "stale_cache": _stale,
    "no_totals": _no_totals, "slow": lambda _response, fault: time.sleep(fault.seconds),
}
BREAKS = ("drop", "cut")  # no answer at all; an answer that ends in the middle
NAMES = (*INSTEAD, *AFTER, *BREAKS)


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Switches a fault on. Raises ValueError for a name that is none."""
        if fault.name not in NAMES:
            raise ValueError(f"no such fault: {fault.name}; there are {', '.join(NAMES)}")
        with self._lock:
            self._on.append(fault)
        return fault

    def clear(self, name: str = "") -> None:
        """Switches off all faults, or those of one name."""
        with self._lock:
            self._on = [fault for fault in self._on if name and fault.name != name]

    def meet(self, request: Request) -> list[Fault]:
        """The faults this request meets; those counted down to nothing go."""
        with self._lock:
            met = [fault for fault in self._on if fault.concerns(request)]
            for fault in met:
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
            self._on = [fault for fault in self._on if fault.times is None or fault.times > 0]
        return met
