"""The queue: its page, its list, taking the next cart, breaks, and undo."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.calls.desk.card import find_card
from sidecar.calls.outcomes import wrap_up
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.calls.tasks import claims, finding, picking
from sidecar.db import transaction
from sidecar.recovery.calls import calling
from sidecar.recovery.calls.last_save import last_save
from sidecar.web import commands, desk
from sidecar.web.access import allow, current_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store
from sidecar.web.wired import gateways

bp = Blueprint("queue", __name__)


@bp.record_once
def _for_templates(state: BlueprintSetupState) -> None:
    """What the queue's templates ask for wherever they are included."""
    state.app.jinja_env.globals.update(
        commands=commands.commands, command_groups=commands.groups, command_caps=commands.caps, last_save=last_save
    )


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
    if is_partial() and request.args.get("seen") == desk.stamp():
        return Response(status=204)
    user = desk.rep()
    if not is_partial():
        return go("/queue")
    response = make_response(render_template("queue/_list.html", partial=True, **desk.board(user)))
    response.vary.add("HX-Request")
    held = claims.held_by(user)
    if held is None or held.done_reason:  # a card that is still open over there asks at once what became of it
        response.headers["HX-Trigger"] = '{"card-ended": {"target": "#main"}}'
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
    """Claims the chosen row; one before its turn is told, or refused where the owner wants strict order."""
    user, now = desk.rep(), clock.now()
    task_id = request.form.get("task", type=int) or 0
    with transaction():
        picking.pick(task_id, user, now=now)
        card = find_card(task_id, user, None, now=now)
        desk.keep_loaded()
    return desk.show(user, card, said=desk.next_said(card)) if is_partial() else go("/queue")


@bp.get("/queue/find")
@allow("rep", "manager", "owner")
def find() -> ResponseReturnValue:
    """Carts by name, number or order, those in the queue first; without script, all carts that match."""
    asked = request.args.get("q", "").strip()[:100]
    if not is_partial():
        return go(f"/carts?{urlencode({'q': asked})}")
    zone = shop_zone_of(current_store())
    found = finding.find(asked, desk.rep(), now=clock.now(), zone=zone)
    return render_template("queue/_found.html", found=found, asked=asked if len(asked) > 1 else "")


@bp.post("/queue/shortcuts")
@allow("rep", "manager", "owner")
def shortcuts() -> ResponseReturnValue:
    """Keys that work alone, on or off, from the sheet that lists them."""
    with transaction():
        user = current_user()
        user.shortcuts = request.form.get("shortcuts") == "on"
    return render_template("queue/_shortcuts.html", user=user) if is_partial() else go("/queue")


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
