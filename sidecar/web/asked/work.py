"""/asked: the asked-for calls that no cart stands behind; and what a card says of one that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select

from sidecar import clock
from sidecar.calls.requests.finding import open_request_of, to_work
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.contacts.local_time import day_and_time, place
from sidecar.contacts.phone import known
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.recovery.requests import request_calls
from sidecar.stores.connection import Store
from sidecar.web.access import allow, current_user
from sidecar.web.asked import words as asked_words
from sidecar.web.asked.page import store_key
from sidecar.web.wired import config, gateways

bp = Blueprint("asked_work", __name__)

ABOUT = {
    "checkout": "Checkout or payment",
    "delivery": "Delivery or returns",
    "product": "A question about a product",
    "price": "Price",
    "other": "Something else",
}
OUTCOMES = {
    "reached": "Reached",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
    "do_not_call": "Do not call again",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One asked-for call on the page. `withheld` says why it cannot be rung now; "" when it can."""

    asked: CallRequest
    when: str
    there: str
    withheld: str
    mine: bool
    number: str


@bp.get("/asked")
@allow("owner", "manager", "rep")
def page() -> ResponseReturnValue:
    """Who asked for a call, when, and about what."""
    return _page()


@bp.post("/asked/<int:request_id>")
@allow("owner", "manager", "rep")
def work(request_id: int) -> ResponseReturnValue:
    """Takes one to ring it, says what came of it, or sets its time."""
    user, vault, now, form = current_user(), gateways().vault, clock.now(), request.form
    try:
        with transaction():
            if form.get("do") == "take":
                request_calls.take(request_id, user, vault=vault, now=now)
            elif form.get("do") == "time":
                asked = request_calls.set_time(request_id, form.get("at", ""), user, vault=vault, now=now)
                flash("The time is set. It comes first in the queue then." if asked.task_id else "The time is set.")
            else:
                flash(request_calls.finish(request_id, user, form.get("outcome", ""), vault=vault, now=now))
    except Refused as refused:
        return _page(refused.reason, request_id), 422
    return redirect("/asked", 303)


@bp.app_template_global()
def asked_for(task: CallTask) -> dict[str, Any] | None:
    """What the customer said when they asked for this very call, for its card; None when nobody asked on the page."""
    found = open_request_of(task.id) if task.asked_number else None
    if found is None:
        return None
    return {"about": ABOUT.get(found.about, ""), "note": found.note, "when": _when(found), "number": found.number,
            "is_other": found.number != task.cart.phone_e164, "reference": found.reference}  # fmt: skip


@bp.app_template_global()
def asked_waiting() -> int:
    """How many asked-for calls wait on their own page."""
    query = select(func.count()).where(
        CallRequest.state == "open", or_(CallRequest.task_id.is_(None), CallRequest.at.is_(None))
    )
    return session().scalar(query) or 0


@bp.app_template_global()
def ask_link(store: Store) -> str:
    """The address of a store's page for calls, for its own pages."""
    return f"{config().base_url}/call/{store_key(store)}"


def _page(obstacle: str = "", at: int = 0) -> str:
    now, user = clock.now(), current_user()
    lines = [_line(asked, user.id) for asked in to_work(now=now)]
    return render_template(
        "asked/page.html", lines=lines, about=ABOUT, outcomes=OUTCOMES, obstacle=obstacle, obstacle_at=at
    )


def _line(asked: CallRequest, user_id: int) -> Line:
    now, zone = clock.now(), request_calls.zone_of(asked)
    mine = asked.taken_by_id == user_id and asked.taken_until is not None and asked.taken_until > now
    number = known(asked.number)
    return Line(
        asked=asked,
        when=_when(asked),
        there=f"{now.astimezone(ZoneInfo(zone)):%H:%M} in {place(zone)}" if place(zone) else "",
        withheld="" if mine else request_calls.withheld(asked, vault=gateways().vault, now=now),
        mine=mine,
        number=(number.national if number else asked.number) if mine else asked_words.masked(asked.number),
    )


def _when(asked: CallRequest) -> str:
    now, zone = clock.now(), request_calls.zone_of(asked)
    if asked.at is None:
        return f"“{asked.wished}”"
    if asked.wish == "now":
        return f"As soon as possible, asked {day_and_time(asked.at, zone, now=now)}"
    said = day_and_time(asked.at, zone, now=now).removeprefix("at ").removeprefix("on ")
    where = place(zone)
    return f"{said[:1].upper()}{said[1:]}{f', {where} time' if where else ''}"
