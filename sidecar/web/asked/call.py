"""/a/<token>: one asked-for call, to be looked at, moved and cancelled by whoever has its address."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.calls.requests.finding import find_by_token, stands
from sidecar.calls.requests.request import NOW, CallRequest
from sidecar.calls.requests.times import HALF
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.outreach.letters import wording
from sidecar.outreach.letters.language import choose
from sidecar.recovery.requests import requesting
from sidecar.settings import settings_of
from sidecar.stores.connection import find_store
from sidecar.web.access import public, without_csrf
from sidecar.web.asked import calendar_file
from sidecar.web.asked import form as asked_form
from sidecar.web.asked import words as asked_words
from sidecar.web.asked.page import Asker, ask_page, note, shown, store_key
from sidecar.web.wired import config

bp = Blueprint("asked_call", __name__)

_LATE = timedelta(minutes=30)


@bp.get("/a/<token>")
@public
def look(token: str) -> ResponseReturnValue:
    """What was agreed, and what became of it."""
    asked = find_by_token(token)
    return _page(asked, token) if asked else note(None, "unknown", 404)


@bp.post("/a/<token>")
@public
@without_csrf
def cancel(token: str) -> ResponseReturnValue:
    """Cancels the call."""
    asked = find_by_token(token)
    if asked is None:
        return note(None, "unknown", 404)
    if request.form.get("do") != "cancel":
        abort(400)
    with transaction():
        requesting.cancel(asked, now=clock.now())
    return redirect(f"/a/{token}", 303)


@bp.get("/a/<token>/change")
@public
def choose_time(token: str) -> ResponseReturnValue:
    """The times to choose from instead."""
    asked = find_by_token(token)
    if asked is None:
        return note(None, "unknown", 404)
    if not _may_change(asked):
        return redirect(f"/a/{token}", 303)
    typed = asked_form.Typed(when="words" if asked.at is None else "", wished=asked.wished)
    zone = asked_form.zone_of(request.args.get("zone", ""), asked.zone)
    return ask_page(_asker(asked), typed, zone, moves=asked)


@bp.post("/a/<token>/change")
@public
@without_csrf
def change_time(token: str) -> ResponseReturnValue:
    """Moves the call to another time."""
    asked = find_by_token(token)
    if asked is None:
        return note(None, "unknown", 404)
    asker = _asker(asked)
    typed = asked_form.read(request.form, own="", country="", countries=(), with_number=False)
    zone = asked_form.zone_of(request.form.get("zone", ""), asked.zone)
    if request.form.get("do") == "zone":
        typed.errors = {}
        zone = asked_form.zone_of(request.form.get("zone_named", ""), zone)
        return ask_page(asker, typed, zone, moves=asked)
    if typed.errors:
        return ask_page(asker, typed, zone, status=422, moves=asked)
    return _moved(asked, asker, typed, zone, token)


@bp.get("/a/<token>/call.ics")
@public
def calendar(token: str) -> ResponseReturnValue:
    """The call as a calendar's event."""
    asked = find_by_token(token)
    if asked is None or asked.at is None or _shows(asked) not in ("open", "tried", "late"):
        return note(None, "unknown", 404)
    asker = _asker(asked)
    said = asked_words.words(asker.language)
    name, page = wording.store_name_of(asker.store), f"{config().base_url}/a/{token}"
    number = asker.settings["calls.number"]
    told = [said["from_number"].format(number=number)] if number else []
    text = calendar_file.event(
        uid=f"{asked.reference}.{asked.id}@ringback",
        begin=asked.at,
        end=asked.at + HALF,
        summary=said["event"].format(store=name),
        description="\n".join([*told, f"{said['reference']}: {asked.reference}", page]),
        url=page,
        stamped=asked.changed_at,
    )
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="call-{asked.reference}.ics"'
    return response


def _moved(asked: CallRequest, asker: Asker, typed: asked_form.Typed, zone: str, token: str) -> ResponseReturnValue:
    wanted = requesting.Wanted(
        number=asked.number, zone=zone, language=asked.language, wish=typed.wish, begin=typed.begin,
        wished=typed.wished if typed.wish == "words" else "", about="", note="", email="", order_number="",
        form_key="", agreed=False, words="",
    )  # fmt: skip
    try:
        with transaction():
            requesting.move(asked, wanted, asker.store, settings=asker.settings, now=clock.now())
    except Refused as refused:
        typed.errors["when"], typed.when = f"err_{refused.code}", ""
        return ask_page(asker, typed, zone, status=409 if refused.code == "taken" else 422, moves=asked)
    return redirect(f"/a/{token}", 303)


def _page(asked: CallRequest, token: str) -> Response:
    asker, now = _asker(asked), clock.now()
    return shown(
        "public/asked.html",
        asker,
        asked=asked,
        shows=_shows(asked),
        when=_when(asked, asker),
        zone_name=asked_words.zone_name(asked.zone, now=asked.at or now),
        masked=asked_words.masked(asked.number),
        here=f"/a/{token}",
        again=f"/call/{store_key(asker.store)}" if asker.is_open else "",
    )


def _when(asked: CallRequest, asker: Asker) -> str:
    if asked.at is None:
        return ""
    language, said = asker.language, asked_words.words(asker.language)
    if asked.wish == NOW:
        return said["at_once"].format(time=asked_words.clock_of(asked.at, asked.zone))
    day = asked_words.day_name(asked.at, asked.zone, language, now=clock.now())
    return f"{day}, {asked_words.span(asked.at, asked.zone, language)}"


def _shows(asked: CallRequest) -> str:
    """What the page says. Whose number asked for no calls is told what everybody is: strangers learn nothing."""
    now = clock.now()
    found = "open" if asked.ended_reason == requesting.OPTED_OUT and asked.state == "over" else stands(asked, now=now)
    return "late" if found == "open" and asked.at is not None and asked.at < now - _LATE else found


def _may_change(asked: CallRequest) -> bool:
    return _shows(asked) in ("open", "tried", "late")


def _asker(asked: CallRequest) -> Asker:
    store = find_store(asked.store_id)
    if store is None:
        abort(404)
    subject = f"r{asked.id}"
    return Asker(store, settings_of(store.id), choose(asked.language, store.country), None, subject)
