"""One call: the card, ringing, the heartbeat that reads the order anew, and the verdict that brings the next card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.accounts import User
from sidecar.calls.desk.card import Card, find_card
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import Stale
from sidecar.calls.tasks import claims, queries
from sidecar.db import transaction
from sidecar.errors import GatewayError, Refused
from sidecar.recovery.calls import calling, linking
from sidecar.recovery.orders.rereading import reread
from sidecar.web import desk
from sidecar.web.access import allow
from sidecar.web.htmx import go, is_partial
from sidecar.web.wired import gateways

bp = Blueprint("calls", __name__)


@bp.get("/calls/<int:task_id>")
@allow("rep", "manager", "owner")
def one(task_id: int) -> ResponseReturnValue:
    """The card to look at; this rep's own opens on the desk."""
    user = desk.rep()
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    if card.mine:
        return go("/queue")
    return render_template("calls/page.html", card=card, user=user, obstacle="", clock_now=clock.now())


@bp.post("/calls/<int:task_id>/dial")
@allow("rep", "manager", "owner")
def dial(task_id: int) -> ResponseReturnValue:
    """Rings: the order is read anew first, and only then is the number given out."""
    user = desk.rep()
    obstacle, ring = _read_anew(task_id), False
    if not obstacle:
        try:
            with transaction():
                calling.dial(task_id, user, vault=gateways().vault, now=clock.now())
            ring = True
        except Refused as refused:
            obstacle = refused.reason
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    said = obstacle or "Call started."
    return desk.show_card(user, card, status=200 if ring else 409, obstacle=obstacle, said=said)


@bp.post("/calls/<int:task_id>/end")
@allow("rep", "manager", "owner")
def end(task_id: int) -> ResponseReturnValue:
    """The call is over; the card waits for its verdict."""
    user = desk.rep()
    with transaction():
        claims.end_call(task_id, user, now=clock.now())
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    return desk.show_card(user, card, said="Call ended. Choose an outcome.") if is_partial() else go("/queue")


@bp.post("/calls/<int:task_id>/beat")
@allow("rep", "manager", "owner")
def beat(task_id: int) -> ResponseReturnValue:
    """Every 30 s while the card is in sight: reads the order anew and holds the card. Gives the status line back,
    or the whole card when no call is needed any more or it is no longer this rep's. The form is left alone."""
    user = desk.rep()
    obstacle = _read_anew(task_id)
    if request.form.get("idle") != "1":  # whoever has gone away does not hold the cart (card.js)
        with transaction():
            claims.extend(task_id, user, now=clock.now())
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    if not is_partial():
        return go("/queue")
    if card.gone or not card.mine:
        return desk.show_card(user, card, obstacle=obstacle, said=card.gone or "The cart is no longer with you.")
    return make_response(
        render_template(
            "queue/_status.html", card=card, user=user, obstacle=obstacle, clock_now=clock.now(), partial=True
        )
    )


@bp.post("/calls/<int:task_id>/link")
@allow("rep", "manager", "owner")
def send_link(task_id: int) -> ResponseReturnValue:
    """Sends the pay link by email while the call goes on: the order is read anew first, and a minute stays for undo."""
    user, obstacle = desk.rep(), _read_anew(task_id)
    if obstacle:
        return _beside_call(task_id, user, obstacle, status=409)
    said = "The pay link leaves by email in a minute."
    return _about_link(task_id, user, linking.send_link, said, vault=gateways().vault)


@bp.post("/calls/<int:task_id>/link/undo")
@allow("rep", "manager", "owner")
def take_link_back(task_id: int) -> ResponseReturnValue:
    """Takes the pay link back, while it has not left."""
    return _about_link(task_id, desk.rep(), linking.take_link_back, "The pay link is not sent.")


