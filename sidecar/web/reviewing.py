"""Messages that nobody answered for, in one list with what is known, and a person who decides; the computer's clock."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock, timekeeping
from sidecar.db import transaction
from sidecar.outreach import reasons
from sidecar.outreach.delivery import doubt
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called
from sidecar.recovery.delivery import reviewing
from sidecar.web.access import allow, current_user
from sidecar.web.shell import current_store, store_zone

bp = Blueprint("reviewing", __name__)

PATH = "/outbox/review"
_TOLD = {
    "arrived": "Kept as sent.",
    "send_again": "It is sent again after every check.",
    "leave": "Left at that. It is not sent again.",
}


@dataclass(frozen=True)
class Row:
    """One message in doubt as the list shows it."""

    message: Message
    person: str
    title: str
    why: str
    is_asked: bool  # its provider is still being asked
    is_over: str  # why sending it again would lead to nothing, if so


@bp.get(PATH)
@allow("owner", "manager")
def listing() -> ResponseReturnValue:
    """The messages in doubt, the oldest first."""
    store = current_store()
    after = request.args.get("after", 0, type=int)
    found, in_all = doubt.waiting(store.id, after=after) if store else ([], 0)
    return render_template(
        "outbox/review.html",
        rows=[_row(message) for message in found],
        in_all=in_all,
        following=f"{PATH}?after={found[-1].id}" if len(found) == doubt.PAGE else None,
        first=PATH if after else None,
        verdicts=reviewing.VERDICTS,
        most=reviewing.MOST,
        zone=store_zone(),
    )


@bp.post(f"{PATH}/<int:message_id>")
@allow("owner", "manager")
def decide(message_id: int) -> ResponseReturnValue:
    """A person's word about one message; a page that has grown old changes nothing (Refused)."""
    verdict = request.form.get("verdict", "")
    if verdict not in reviewing.VERDICTS:
        abort(400)
    with transaction():
        reviewing.decide(
            message_id,
            request.form.get("attempt") or None,
            verdict,
            why=request.form.get("why", ""),
            by=current_user().email,
            now=clock.now(),
        )
    flash(_TOLD[verdict])
    return redirect(PATH, 303)


@bp.post("/clock")
@allow("owner", "manager")
def clock_is_right() -> ResponseReturnValue:
    """Somebody has looked: the computer's clock is right as it is now."""
    with transaction():
        confirmed = timekeeping.confirm(clock.steady(), by=current_user().email, now=clock.now())
    flash("Sending goes on." if confirmed else "The clock is not in doubt.")
    return redirect("/outbox", 303)


def _row(message: Message) -> Row:
    return Row(
        message=message,
        person=message.cart.name or "Unnamed customer",
        title=message.subject or step_called(message.step).label,
        why=reasons.sentence(message.reason, message.reason_words),
        is_asked=message.state == "unknown",
        is_over=_is_over(message),
    )


def _is_over(message: Message) -> str:
    if message.cart.state == "recovered":
        return "The order is paid by now."
    if message.cart.state == "closed":
        return "The cart is closed by now."
    return "It is too late to send it again." if message.not_after_at <= clock.now() else ""
