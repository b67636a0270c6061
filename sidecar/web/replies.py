"""Marking what a customer wrote back as read. It is shown on the cart's page (sidecar.web.carts)."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue

from sidecar import audit, clock
from sidecar.db import transaction
from sidecar.recovery.answers import replies
from sidecar.web.access import allow, current_user

bp = Blueprint("replies", __name__)


@bp.post("/replies/<int:reply_id>/read")
@allow("owner", "manager", "rep")
def mark_read(reply_id: int) -> ResponseReturnValue:
    """Somebody has read it and sees to it; machines may write to that person again, about other carts."""
    now = clock.now()
    with transaction():
        reply = replies.see(reply_id, now=now)
        if reply is None or reply.cart_id is None:
            abort(404)
        cart_id = reply.cart_id
        audit.record(current_user().email, "reply.read", str(reply_id), now=now)
    flash("Marked as read. Emails about this cart have ended; answer it from your mail program.")
    return redirect(f"/carts/{cart_id}", 303)
