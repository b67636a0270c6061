"""/u/<token>: stop these emails. A GET changes nothing, a POST needs no cookie, no sign-in and no script (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.db import transaction
from sidecar.outreach.letters.language import choose
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.recovery.answers import opting_out
from sidecar.web import customers
from sidecar.web.access import public, without_csrf
from sidecar.web.wired import gateways

bp = Blueprint("unsubscribe", __name__)


@bp.get("/u/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Asks; mail scanners that follow links change nothing."""
    message = links.find_by_token(token)
    if message is None:
        return customers.no_such_link("public/unsubscribe.html", "unsubscribe", token)
    has_stopped = opting_out.has_stopped(message, vault=gateways().vault)
    return _page(message, "stopped" if has_stopped else "ask", token)


@bp.post("/u/<token>")
@public
@without_csrf
def answer(token: str) -> ResponseReturnValue:
    """Stops at once, by the page's button or a mail program's one click; with `undo`, takes it back."""
    message = links.find_by_token(token)
    if message is None:
        return customers.no_such_link("public/unsubscribe.html", "unsubscribe", token)
    vault, now = gateways().vault, clock.now()
    with transaction():
        if request.form.get("undo"):
            opting_out.take_back(message, vault=vault, now=now)
        else:
            opting_out.stop_emails(message, vault=vault, now=now)
    if not request.form.get("undo"):
        return _page(message, "stopped", token)
    return _page(message, "stopped" if opting_out.has_stopped(message, vault=vault) else "undone", token)


def _page(message: Message, shows: str, token: str) -> str:
    more = choose(message.language, None).words["choices"]["more"]
    return customers.page("public/unsubscribe.html", "unsubscribe", message, shows=shows, token=token, more=more)