@bp.post("/calls/<int:task_id>/save")
@allow("rep", "manager", "owner")
def save(task_id: int) -> ResponseReturnValue:
    """The verdict is saved and the next cart claimed in one transaction; the next card comes in the same answer."""
    user, form, now = desk.rep(), sent_form(), clock.now()
    card: Card | None = None
    try:
        with transaction():
            saved = calling.wrap_up(task_id, user, form, vault=gateways().vault, now=now)
            if request.form.get("pause"):
                calling.pause(user, now=now)
            elif user.paused_at is None:
                card = _next_card(user, saved)
            desk.keep_loaded()
    except Stale as stale:
        return _again(task_id, user, status=409, stale=stale.reason)
    except Refused as refused:
        return _again(task_id, user, status=422, errors=[desk.as_error(refused)])
    said = desk.next_said(card, "Saved.")
    return desk.show(user, card, undo=saved.call, said=said) if is_partial() else desk.then(said)


@bp.post("/calls/<int:task_id>/late")
@allow("rep", "manager", "owner")
def add_late(task_id: int) -> ResponseReturnValue:
    """A verdict that came too late is kept in the story, and the next cart is taken."""
    user, now = desk.rep(), clock.now()
    try:
        with transaction():
            calling.add_late(task_id, user, sent_form(), vault=gateways().vault, now=now)
    except Refused as refused:
        return _again(task_id, user, status=422, errors=[desk.as_error(refused)], stale="It had moved on already.")
    with transaction():
        task = claims.claim_next(user, now=now) if user.paused_at is None else None
        task_id_next = task.id if task else None
    if not is_partial():
        return desk.then("Kept in the story.")
    card = find_card(task_id_next, user, None, now=now) if task_id_next else None
    return desk.show(user, card, said=desk.next_said(card, "Kept in the story."))


def _about_link(task_id: int, user: User, act: Callable[..., object], said: str, **more: Any) -> ResponseReturnValue:
    try:
        with transaction():
            act(task_id, user, now=clock.now(), **more)
    except Refused as refused:
        return _beside_call(task_id, user, refused.reason, status=409)
    return _beside_call(task_id, user, "", said=said)


def _beside_call(task_id: int, user: User, obstacle: str, *, said: str = "", status: int = 200) -> ResponseReturnValue:
    """The card once more, with what stands in the way or what was done; without script, the page."""
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    if said and not is_partial():
        return desk.then(said)
    return desk.show_card(user, card, status=status, obstacle=obstacle, said=obstacle or said)


def _next_card(user: User, saved: calling.Saved) -> Card | None:
    now = clock.now()
    task = claims.claim_next(user, now=now)
    if task is None:
        return None
    same_store = task.store_id == saved.store_id
    return find_card(task.id, user, saved.settings if same_store else None, now=now)


def _again(task_id: int, user: User, *, status: int, **more: Any) -> Response:
    """The card once more with everything that was typed."""
    card = find_card(task_id, user, None, now=clock.now())
    return desk.show(user, card, status=status, sent=request.form, **more)


def _read_anew(task_id: int) -> str:
    """Reads the task's order from the store now; "" when that worked, else what to tell the rep."""
    place = queries.find_order(task_id)
    if place is None:
        return ""
    store_id, order_id = place
    try:
        found = reread(store_id, [order_id], gateways=gateways(), clock=clock.now)
    except GatewayError as error:
        return f"The store does not answer: {error.reason} Don't call on old news."
    if order_id not in found:
        return "The store's record of this order cannot be used at the moment. Don't call on old news."
    return ""


def sent_form() -> OutcomeForm:
    """The outcome form as it came with this request."""
    sent = request.form
    reasons = [sent.get("main_reason", ""), *sent.getlist("reason")]
    return OutcomeForm(
        key=sent.get("key", ""),
        outcome=sent.get("outcome", ""),
        reasons=tuple(dict.fromkeys(filter(None, reasons))),
        note=sent.get("note", ""),
        when=sent.get("when", ""),
        picked=sent.get("picked", ""),
        scope=sent.get("scope", "calls"),
        confirmed=sent.get("confirm") == "yes",
        language=sent.get("language", ""),
        skip_reason=sent.get("skip_reason", ""),
        ends_on_reply=sent.getlist("ends_on_reply")[-1:] != ["no"],
        discreet=sent.get("discreet") == "yes",
    )
