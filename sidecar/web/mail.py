"""Trying again after trouble with mail: what the notice above every page offers (sidecar.web.shell)."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect
from flask.typing import ResponseReturnValue

from sidecar import audit, clock
from sidecar.db import transaction
from sidecar.ports import Gateways
from sidecar.recovery.answers import mailbox
from sidecar.recovery.delivery import refusing
from sidecar.web.access import allow, current_user

bp = Blueprint("mail", __name__)


@bp.post("/mail/try-again")
@allow("owner", "manager")
def try_again() -> ResponseReturnValue:
    """Sends what waits because mail is refused, and looks into the mailbox, now instead of later."""
    now = clock.now()
    with transaction():
        refusing.try_again(now=now)
        mailbox.try_again()
        audit.record(current_user().email, "mail.try_again", "", now=now)
    gateways: Gateways = current_app.extensions["ringback.gateways"]
    gateways.bell.ring("send")
    flash("Tried again now. If it is refused once more, this notice comes back.")
    return redirect("/outbox", 303)
