"""The settings of the business, one page per section, rendered from the CATALOG; each page saves as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar import settings as business
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.money import is_currency, sign
from sidecar.outreach.incentives.offer_figures import offer_figures
from sidecar.recovery.decisions.changing import change_settings
from sidecar.recovery.decisions.foresight import foresee
from sidecar.settings import notation
from sidecar.settings.catalog import CATALOG, Entry
from sidecar.stores.connection import Store
from sidecar.stores.skipping import count_skipped, skipped_records
from sidecar.web.access import allow, current_user
from sidecar.web.htmx import is_partial
from sidecar.web.shell import current_store

bp = Blueprint("settings", __name__)

THRESHOLD, FACTOR = "routing.call_threshold", "routing.failed_factor"
# Title and one sentence of each section of the CATALOG, in the order of the menu.
SECTIONS = {
    "store": ("Store", "How often your store is read, and what happens when it cannot be."),
    "carts": ("Which carts", "Where a call is worth a person’s time, and who is left in peace."),
    "calls": ("Calls", "When people are called, and about what."),
    "consent": ("Consent", "What your customers have agreed to, and where that is written."),
    "messages": ("Timing", "When reminders go out, and how many."),
    "offers": ("Offers", "What may be given to whom, and the limits no offer goes beyond."),
    "content": ("Promises", "What your messages say about returns, delivery and help."),
    "sender": ("Sending", "Who your messages come from, and how fast they leave."),
}
_ONE_CURRENCY = (
    "Goods after discount, without tax and delivery. Empty: the amount that one order in five of your last 90 days is "
    "above, at least 100."
)


@bp.get("/settings")
@allow("owner", "manager")
def start() -> ResponseReturnValue:
    """The section that matters most."""
    return redirect("/settings/carts", 302)


@bp.get("/settings/<section>")
@allow("owner", "manager")
def page(section: str) -> ResponseReturnValue:
    """One section as it is now."""
    store = _store_for(section)
    if store is None:
        return _no_store(section)
    return _page(section, store, business.written(store.id), [])


@bp.post("/settings/<section>")
@allow("owner", "manager")
def save(section: str) -> ResponseReturnValue:
    """Saves all of a section, or nothing of it when something in it cannot be."""
    store = _store_for(section)
    if store is None:
        return _no_store(section)
    typed = {entry.name: _typed(entry, store) for entry in _entries(section)}
    errors = [error for name, text in typed.items() if (error := _error_of(name, text, store))]
    errors = errors or _together(typed, store)
    if request.form.get("preview"):
        return _preview(section, store, typed, errors)
    if errors:
        return _page(section, store, typed, errors, status=422)
    with transaction():
        changed = change_settings(store.id, typed, by=current_user().email, now=clock.now())
    flash(_said(changed))
    return redirect(f"/settings/{section}", 303)


def sections(current: str) -> list[tuple[str, str, bool]]:
    """The menu of the settings pages for whoever is signed in."""
    menu = [(title, f"/settings/{name}", name == current) for name, (title, _) in SECTIONS.items()]
    menu.insert(list(SECTIONS).index("messages") + 1, ("Messages", "/messages", current == "wording"))
    menu.append(("Do not contact", "/settings/do-not-contact", current == "do-not-contact"))
    if current_user().role == "owner":
        menu.append(("Team", "/settings/team", current == "team"))
    return menu


def _said(changed: list[str]) -> str:
    if any(CATALOG[name].redecides for name in changed):
        return "Saved. Carts nobody has contacted are decided anew."
    return "Saved." if changed else "Nothing was changed."


def _error_of(name: str, text: str, store: Store) -> dict[str, str] | None:
    try:
        business.check(name, text)
    except Refused as refused:
        says = refused.reason.removesuffix(".")
        if name == THRESHOLD and _in_one_currency(text, store):
            says = says.replace(notation.HOW_AMOUNTS, "must be a number, like 300")
        return {"field": field_id(name), "text": says}
    return None


def _together(typed: Mapping[str, str], store: Store) -> list[dict[str, str]]:
    """What does not fit together, of values that are each within their bounds."""
    try:
        business.check_together(store.id, typed)
    except Refused as refused:
        return [{"field": field_id(refused.field or ""), "text": refused.reason.removesuffix(".")}]
    return []


def _typed(entry: Entry, store: Store) -> str:
    """What the form says about a setting, in the CATALOG's notation."""
    if entry.kind == "switch":
        return "on" if request.form.get(entry.name) else "off"
    text = request.form.get(entry.name, "").strip()[:2000]
    if entry.kind == "amounts" and text and "=" not in text and is_currency(store.currency):
        return f"{store.currency}={text}"  # a bare amount is in the store's currency
    return text


