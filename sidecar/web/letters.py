"""Messages shown to the shop's own people: in a frame in which nothing can happen, with links that do nothing."""

from __future__ import annotations

import re

from flask import Response

from sidecar.outreach.letters.wording import ASK_STAND_IN, PAY_STAND_IN, PREFERENCES_STAND_IN, UNSUBSCRIBE_STAND_IN
from sidecar.web.wired import config

# Hostile text may stand in a message: nothing in the frame may run, load styles, be followed or be sent.
_POLICY = (
    "sandbox; default-src 'none'; img-src https:{local}; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_NIGHT = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
_BOTH = re.compile(r"(color-schemes?(?:\"\s+content=\"|:\s*))light dark")


def harmless(body: str) -> str:
    """The body with the customer's own links replaced by pages of ours that say they are a preview."""
    for stand_in in (PAY_STAND_IN, UNSUBSCRIBE_STAND_IN, PREFERENCES_STAND_IN, ASK_STAND_IN):
        body = body.replace(stand_in, preview_link(stand_in))
    return body


def preview_link(stand_in: str) -> str:
    """Where one of the stand-ins leads when it is not a customer's."""
    return config().base_url + stand_in.removeprefix("https://ringback.invalid")


def framed(html: str, *, look: str = "") -> Response:
    """The HTML part alone, for a sandboxed frame. `look` "light" or "dark" shows it as it is there, wherever it is
    looked at; "" leaves that to the browser."""
    if look:
        html = _NIGHT.sub("@media all" if look == "dark" else "@media not all", html)
        html = _BOTH.sub(rf"\g<1>{look}", html)
    response = Response(harmless(html), mimetype="text/html")
    local = " http:" if config().allow_local_stores else ""
    response.headers["Content-Security-Policy"] = _POLICY.format(local=local)
    return response
