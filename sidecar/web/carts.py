"""The list of carts, and one cart with why, why not, and its whole story."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import audit, clock
from sidecar.carts import queries
from sidecar.carts.cart import Cart
from sidecar.carts.quarantine import release_quarantine
from sidecar.carts.queries import CartFilter
from sidecar.carts.story import Told
from sidecar.contacts import proof
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.outreach.replies import replied
from sidecar.recovery.calls import wishes
from sidecar.recovery.decisions.upcoming import upcoming
from sidecar.recovery.orders import settling
from sidecar.routing.queries import why
from sidecar.web import words
from sidecar.web.access import allow, current_user
from sidecar.web.filters import day
from sidecar.web.htmx import region
from sidecar.web.shell import current_store, store_zone
from sidecar.web.wired import gateways

bp = Blueprint("carts", __name__)

ROUTE_TABS = (("", "All"), *((route, mark.word) for route, mark in words.ROUTES.items()))
RANGES = {"": "Any time", "1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}


@bp.get("/carts")
@allow("owner", "manager", "rep", "viewer")
def listing() -> ResponseReturnValue:
    """Every cart, the last left first, narrowed by route, state, time and search."""
    now = clock.now()
    chosen = _chosen()
    page = queries.list_carts(_wanted(chosen, now), after=request.args.get("after"))
    steps = upcoming([row.id for row in page.rows])
    zone, store = store_zone(), current_store()
    is_live = store is not None and store.is_live
    rows = [
        {
            "cart": row,
            "mark": words.mark_of(row.state, row.route, row.reason_code),
            "next": words.next_words(steps.get(row.id, []), row.state, zone, is_live=is_live, now=now),
        }
        for row in page.rows
    ]
    return region(
        "carts/page.html",
        "carts/_list.html",
        rows=rows,
        chosen=chosen,
        tabs=[(word, _address(chosen, route=route), route == chosen["route"]) for route, word in ROUTE_TABS],
        states=[("", "Any state"), *((state, mark.word) for state, mark in words.STATES.items())],
        ranges=list(RANGES.items()),
        is_filtered=any(chosen.values()),
        unread=replied.unread(store.id) if store is not None else [],
        first=_address(chosen) if request.args.get("after") else None,
        following=_address(chosen, after=page.next) if page.next else None,
        zone=zone,
    )


@bp.get("/carts/<int:cart_id>")
@allow("owner", "manager", "rep", "viewer")
def one(cart_id: int) -> ResponseReturnValue:
    """One cart: why it is where it is, everything that happened, what is in it, and who the person is."""
    page = queries.get_cart_page(cart_id)
    if page is None:
        abort(404)
    zone = store_zone()
    steps = upcoming([cart_id]).get(cart_id, [])
    found = why(cart_id)
    rules = found.rules if found else []
    return render_template(
        "carts/cart.html",
        page=page,
        cart=page.cart,
        mark=words.mark_of(page.cart.state, page.cart.route, page.cart.reason_code),
        to_come=steps,
        days=_by_day(page.story),
        call_rules=[rule for rule in rules if not rule.rule.startswith("mail.")],
        mail_rules=[rule for rule in rules if rule.rule.startswith("mail.")],
        replies=replied.replies_of(cart_id) if current_user().role != "viewer" else [],
        proofs=proof.proofs_of(page.cart.contact_id),
        sees_addresses=current_user().role in ("owner", "manager"),
        kept=wishes.find_kept(cart_id) if current_user().role == "owner" else None,
        may_act=current_user().role in ("owner", "manager"),
        other_marks=[words.mark_of(other.state, other.route, other.reason_code) for other in page.other_carts],
        zone=zone,
    )


@bp.post("/carts/<int:cart_id>/release")
@allow("owner", "manager")
def release(cart_id: int) -> ResponseReturnValue:
    """Lets a cart go that was held back as a bot's; it is decided anew."""
    now = clock.now()
    with transaction():
        release_quarantine(cart_id, current_user().first_name, now)
        audit.record(current_user().email, "cart.release", _cart(cart_id).number, now=now)
    flash("Released. It is decided anew within a minute.")
    return redirect(f"/carts/{cart_id}", 303)


@bp.post("/carts/<int:cart_id>/leave")
@allow("owner", "manager")
def leave(cart_id: int) -> ResponseReturnValue:
    """Closes a cart for good: nobody calls or writes about it."""
    now, user = clock.now(), current_user()
    with transaction():
        cart = _cart(cart_id)
        why = f"{user.first_name} decided to leave this cart alone."
        if not settling.settle_cart(cart, "closed", "left_alone", why, now=now):
            raise Refused("This cart has ended already.", code="ended")
        audit.record(user.email, "cart.leave", cart.number, now=now)
    flash("Left alone. Nobody calls or writes about this cart.")
    return redirect(f"/carts/{cart_id}", 303)


@bp.post("/carts/<int:cart_id>/call-again")
@allow("owner")
def lift(cart_id: int) -> ResponseReturnValue:
    """Takes back for good what was said on the phone: the person may be called again."""
    with transaction():
        wishes.lift(cart_id, current_user(), vault=gateways().vault, now=clock.now())
    flash("Taken back. The person’s carts are decided anew within a minute.")
    return redirect(f"/carts/{cart_id}", 303)


def _cart(cart_id: int) -> Cart:
    cart = queries.find_cart(cart_id)
    if cart is None:
        abort(404)
    return cart


def _by_day(story: list[Told]) -> list[tuple[str, list[dict[str, Any]]]]:
    zone = store_zone()
    return [
        (
            heading,
            [
                {"at": one.at, "mark": words.event_mark(one.kind), "says": words.told(one.kind, one.text)}
                for one in happened
            ],
        )
        for heading, happened in groupby(story, key=lambda one: day(one.at, zone))
    ]


def _chosen() -> dict[str, str]:
    """What the address asks for; what is not on offer counts as not asked."""
    asked = request.args
    route, state, left = asked.get("route", ""), asked.get("state", ""), asked.get("left", "")
    return {
        "q": asked.get("q", "").strip()[:100],
        "route": route if route in words.ROUTES else "",
        "state": state if state in words.STATES else "",
        "left": left if left in RANGES else "",
    }


def _wanted(chosen: dict[str, str], now: datetime) -> CartFilter:
    return CartFilter(
        state=chosen["state"] or None,
        route=chosen["route"] or None,
        search=chosen["q"],
        left_since=now - timedelta(days=int(chosen["left"])) if chosen["left"] else None,
    )


def _address(chosen: dict[str, str], **changes: str | None) -> str:
    asked = {name: value for name, value in {**chosen, **changes}.items() if value}
    return f"/carts?{urlencode(asked)}" if asked else "/carts"