def _page(
    section: str,
    store: Store,
    written: Mapping[str, str],
    errors: list[dict[str, str]],
    *,
    status: int = 200,
) -> ResponseReturnValue:
    title, intro = SECTIONS[section]
    context = {
        "sections": sections(section),
        "section": section,
        "title": title,
        "intro": intro,
        "fields": [_field(entry, written.get(entry.name, entry.default), store) for entry in _entries(section)],
        "errors": errors,
        "preview": _foreseen(store, written, errors) if section == "carts" else None,
        "store": store,
        "offers": offer_figures(store, now=clock.now()) if section == "offers" else None,
        "limits": business.settings_of(store.id) if section == "offers" else None,
        "skipped": skipped_records(store.id, limit=20) if section == "store" else [],
        "skipped_in_all": count_skipped(store.id) if section == "store" else 0,
    }
    return make_response(render_template("settings/page.html", **context), status)


def _preview(section: str, store: Store, typed: Mapping[str, str], errors: list[dict[str, str]]) -> ResponseReturnValue:
    """What the typed values would have done; saves nothing. The part alone for htmx, else the page, values kept."""
    if section != "carts":
        abort(404)
    if is_partial():
        return render_template("settings/_preview.html", preview=_foreseen(store, typed, errors))
    return _page(section, store, typed, errors, status=422 if errors else 200)


def _foreseen(store: Store, written: Mapping[str, str], errors: list[dict[str, str]]) -> Any:
    if any(error["field"] in (field_id(THRESHOLD), field_id(FACTOR)) for error in errors):
        return None
    named = {name: text for name, text in written.items() if name in (THRESHOLD, FACTOR)}
    return foresee(store, business.Settings(named), now=clock.now())


def _field(entry: Entry, text: str, store: Store) -> dict[str, Any]:
    shown, before, hint = text, "", f"{entry.help} {_bounds(entry)}".strip()
    if entry.kind == "amounts" and _in_one_currency(text, store):
        shown = text.partition("=")[2].strip()
        # The first sentence of an amount's help is about writing several currencies.
        hint = _ONE_CURRENCY if entry.name == THRESHOLD else entry.help.partition(". ")[2]
        before = sign(store.currency or "").strip()
    options = [(option, option.capitalize()) for option in entry.options]
    found = {"id": field_id(entry.name), "entry": entry, "value": shown, "before": before, "hint": hint}
    return found | {"options": options}


def _in_one_currency(text: str, store: Store) -> bool:
    """Whether the amounts are the store's currency alone, so that the form need not speak of currencies."""
    currency, _, amount = text.partition("=")
    mine = not text or currency.strip().upper() == store.currency
    return is_currency(store.currency) and mine and "=" not in amount


def _bounds(entry: Entry) -> str:
    """The default and what is possible, said once per field."""
    if entry.kind in ("switch", "line", "lines", "email", "keys", "amounts", "choice"):
        return ""
    unit = {"duration": " Written like 45m, 24h or 3d.", "hours": ""}.get(entry.kind, "")
    return f"Default {entry.default}, possible {entry.bounds}.{unit}"


def field_id(name: str) -> str:
    """The id of a setting's field on the page."""
    return name.replace(".", "-").replace("_", "-")


def _entries(section: str) -> list[Entry]:
    """The settings of a section; what the preview beside the form is about stands first."""
    found = [entry for entry in CATALOG.values() if entry.section == section and entry.settable]
    return sorted(found, key=lambda entry: entry.name not in (THRESHOLD, FACTOR))


def _store_for(section: str) -> Store | None:
    if section not in SECTIONS:
        abort(404)
    return current_store()


def _no_store(section: str) -> ResponseReturnValue:
    return render_template("settings/no_store.html", sections=sections(section), title=SECTIONS[section][0])
