"""/b/<token> and /call: customers ask to be called. A GET changes nothing; a POST needs no cookie and no script.

/b is the link in somebody's own message, /call the plain link on the store's pages. Source: reference/ux.md C5.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.calls.requests.finding import token_of
from sidecar.calls.requests.limits import DAY, HOUR, PER_DAY, PER_HOUR, Limit
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.outreach.visits import links
from sidecar.recovery.requests import requesting
from sidecar.web.access import public, without_csrf
from sidecar.web.asked import form as asked_form
from sidecar.web.asked import words as asked_words
from sidecar.web.asked.page import Asker, ask_page, asker_at, asker_of, came_from, note
from sidecar.web.wired import gateways

bp = Blueprint("asked", __name__)

PREVIEW = "preview"
_AT_FIELD = {"taken": "when", "too_soon": "when", "closed": "when", "not_now": "when"}


@bp.get("/b/<token>")
@public
def from_message(token: str) -> ResponseReturnValue:
    """The page behind the link in a message."""
    asker = _asker_of(token)
    return _ask(asker) if asker else _nobodys(token)


@bp.post("/b/<token>")
@public
@without_csrf
def answer_message(token: str) -> ResponseReturnValue:
    """Asks for the call, or says what is missing."""
    asker = _asker_of(token)
    return _answer(asker) if asker else _nobodys(token)


@bp.get("/call", defaults={"key": ""})
@bp.get("/call/<key>")
@public
def from_store(key: str) -> ResponseReturnValue:
    """The page behind a plain link on the store's own pages."""
    asker = asker_at(key)
    return _ask(asker) if asker else note(None, "unknown", 404)


@bp.post("/call", defaults={"key": ""})
@bp.post("/call/<key>")
@public
@without_csrf
def answer_store(key: str) -> ResponseReturnValue:
    """Asks for the call, or says what is missing."""
    asker = asker_at(key)
    return _answer(asker) if asker else note(None, "unknown", 404)


def _asker_of(token: str) -> Asker | None:
    message = links.find_by_token(token)
    return asker_of(message) if message else None


def _nobodys(token: str) -> ResponseReturnValue:
    return note(None, "preview", 200) if token == PREVIEW else note(None, "unknown", 404)


def _ask(asker: Asker) -> ResponseReturnValue:
    if not asker.is_open:
        return note(asker, "closed", 503)
    zone = asked_form.zone_of(request.args.get("zone", ""), asker.zone)
    return ask_page(asker, asked_form.Typed(), zone)


def _answer(asker: Asker) -> ResponseReturnValue:
    if not asker.is_open:
        return note(asker, "closed", 503)
    form, vault, now = request.form, gateways().vault, clock.now()
    if form.get(asked_form.TRAP):  # nobody sees this field
        return note(asker, "slow", 429)
    typed = asked_form.read(
        form, own=asker.own, country=asker.country, countries=asker.countries, with_number=True
    )
    zone = asked_form.zone_of(form.get("zone", ""), asker.zone)
    if form.get("do") == "zone":
        typed.errors = {}
        return ask_page(asker, typed, asked_form.zone_of(form.get("zone_named", ""), zone))
    key = asked_form.key_of(form.get("form", ""), asker.subject, vault, now=now)
    if not key and not typed.errors:
        typed.errors["when"] = "err_old"
    if typed.errors:
        return ask_page(asker, typed, zone, status=422)
    return _request(asker, typed, zone, key)


def _request(asker: Asker, typed: asked_form.Typed, zone: str, key: str) -> ResponseReturnValue:
    try:
        with transaction():
            requesting.request_call(
                asker.store, _wanted(asker, typed, zone, key), asker.message,
                counted=_limits(asker, typed.e164), settings=asker.settings, vault=gateways().vault, now=clock.now(),
            )  # fmt: skip
    except Refused as refused:
        return _refused(asker, typed, zone, refused)
    return redirect(f"/a/{token_of(key, gateways().vault)}", 303)


def _refused(asker: Asker, typed: asked_form.Typed, zone: str, refused: Refused) -> ResponseReturnValue:
    """What was typed stays, except a time that is gone."""
    if refused.code == "too_many":
        return note(asker, "slow", 429)
    if refused.code == "listed":
        return note(asker, "listed", 403)
    if refused.code == requesting.OPTED_OUT:
        typed.errors["agreed"] = "err_opted_out"
        return ask_page(asker, typed, zone, status=422, asks_no=True)
    typed.errors["when"] = f"err_{refused.code}"
    typed.when = ""
    return ask_page(asker, typed, zone, status=409 if refused.code == "taken" else 422)


def _wanted(asker: Asker, typed: asked_form.Typed, zone: str, key: str) -> requesting.Wanted:
    said, store = asked_words.words(asker.language), asker.store.name or asker.store.url
    words = [said["consent"].format(store=store), f"[{said['button']}]"]
    if typed.agreed:
        words.insert(0, said["agreed"])
    return requesting.Wanted(
        number=typed.e164, zone=zone, language=asker.language.code, wish=typed.wish, begin=typed.begin,
        wished=typed.wished if typed.wish == "words" else "", about=typed.about, note=typed.note, email=typed.email,
        order_number=typed.order_number, form_key=key, agreed=typed.agreed, words=" ".join(words),
    )  # fmt: skip


def _limits(asker: Asker, number: str) -> list[Limit]:
    """By link, place and number; only fingerprints are kept."""
    vault = gateways().vault
    found = [Limit(vault.fingerprint("asks from", came_from()), PER_HOUR, HOUR),
             Limit(vault.fingerprint("asks for", number), PER_DAY, DAY)]  # fmt: skip
    if asker.message is not None:
        found.append(Limit(vault.fingerprint("asks by", str(asker.message.id)), PER_HOUR, HOUR))
    return found
