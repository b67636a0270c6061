"""What every answer says to the browser about safety and keeping."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from flask.wrappers import Response

from sidecar.web.wired import config

# reference/safety.md C6. Pages bring neither inline script nor inline style; product pictures come from the store.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:{pictures}; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


def content_policy() -> str:
    """The policy of a page. A store on plain http, allowed for tests and the demo, may show its pictures too."""
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, g.get("picture_urls", ()))}
    plain = sorted(origin for origin in origins if origin.startswith("http://"))
    return _POLICY.format(pictures="".join(f" {origin}" for origin in plain))


def allow_pictures(store_url: str) -> None:
    """Lets this page show pictures of a store that is not on https, where the operator allowed such stores."""
    if config().allow_local_stores:
        g.picture_urls = {*g.get("picture_urls", ()), store_url}


def refuse_strangers_forms() -> None:
    """A form may only come from our own pages: browsers say where it came from. Source: reference/safety.md C7."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in ("same-origin", "none") and not _may_come_from_elsewhere():
            abort(403)


def _may_come_from_elsewhere() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "csrf_exempt", False))


def _dress(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
    if config().base_url.startswith("https://"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    elif request.args.get("v") and response.status_code == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def register(app: Flask) -> None:
    """Adds the headers to every answer."""
    app.before_request(refuse_strangers_forms)
    app.after_request(_dress)
