"""Alerts about callbacks: the strip above every page that tells them, and each person's wishes about them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.accounts import User
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.calls.tasks.alerts import LEVELS, alerts_for
from sidecar.db import transaction
from sidecar.web import desk
from sidecar.web.access import allow, current_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store

bp = Blueprint("alerts", __name__)

_CALLERS = ("rep", "manager", "owner")


@bp.get("/alerts")
@allow(*_CALLERS)
def listing() -> ResponseReturnValue:
    """The strip alone, for pages other than the queue's; 204 when nothing has changed since the reader's `seen`."""
    if not is_partial():
        return go("/queue")
    if request.args.get("seen") == desk.stamp():
        return Response(status=204)
    response = make_response(render_template("queue/_alerts.html", user=current_user(), alone=True))
    response.vary.add("HX-Request")
    return response


@bp.post("/profile/alerts")
@allow(*_CALLERS)
def save() -> ResponseReturnValue:
    """Of what this person wants to be told, and how loudly."""
    level, volume = request.form.get("alerts", ""), request.form.get("alert_volume", "")
    with transaction():
        user = current_user()
        user.alerts = level if level in LEVELS else user.alerts
        user.alert_volume = min(100, int(volume)) if volume.isascii() and volume.isdigit() else user.alert_volume
    flash("Saved.")
    return redirect("/profile#alerts-form", 303)


@bp.app_template_global("callback_alerts")
def callback_alerts(user: User) -> dict[str, Any] | None:
    """What the strip tells this person, on whose clock, and its stamp; None for who is told nothing."""
    if user.role not in _CALLERS or user.alerts == "none":
        return None
    now = clock.now()
    zone = user.time_zone or shop_zone_of(current_store())
    return {"stamp": desk.stamp(), "due": alerts_for(user, now=now), "zone": zone}
