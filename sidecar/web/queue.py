"""The queue: its page, its list, taking the next cart, breaks, and undo."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.calls import claims, queries, wrap_up
from sidecar.calls.card import find_card
from sidecar.db import transaction
from sidecar.recovery.calls import calling
from sidecar.web import desk
from sidecar.web.access import allow
from sidecar.web.htmx import go, is_partial
from sidecar.web.wired import gateways

bp = Blueprint("queue", __name__)


@bp.get("/queue")
@allow("rep", "manager", "owner")
def page() -> ResponseReturnValue:
    """The whole desk: the list, and the card this rep holds, if any."""
    user = desk.rep()
    return desk.show(user, desk.held_card(user))


@bp.get("/queue/list")
@allow("rep", "manager", "owner")
def listing() -> ResponseReturnValue:
    """The list alone; 204 when nothing has changed since the reader's `seen`."""
    if is_partial() and request.args.get("seen") == queries.stamp(now=clock.now()):
        return Response(status=204)
    user = desk.rep()
    if not is_partial():
        return go("/queue")
    response = make_response(render_template("queue/_list.html", partial=True, **desk.board(user)))
    response.vary.add("HX-Request")
    return response


@bp.post("/queue/next")
@allow("rep", "manager", "owner")
def take_next() -> ResponseReturnValue:
    """Claims the best cart; the card comes in the same answer."""
    user, now = desk.rep(), clock.now()
    with transaction():
        task = claims.claim_next(user, now=now)
        card = find_card(task.id, user, None, now=now) if task else None
        desk.keep_loaded()
    return desk.show(user, card, said=desk.next_said(card)) if is_partial() else go("/queue")


@bp.post("/queue/claim")
@allow("rep", "manager", "owner")
def take() -> ResponseReturnValue:
    """Claims the chosen row."""
    user, now = desk.rep(), clock.now()
    task_id = request.form.get("task", type=int) or 0
    with transaction():
        claims.claim(task_id, user, now=now)
        card = find_card(task_id, user, None, now=now)
        desk.keep_loaded()
    return desk.show(user, card, said=desk.next_said(card)) if is_partial() else go("/queue")


@bp.post("/queue/pause")
@allow("rep", "manager", "owner")
def pause() -> ResponseReturnValue:
    """A break: a cart that was not called yet goes back."""
    user = desk.rep()
    with transaction():
        calling.pause(user, now=clock.now())
    return go("/queue")


@bp.post("/queue/resume")
@allow("rep", "manager", "owner")
def resume() -> ResponseReturnValue:
    """Back from the break."""
    user = desk.rep()
    with transaction():
        calling.resume(user)
    return go("/queue")


@bp.post("/queue/undo")
@allow("rep", "manager", "owner")
def undo() -> ResponseReturnValue:
    """Takes the last save back; its card returns with the form as it was."""
    user, now = desk.rep(), clock.now()
    with transaction():
        call = wrap_up.undoable(user, now=now)
        sent = desk.as_sent(call) if call else None
        task_id = calling.undo(user, vault=gateways().vault, now=now).id
    said = "Taken back. The call is open again."
    if not is_partial():
        return desk.then(said)
    return desk.show(user, find_card(task_id, user, None, now=now), said=said, sent=sent)
