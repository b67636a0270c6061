"""/p/<token>: what a customer gets. A GET changes nothing; a POST needs no cookie, no sign-in and no script."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.db import transaction
from sidecar.outreach.letters.language import choose
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.recovery.answers import preferring
from sidecar.web import customers
from sidecar.web.access import public, without_csrf
from sidecar.web.wired import gateways

bp = Blueprint("preferences", __name__)

_TEMPLATE = "public/preferences.html"


@bp.get("/p/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """What they get now, and everything that can be chosen."""
    message = links.find_by_token(token)
    if message is None:
        return customers.no_such_link(_TEMPLATE, "choices", token)
    return _page(message, "ask")


@bp.post("/p/<token>")
@public
@without_csrf
def answer(token: str) -> ResponseReturnValue:
    """One choice, in force at once; the page that follows takes it back with one press."""
    message = links.find_by_token(token)
    if message is None:
        return customers.no_such_link(_TEMPLATE, "choices", token)
    wish, vault, now = request.form.get("wish", ""), gateways().vault, clock.now()
    wanted = [channel for channel in preferring.CHANNELS if channel in request.form.getlist("channel")]
    with transaction():
        if wish == "alone":
            return _page(message, "alone", preferring.leave_alone(message, vault=vault, now=now).on)
        if wish == "cart":
            preferring.leave_cart(message, now=now)
            return _page(message, "cart")
        if wish == "cart_back":
            preferring.take_cart_back(message, now=now)
            return _page(message, "undone")
        if wish not in ("save", "undo"):
            abort(400)
        before = preferring.choose(message, wanted, vault=vault, now=now).on
    return _page(message, "undone" if wish == "undo" else "saved", before)


def _page(message: Message, shows: str, before: Collection[str] = ()) -> str:
    """`before`: the channels that were on, for taking back what was just done."""
    wishes = preferring.wishes_of(message, vault=gateways().vault)
    said: Any = choose(message.language, None).words["choices"]
    return customers.page(
        _TEMPLATE,
        "choices",
        message,
        shows=shows,
        wishes=wishes,
        channels=preferring.CHANNELS,
        before=[channel for channel in preferring.CHANNELS if channel in before],
        getting=", ".join(said[channel] for channel in preferring.CHANNELS if channel in wishes.on),
        number=message.cart.number,
    )
