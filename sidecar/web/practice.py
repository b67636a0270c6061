"""Practice calls: the same card, script and form on sample carts. Nobody is called, and nothing is kept but that
somebody practised."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from sidecar import clock
from sidecar import settings as business
from sidecar.accounts import User
from sidecar.calls.desk.card import Card
from sidecar.calls.desk.practice import SITUATIONS, STATES, practice_card
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.outcomes.next_step import next_step
from sidecar.calls.outcomes.outcome_form import read
from sidecar.calls.priority.facts import situation_of, window_of
from sidecar.calls.tasks import claims
from sidecar.contacts.consent import basis
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.web import calls, desk
from sidecar.web.access import allow
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store

bp = Blueprint("practice", __name__)

_AFTER = {"dial": "in_call", "end": "wrap_up"}  # the state that an action leads to
_SAID = {"in_call": "Call started, in practice: nobody is rung.", "wrap_up": "Call ended. Choose an outcome."}
_NOT_HERE = "In practice nothing is sent, given or put off."


@bp.get("/practice")
@allow("rep", "manager", "owner")
def page() -> ResponseReturnValue:
    """A practice call: the first one, or the one that the address names. A call in hand is finished first."""
    user = desk.rep()
    if claims.held_by(user) is not None:
        flash("Finish the call you have first. Then you can practise.")
        return go("/queue")
    number, state = request.args.get("call", 1, type=int), request.args.get("state", "claimed")
    return _show(user, _card(user, number, state))


@bp.post("/practice/<int:sample_id>/<state>/<action>")
@allow("rep", "manager", "owner")
def act(sample_id: int, state: str, action: str) -> ResponseReturnValue:
    """What a button of the card does in practice: ring, hang up, save; the others do nothing here and say so."""
    user = desk.rep()
    if action == "save":
        return _save(user, _card(user, sample_id, state))
    card = _card(user, sample_id, _AFTER.get(action, state))
    if not is_partial():
        return go(f"/practice?call={sample_id}&state={card.task.state}")
    if action == "beat":
        return render_template("queue/_status.html", partial=True, **_context(user, card))
    return _card_alone(user, card, _SAID[card.task.state] if action in _AFTER else _NOT_HERE)


def _save(user: User, card: Card) -> ResponseReturnValue:
    """What would follow is told, and the next sample comes in the same answer."""
    now = clock.now()
    try:
        answers = read(calls.sent_form(), window_of(card.task, card.settings), now=now)
    except Refused as refused:
        return _show(user, card, status=422, errors=[desk.as_error(refused)], sent=request.form)
    writing = basis(card.cart, "email", settings=card.settings, now=now)
    step = next_step(answers, situation_of(card.task, card.settings, writing=writing), now=now)
    with transaction():
        session().execute(update(User).where(User.id == user.id).values(practised_at=now))
    following = card.task.id + 1
    last = {"label": DISPOSITIONS[answers.outcome].label, "who": card.who, "says": step.says}
    if following > len(SITUATIONS):
        return _show(user, None, said="That was the last practice call.", last=last)
    after = _card(user, following, "claimed")
    return _show(user, after, said=desk.next_said(after, "Practised."), last=last)


def _card(user: User, number: int, state: str) -> Card:
    if state not in STATES or not 1 <= number <= len(SITUATIONS):
        abort(404)
    store = current_store()
    settings = business.settings_of(store.id) if store else business.Settings()
    return practice_card(number, state, user, store, settings, now=clock.now())


def _context(user: User, card: Card | None, **more: Any) -> dict[str, Any]:
    """What the templates of the queue ask for, and the list of practice calls beside the card."""
    empty: dict[str, Any] = {"said": "", "obstacle": "", "stale": "", "errors": [], "sent": MultiDict(), "last": None}
    fixed = {"situations": SITUATIONS, "present": card.task.id if card else 0, "undo": None, "first": None}
    return empty | desk.words_of(user, card) | fixed | more


def _show(user: User, card: Card | None, *, status: int = 200, **more: Any) -> Response:
    part = "practice/_desk.html" if is_partial() else "practice/page.html"
    context = _context(user, card, partial=is_partial(), **more)
    response = make_response(render_template(part, **context), status)
    response.vary.add("HX-Request")
    return response


def _card_alone(user: User, card: Card, said: str) -> Response:
    """The card without the form beside it: what is typed there stays."""
    response = make_response(render_template("queue/_card_alone.html", partial=True, **_context(user, card)))
    response.vary.add("HX-Request")
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#card", "outerHTML"
    response.headers["HX-Trigger"] = json.dumps({"said": {"target": "#desk", "words": said}})
    return response
