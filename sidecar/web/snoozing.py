"""Putting a cart off and taking it up again before its time."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.calls.desk.card import find_card
from sidecar.calls.tasks import claims
from sidecar.calls.tasks.snooze import SnoozeForm, snooze, wake
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.web import desk
from sidecar.web.access import allow
from sidecar.web.htmx import go, is_partial

bp = Blueprint("snoozing", __name__)


@bp.post("/calls/<int:task_id>/snooze")
@allow("rep", "manager", "owner")
def put_off(task_id: int) -> ResponseReturnValue:
    """The cart waits, and the next one comes in the same answer."""
    user, now = desk.rep(), clock.now()
    try:
        with transaction():
            done = snooze(task_id, user, _form(), now=now)
            task = claims.claim_next(user, now=now) if user.paused_at is None else None
            card = find_card(task.id, user, None, now=now) if task else None
            desk.keep_loaded()
    except Refused as refused:
        card = find_card(task_id, user, None, now=now)
        if card is None or not card.mine or refused.field is None:
            raise
        faults = [desk.as_error(refused)]
        return desk.show(user, card, status=422, snooze_errors=faults, snooze_sent=request.form)
    said = desk.next_said(card, done.says)
    return desk.show(user, card, said=said, put_off=done) if is_partial() else desk.then(said)


@bp.post("/calls/<int:task_id>/wake")
@allow("rep", "manager", "owner")
def take_up(task_id: int) -> ResponseReturnValue:
    """The cart that was put off, taken now."""
    user, now = desk.rep(), clock.now()
    with transaction():
        wake(task_id, user, now=now)
        card = find_card(task_id, user, None, now=now)
        desk.keep_loaded()
    return desk.show(user, card, said="Taken up again.") if is_partial() else go("/queue")


def _form() -> SnoozeForm:
    sent = request.form
    return SnoozeForm(
        when=sent.get("when", ""),
        picked=sent.get("picked", ""),
        reason=sent.get("why", ""),
        because=sent.get("because", ""),
    )
