"""Go live, Pause and Resume: the one switch between practising and contacting customers."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.recovery.delivery import going_live
from sidecar.web.access import allow, current_user
from sidecar.web.shell import current_store
from sidecar.web.wired import config

bp = Blueprint("live", __name__)


@bp.get("/go-live")
@allow("owner")
def page() -> ResponseReturnValue:
    """What Go live would do now, and what stands against it."""
    return _page()


@bp.post("/go-live")
@allow("owner")
def go_live() -> ResponseReturnValue:
    """Lets messages leave and calls be made, or says what stands against it."""
    store = current_store()
    try:
        with transaction():
            done = going_live.go_live(
                store.id if store else None, by=current_user().email, config=config(), now=clock.now()
            )
    except Refused:
        return _page(), 422
    late = f" {done.too_late} had become too late and will not go out." if done.too_late else ""
    flash(f"You are live. {_messages(done.leaving)} leave now.{late}")
    return redirect("/", 303)


@bp.post("/pause")
@allow("owner", "manager")
def pause() -> ResponseReturnValue:
    """Stops everything, at every store, within a second."""
    with transaction():
        going_live.pause_all(by=current_user().email, now=clock.now())
    flash("Paused. Nobody is called or written to until you resume.")
    return redirect("/", 303)


@bp.post("/resume")
@allow("owner", "manager")
def resume() -> ResponseReturnValue:
    """Goes on after a pause."""
    store = current_store()
    if store is None:
        raise Refused("Connect a store first.", code="no_store")
    with transaction():
        going_live.resume(store.id, by=current_user().email, now=clock.now())
    flash("Resumed. Calls and messages go on.")
    return redirect("/", 303)


def _page() -> str:
    store = current_store()
    found = going_live.preview(store.id if store else None, config=config(), now=clock.now())
    return render_template("live/page.html", store=store, found=found)


def _messages(count: int) -> str:
    return {0: "No messages", 1: "1 message may"}.get(count, f"{count} messages may")
