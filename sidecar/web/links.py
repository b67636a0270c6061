"""/c/<token>: back to the order. Where it leads is decided at the moment of the click, from what is stored for this
cart alone; nothing in the request has a part in the address. Source: reference/safety.md C14 to C16."""

from __future__ import annotations

import logging
import re
import threading
import time
from datetime import datetime
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from sidecar import clock
from sidecar.carts.pay_link import THANKS, WAITS, Way
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.letters import wording
from sidecar.outreach.letters.language import choose, languages
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.outreach.visits.visiting import AT_ONCE, PERSON, Visit, is_at_once, visitor
from sidecar.ports import Gateways
from sidecar.recovery.answers import following
from sidecar.recovery.orders.rereading import reread
from sidecar.settings import settings_of
from sidecar.stores.connection import Store, find_store
from sidecar.web.access import public
from sidecar.web.openings import Openings
from sidecar.web.wired import gateways

bp = Blueprint("links", __name__)
log = logging.getLogger(__name__)

PREVIEW = "preview"
READ_SECONDS = 2.0  # as long as a customer waits for the store before we go by what we know
_READ_AGAIN_AFTER = 5.0
_PER_LINK = 30  # openings of one link in a minute
_UNKNOWN_PER_PLACE = 20  # tries at links that are none, from one place in a minute
_OURS = re.compile(r"/([bcup])/([0-9a-f]{32})")
_PAGES = {THANKS: "thanks", WAITS: "waits", following.NOWHERE: "run_out"}
# By these, browsers and mail programs say that they only look ahead.
_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")

_reading = threading.BoundedSemaphore(4)  # clicks that wait for a store must not take all threads


@bp.before_app_request
def keep_in_mind() -> None:
    """Notes which of the customers' links are opened. Several at once: a program opened them, the first one too."""
    found = _OURS.fullmatch(request.path)
    if found is None or request.method not in ("GET", "HEAD"):
        return
    opening = _openings().note(found[1], found[2], _place())
    same, others = _openings().beside(opening, within=AT_ONCE.total_seconds())
    g.opening, g.other_links, g.other_messages = opening, len(same), len({one.token for one in others})
    if is_at_once(g.other_links, g.other_messages):
        others = others if is_at_once(0, g.other_messages) else []
        for token in {one.token for one in (*same, *others) if one.kind == links.PAY}:
            _take_back(token)


@bp.get("/c/<token>")
@public
def follow(token: str) -> ResponseReturnValue:
    """Leads to where this order can be paid now, or says what became of it."""
    message = links.find_by_token(token)
    if message is None:
        return _no_such_link(token)
    if _openings().count(token=token, kind=links.PAY) > _PER_LINK:
        return _page("slow", 429, message)
    by = visitor(_visit(message))
    if by == PERSON and not _openings().is_repeated(g.opening, within=_READ_AGAIN_AFTER):
        _read_anew(message)
    now = clock.now()
    way = following.where_to(message, now=now)
    _note(message, way, by, now)
    if way.kind in _PAGES:
        return _page(_PAGES[way.kind], 410 if way.kind == following.NOWHERE else 200, message, way.url)
    return _led_to(way)


def _visit(message: Message) -> Visit:
    headers = request.headers
    # One whose sending ended in doubt has arrived if somebody opens it.
    left_at = message.sent_at or (message.data_started_at if message.state != "sending" else None)
    return Visit(
        method=request.method,
        user_agent=headers.get("User-Agent", ""),
        since_sent=clock.now() - left_at if left_at else None,
        looks_ahead="".join(headers.get(name, "") for name in _AHEAD),
        destination=headers.get("Sec-Fetch-Dest", ""),
        other_links=g.other_links,
        other_messages=g.other_messages,
    )


def _read_anew(message: Message) -> None:
    """Reads the order in the store, taking in what it says. Waits no longer than READ_SECONDS: what comes later is
    taken in all the same, and the customer goes by what we know."""
    if not _reading.acquire(blocking=False):
        return
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    wanted = (app, gateways(), message.store_id, message.cart.order_id)
    rest()
    thread = threading.Thread(target=_read, args=wanted, daemon=True, name="reading for a click")
    thread.start()
    thread.join(READ_SECONDS)


def _read(app: Flask, outside: Gateways, store_id: int, order_id: int) -> None:
    try:
        with app.app_context():
            reread(store_id, [order_id], gateways=outside, clock=clock.now)
    except GatewayError as error:
        log.info("order %s was not read for a click: %s", order_id, error.reason)
    except Exception:
        log.exception("order %s could not be read for a click", order_id)
    finally:
        _reading.release()


def _note(message: Message, way: Way, by: str, now: datetime) -> None:
    """A click that cannot be written down is worth less than the customer's way to pay."""
    message_id = message.id
    try:
        with transaction():
            following.note(session().get_one(Message, message_id), way, by, now=now)
    except SQLAlchemyError:
        log.exception("the click on message %s was not kept", message_id)


def _take_back(token: str) -> None:
    now = clock.now()
    with transaction():
        message = links.find_by_token(token)
        if message is not None:
            following.take_back(message, since=now - 2 * AT_ONCE, now=now)


def _led_to(way: Way) -> Response:
    response = Response("", 302)
    response.headers["Location"] = way.url
    return _unlisted(response)


def _no_such_link(token: str) -> ResponseReturnValue:
    if token == PREVIEW:
        return _page("preview", 200)
    _openings().note("?", "", _place())
    return _page("slow", 429) if _openings().count(place=_place(), kind="?") > _UNKNOWN_PER_PLACE else _page("unknown")


def _page(shows: str, status: int = 404, message: Message | None = None, store_url: str = "") -> Response:
    store = find_store(message.store_id) if message else None
    language = choose(message.language if message else "", None).code
    page = render_template(
        "public/link.html",
        shows=shows,
        said=languages()[language].words["pay_link"],
        language=language,
        store_url=store_url,
        **_shop(store),
    )
    response = make_response(page, status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    return _unlisted(response)


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address has the token in it
    return response


def _shop(store: Store | None) -> dict[str, str]:
    if store is None:
        return {"store_name": "", "postal_address": ""}
    address = wording.postal_address_of(store, settings_of(store.id))
    return {"store_name": wording.store_name_of(store), "postal_address": address}


def _place() -> str:
    """Stands for where the request comes from, behind a proxy too; kept in memory for a minute, and nowhere else."""
    return f"{request.remote_addr} {request.headers.get('X-Forwarded-For', '')}"


def _openings() -> Openings:
    return cast(Openings, current_app.extensions.setdefault("ringback.openings", Openings(time.monotonic)))
