"""The wording of every message: looked at, written, judged, tried on oneself, and brought back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.db import transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.letters import edited, preview
from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.sources import KINDS, kinds_in_use, source_of
from sidecar.outreach.letters.tokens import TOKENS
from sidecar.recovery.delivery import trying_out
from sidecar.settings import settings_of
from sidecar.web import settings as settings_pages
from sidecar.web.access import allow, current_user
from sidecar.web.editing import VIEWS, Desk, Words, number_in, open_desk, typed_words
from sidecar.web.htmx import region
from sidecar.web.letters import framed, harmless
from sidecar.web.shell import current_store, store_zone
from sidecar.web.wired import config, gateways, is_demo

bp = Blueprint("messages", __name__)

WHEN = {
    "reminder-1": "Soon after the customer left, where nobody calls",
    "reminder-2": "If nothing has happened since",
    "reminder-3": "The last word about this cart",
    "personal": "High value, no phone number: signed by a rep",
    "voicemail": "When a rep has left a voicemail",
    "tried": "When the last call went unanswered too",
    "missed": "When a call that they asked for went unanswered three times",
    "wrong-number": "When somebody else has their number",
    "language": "When nobody here speaks their language on the phone",
    "pay-link": "While a rep is on the phone",
}
_DEMO = "This is the demo, where nothing leaves this computer. So no test is sent either."
_NO_SERVER = "Tests can be sent once SIDECAR_SMTP_URL names your mail server."


@bp.get("/messages")
@allow("owner", "manager", "viewer")
def listing() -> ResponseReturnValue:
    """Every kind of message in every language: whose words they are, and what the lint says of them."""
    store = current_store()
    rows: list[dict[str, Any]] = []
    if store is not None:
        settings, now = settings_of(store.id), clock.now()
        used, newest = kinds_in_use(settings), edited.newest_of_all(store.id)
        rows = [
            {
                "kind": kind,
                "language": code,
                "label": preview.step_of(kind).label,
                "when": WHEN[kind],
                "spoken": languages()[code].words["name"],
                "version": newest.get((kind, code)),
                "is_used": kind in used,
                "shown": preview.show(source_of(store.id, kind, code), kind, code, store, settings, cart=None, now=now),
            }
            for kind in KINDS
            for code in preview.languages_of(kind)
        ]
    return render_template("wording/list.html", store=store, rows=rows, sections=_menu(), zone=store_zone())


@bp.get("/messages/<kind>/<language>")
@allow("owner", "manager", "viewer")
def one(kind: str, language: str) -> ResponseReturnValue:
    """One message: its words, how they look, what is at fault, and what they were before."""
    desk = open_desk(kind, language)
    if desk is None:
        return redirect("/messages", 303)
    return _page(desk, desk.asked_for)


@bp.post("/messages/<kind>/<language>")
@allow("owner", "manager")
def change(kind: str, language: str) -> ResponseReturnValue:
    """Saves what was typed, or only shows it, or sends it to the person who typed it, or forgets it."""
    desk = open_desk(kind, language)
    if desk is None:
        return redirect("/messages", 303)
    typed = typed_words(request.form)
    does = {"preview": _preview, "test": _test, "discard": _discard}
    return does.get(request.form.get("do", ""), _save)(desk, typed)


@bp.post("/messages/<kind>/<language>/restore")
@allow("owner", "manager")
def restore(kind: str, language: str) -> ResponseReturnValue:
    """Brings an earlier version back, or with 0 the wording that comes with Ringback."""
    desk = open_desk(kind, language)
    if desk is None:
        return redirect("/messages", 303)
    number, after = number_in(request.form, "number"), number_in(request.form, "after")
    desk.may_bring_back(number)
    with transaction():
        version = edited.restore(
            desk.store.id, kind, language, number, after=after, by=current_user().email, now=clock.now()
        )
    what = f"Version {number} is back" if number else "The wording that comes with Ringback is back"
    flash(f"{what}, as version {version.number}.")
    return redirect(desk.address, 303)


@bp.get("/messages/<kind>/<language>/letter")
@allow("owner", "manager", "viewer")
def letter(kind: str, language: str) -> ResponseReturnValue:
    """The page of the message alone, for a frame in which nothing can happen."""
    desk = open_desk(kind, language)
    if desk is None:
        return redirect("/messages", 303)
    shown = desk.show(desk.asked_for)
    look = "dark" if request.args.get("look") == "dark" else "light"
    return framed(shown.composed.html if shown.composed else "<p>This cannot be shown.</p>", look=look)


def _save(desk: Desk, typed: Words) -> ResponseReturnValue:
    after = number_in(request.form, "after")
    errors = desk.errors_of(typed) or desk.errors_of_use(typed)
    if not errors and typed == desk.words:
        flash("Nothing was changed.")
        return redirect(desk.address, 303)
    if not errors:
        try:
            with transaction():
                version = desk.save(typed, after=after, by=current_user(), now=clock.now())
            flash(f"Saved as version {version.number}. Messages that wait are written anew.")
            return redirect(desk.address, 303)
        except Refused as refused:
            errors = [{"field": "", "text": refused.reason}]
    return _not_done(desk, typed, errors)


def _preview(desk: Desk, typed: Words) -> ResponseReturnValue:
    """Shows what was typed, and keeps it in case the browser is closed. The part alone for htmx, else the page."""
    _keep(desk, typed)
    return _page(desk, typed)


def _discard(desk: Desk, _typed: Words) -> ResponseReturnValue:
    with transaction():
        desk.forget(current_user())
    return redirect(desk.address, 303)


def _test(desk: Desk, typed: Words) -> ResponseReturnValue:
    errors = desk.errors_of(typed)
    shown = desk.show(typed)
    if is_demo():
        errors = [{"field": "", "text": _DEMO}]
    if errors or shown.composed is None:
        return _not_done(desk, typed, errors)
    _keep(desk, typed)
    try:
        said = trying_out.send_test(
            shown.composed,
            desk.name,
            user=current_user(),
            gateways=gateways(),
            settings=desk.settings,
            clock=clock.now,
        )
    except Refused as refused:
        return _not_done(desk, typed, [{"field": "", "text": refused.reason}])
    except GatewayError as error:
        sentence = f"The test was not sent. The mail server said: {error.reason}"
        return _not_done(desk, typed, [{"field": "", "text": sentence}], status=502)
    flash(f"Sent to {current_user().email}. The mail server said: {said}")
    return redirect(desk.address + ("?typed=1" if typed != desk.words else ""), 303)


def _not_done(desk: Desk, typed: Words, errors: list[dict[str, str]], status: int = 422) -> ResponseReturnValue:
    _keep(desk, typed)
    return _page(desk, typed, errors=errors, status=status)


def _keep(desk: Desk, typed: Words) -> None:
    with transaction():
        desk.keep(typed, by=current_user(), now=clock.now())


def _page(
    desk: Desk, words: Words, *, errors: list[dict[str, str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    """The editor; the preview alone for htmx."""
    shown = desk.show(words)
    is_typed = words != desk.words and desk.old is None
    return region(
        "wording/page.html",
        "wording/_preview.html",
        status=status,
        desk=desk,
        words=words,
        errors=errors or [],
        shown=shown,
        text=harmless(shown.composed.text) if shown.composed else "",
        frame=desk.frame(is_typed=is_typed, version=desk.old.number if desk.old else None, now=clock.now()),
        is_typed=is_typed,
        views=VIEWS,
        carts=preview.last_carts(desk.store.id),
        tokens=list(TOKENS.values()),
        history=edited.versions(desk.store.id, desk.kind, desk.language),
        may_edit=current_user().role in ("owner", "manager"),
        why_no_test=_DEMO if is_demo() else "" if config().smtp_url else _NO_SERVER,
        label=preview.step_of(desk.kind).label,
        when=WHEN[desk.kind],
        spoken=languages()[desk.language].words["name"],
        others=[(code, languages()[code].words["name"]) for code in preview.languages_of(desk.kind)],
        zone=store_zone(),
    )


def _menu() -> list[tuple[str, str, bool]]:
    """The menu of the settings, for those who have settings."""
    return settings_pages.sections("wording") if current_user().role in ("owner", "manager") else []
