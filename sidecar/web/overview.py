"""The owner's home: what stands, what is left to do before going live, and the switch itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from sidecar import clock
from sidecar import settings as business
from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.carts.tally import count_by_state
from sidecar.contacts.local_time import place
from sidecar.db import session
from sidecar.outreach.letters import wording
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import going_live
from sidecar.settings.catalog import CATALOG
from sidecar.stores.connection import Cursor, Store
from sidecar.web.access import allow, current_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store, store_zone
from sidecar.web.wired import config

bp = Blueprint("overview", __name__)

REACH = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """One line of the checklist. `status` is done, running, todo or blocked."""

    title: str
    says: str
    status: str
    url: str = ""
    part: str = ""  # a template shown under it


@bp.get("/")
@allow("owner", "manager", "rep", "viewer")
def page() -> ResponseReturnValue:
    """Home. A rep's home is the queue."""
    if current_user().role == "rep":
        return redirect("/queue", 303)
    store = current_store()
    now = clock.now()
    steps = checklist(store, now)
    return render_template(
        "overview/page.html",
        store=store,
        figures=_figures(store, now) if store else None,
        steps=steps,
        done=sum(step.status == "done" for step in steps),
        progress=import_progress(store, now) if store else None,
        live=going_live.preview(store.id if store else None, config=config(), now=now, compose_too=False),
        is_owner=current_user().role == "owner",
        may_pause=current_user().role in ("owner", "manager"),
        zone=store_zone(),
    )


@bp.get("/import-progress")
@allow("owner", "manager", "viewer")
def progress() -> ResponseReturnValue:
    """The bar of the first import, alone; when it has ended, htmx loads the page anew."""
    store = current_store()
    found = import_progress(store, clock.now()) if store else None
    if found is None or not is_partial():
        return go("/")
    return render_template("overview/_import.html", progress=found)


def checklist(store: Store | None, now: datetime) -> list[Step]:
    """The way to going live, in order."""
    steps = [Step("Create your account", current_user().email, "done"), _connect_step(store)]
    if store is None:
        waits = "Needs the connection to your store"
        return [
            *steps,
            Step("Import the last 90 days", waits, "blocked"),
            Step("Choose which carts to call", waits, "blocked"),
            Step("Set call hours and your number", waits, "blocked"),
            Step("Say who your messages come from", waits, "blocked"),
            _practice_step(),
        ]
    settings, written = business.settings_of(store.id), business.written(store.id)
    return [
        *steps,
        _import_step(store, now),
        _threshold_step(store, settings),
        _calls_step(settings, written),
        _sender_step(store, settings),
        _practice_step(),
    ]


def _connect_step(store: Store | None) -> Step:
    if store is None:
        return Step("Connect your store", "Paste two keys from WooCommerce", "todo", "/setup/store")
    version = f"WooCommerce {store.wc_version}" if store.wc_version else "WooCommerce"
    zone = f"{place(store.timezone) or store.timezone} time" if store.timezone else ""
    says = ", ".join(filter(None, (store.name or store.url, version, store.currency, zone)))
    return Step("Connect your store", says, "done" if store.health != "new" else "running", "/setup/store")


def _import_step(store: Store, now: datetime) -> Step:
    found = import_progress(store, now)
    if found is None:
        return Step("Import the last 90 days", "Every order of that time has been read", "done")
    return Step("Import the last 90 days", "You can leave this page.", "running", part="overview/_import.html")


def _threshold_step(store: Store, settings: business.Settings) -> Step:
    chosen = settings["routing.call_threshold"].get(store.currency or "")
    says = "Until you do, your own orders suggest the threshold"
    if chosen is not None:
        says = "You have set the threshold"
    return Step("Choose which carts to call", says, "todo" if chosen is None else "done", "/settings/carts")


def _calls_step(settings: business.Settings, written: dict[str, str]) -> Step:
    hours = written.get("calls.hours", CATALOG["calls.hours"].default)
    says = f"{hours} in the customer’s time"
    if not settings["calls.number"]:
        return Step("Set call hours and your number", f"{says}; no number to ring back yet", "todo", "/settings/calls")
    return Step("Set call hours and your number", f"{says}, {settings['calls.number']}", "done", "/settings/calls")


def _sender_step(store: Store, settings: business.Settings) -> Step:
    title, url = "Say who your messages come from", "/settings/sender"
    if not config().mail_from or not config().smtp_url:
        return Step(title, "No mail server is set: SIDECAR_SMTP_URL and SIDECAR_MAIL_FROM", "todo", url)
    if not wording.postal_address_of(store, settings):
        return Step(title, "A postal address is missing; the law asks for it", "todo", url)
    return Step(title, config().mail_from or "", "done", url)


def _practice_step() -> Step:
    practised = session().scalar(select(User.id).where(User.practised_at.is_not(None)).limit(1)) is not None
    says = "Sample carts, the real screen. Nobody is called"
    return Step("Make a practice call", says, "done" if practised else "todo", "/practice")


def import_progress(store: Store, now: datetime) -> dict[str, Any] | None:
    """How far the first import is: percent, done, total and what is left of it; None when it has ended."""
    cursor = session().get(Cursor, (store.id, "import"))
    if cursor is not None and cursor.finished_at is not None:
        return None
    done, total = (cursor.done, cursor.total) if cursor else (0, None)
    left = None
    if cursor and cursor.started_at and total and done:
        left = (now - cursor.started_at).total_seconds() / done * max(0, total - done)
    return {"done": done, "total": total, "percent": min(99, 100 * done // total) if total else 0, "left": left}


def _figures(store: Store, now: datetime) -> dict[str, Any]:
    due = select(func.count()).select_from(Message).where(Message.store_id == store.id, Message.state == "due")
    by_state = select(CallTask.state, func.count()).where(CallTask.store_id == store.id, CallTask.state != "done")
    tasks = {row[0]: row[1] for row in session().execute(by_state.group_by(CallTask.state))}
    carts = count_by_state(store.id, since=now - REACH)
    return {
        "carts": carts,
        "left": sum(carts.values()),
        "ready": tasks.get("ready", 0),
        "waiting": tasks.get("waiting", 0),
        "held": sum(tasks.get(state, 0) for state in ("claimed", "in_call", "wrap_up")),
        "due": session().scalar(due) or 0,
    }
