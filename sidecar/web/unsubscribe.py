"""/u/<token>: stop these emails. A GET changes nothing, a POST needs no cookie, no sign-in and no script (RFC 8058)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.db import transaction
from sidecar.outreach import wording
from sidecar.outreach.language import choose, languages
from sidecar.outreach.message import Message
from sidecar.recovery import opting_out
from sidecar.settings import settings_of
from sidecar.stores.connection import Store, find_store
from sidecar.web.access import public, without_csrf
from sidecar.web.filters import masked_email
from sidecar.web.wired import gateways

bp = Blueprint("unsubscribe", __name__)

PREVIEW = "preview"


@bp.get("/u/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Asks; mail scanners that follow links change nothing."""
    message = opting_out.find_by_token(token)
    if message is None:
        return _no_such_link(token)
    has_stopped = opting_out.has_stopped(message, vault=gateways().vault)
    return _page(message, "stopped" if has_stopped else "ask")


@bp.post("/u/<token>")
@public
@without_csrf
def answer(token: str) -> ResponseReturnValue:
    """Stops at once, by the page's button or a mail program's one click; with `undo`, takes it back."""
    message = opting_out.find_by_token(token)
    if message is None:
        return _no_such_link(token)
    vault, now = gateways().vault, clock.now()
    with transaction():
        if request.form.get("undo"):
            opting_out.take_back(message, vault=vault, now=now)
        else:
            opting_out.stop_emails(message, vault=vault, now=now)
    if not request.form.get("undo"):
        return _page(message, "stopped")
    return _page(message, "stopped" if opting_out.has_stopped(message, vault=vault) else "undone")


def _page(message: Message, shows: str) -> str:
    store = find_store(message.store_id)
    return render_template(
        "public/unsubscribe.html",
        shows=shows,
        said=_said(message.language),
        language=choose(message.language, None).code,
        address=masked_email(message.to).replace("…", "…\u2060"),  # no line break inside it
        **_shop(store),
    )


def _no_such_link(token: str) -> ResponseReturnValue:
    shows = PREVIEW if token == PREVIEW else "unknown"
    page = render_template(
        "public/unsubscribe.html", shows=shows, said=_said("en"), language="en", address="", **_shop(None)
    )
    return page, 200 if token == PREVIEW else 404


def _said(code: str) -> Any:
    return languages()[choose(code, None).code].words["unsubscribe"]


def _shop(store: Store | None) -> dict[str, str]:
    if store is None:
        return {"store_name": "", "postal_address": ""}
    return {
        "store_name": wording.store_name_of(store),
        "postal_address": wording.postal_address_of(store, settings_of(store.id)),
    }
