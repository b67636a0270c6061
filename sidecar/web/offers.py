"""Offers on the phone: the region on the rep's card, the questions to the owner, and the line that tells of both."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.accounts import User
from sidecar.calls.desk.card import Card, find_card
from sidecar.calls.outcomes.dispositions import REASONS
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.incentives.rep_offers import named, sign_of
from sidecar.recovery.incentives import giving, questions
from sidecar.recovery.incentives.on_card import CardOffers, notes, offers_on, promises, stamp_of
from sidecar.recovery.incentives.question_list import lines
from sidecar.web import desk
from sidecar.web.access import allow, current_user, find_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.wired import gateways

bp = Blueprint("offers", __name__)

OFFICE = ("owner", "manager")
CALLERS = ("rep", "manager", "owner")
_LATELY_DAYS = 14


@bp.get("/calls/<int:task_id>/offers")
@allow("rep", "manager", "owner")
def region(task_id: int) -> ResponseReturnValue:
    """The offers of one card alone; 204 while nothing is new since the reader's `seen`."""
    user, now = desk.rep(), clock.now()
    if not is_partial():
        return go("/queue")
    task, seen = session().get(CallTask, task_id), request.args.get("seen")
    if task is not None and seen is not None and seen == stamp_of(task.cart_id, now=now):
        return Response(status=204)
    card = find_card(task_id, user, None, now=now)
    if card is None:
        abort(404)
    found = _offers_of(card, user)
    return _region(card, found, said=_news(found) if seen is not None else "")


@bp.post("/calls/<int:task_id>/offers")
@allow("rep", "manager", "owner")
def change(task_id: int) -> ResponseReturnValue:
    """Gives an offer, takes it back, asks the owner for more, or asks no longer."""
    user = desk.rep()
    try:
        said = _change(task_id, user)
    except Refused as refused:
        return _refused(task_id, user, refused)
    if not is_partial():
        flash(said)
        return go("/offers" if request.form.get("from") == "list" else "/queue")
    card = find_card(task_id, user, None, now=clock.now())
    if card is None:
        abort(404)
    return _region(card, _offers_of(card, user), said=said)


@bp.get("/offers")
@allow("rep", "manager", "owner")
def page() -> ResponseReturnValue:
    """The questions: what this person can answer, what was allowed to them, and what there was lately."""
    return _page([])


@bp.post("/offers/<int:question_id>")
@allow("owner", "manager")
def answer(question_id: int) -> ResponseReturnValue:
    """Yes or no."""
    user, is_approved = desk.rep(), request.form.get("answer") == "yes"
    words = " ".join(request.form.get("words", "").split())
    try:
        with transaction():
            questions.decide(question_id, user, is_approved=is_approved, answer=words, now=clock.now())
    except Refused as refused:
        return _page([desk.as_error(refused)], status=409)
    flash("Approved. The rep sees it within seconds." if is_approved else "Declined. The rep sees it within seconds.")
    return go("/offers")


@bp.get("/offers/waiting")
@allow("rep", "manager", "owner")
def waiting() -> ResponseReturnValue:
    """The line above every page; 204 while it says what the reader was `told`."""
    if not is_partial():
        return go("/offers")
    found = offers_waiting()
    if request.args.get("told") == found.get("stamp"):
        return Response(status=204)
    return render_template("offers/_waiting.html", found=found)


def offers_waiting() -> dict[str, Any]:
    """What the line above every page tells whoever is signed in: questions to answer, and answers to them."""
    user, now = find_user(), clock.now()
    if user is None or user.role not in CALLERS:
        return {}
    asked = questions.to_answer(user, now=now) if user.role in OFFICE else []
    allowed = questions.answered_for(user, now=now)
    held = claims.held_by(user) if allowed else None  # what the card in hand says is not said twice
    allowed = [row for row in allowed if held is None or row.task_id != held.id]
    stamp = ".".join(f"{row.id}{row.state[0]}" for row in (*asked, *allowed)) or "none"
    return {"asked": lines(asked, now=now), "allowed": lines(allowed, now=now), "stamp": stamp}


def register(app: Flask) -> None:
    """Gives the templates the offers of a card and the line above every page."""
    app.jinja_env.globals.update(
        card_offers=lambda card: _offers_of(card, current_user()),
        offer_reasons=REASONS,
        offer_promises=lambda card: promises(card.settings, card.task.contact.language),
        offer_notes=lambda card: notes(card.settings),
        offer_sign=sign_of,
        offers_waiting=offers_waiting,
    )


# --- what is behind them --------------------------------------------------------------------------------------------


def _change(task_id: int, user: User) -> str:
    sent = request.form
    reasons = [reason for reason in dict.fromkeys(sent.getlist("reason")) if reason in REASONS]
    if sent.get("back"):
        return giving.take_back(task_id, user, gateways=gateways(), clock=clock.now)
    if sent.get("unask"):
        with transaction():
            done = questions.withdraw(task_id, user, now=clock.now())
        return "The question is withdrawn." if done else "There was no open question any more."
    if sent.get("ask"):
        words = " ".join(sent.get("words", "").split())
        with transaction():
            giving.ask(task_id, user, sent["ask"], reasons, words, now=clock.now())
        return "The owner is asked. The answer comes here by itself."
    if sent.get("look"):
        coupon = giving.look_again(task_id, user, gateways=gateways(), clock=clock.now)
        return f"The coupon {coupon.code} is in the store."
    coupon = giving.give(task_id, user, _wish(), reasons, gateways=gateways(), clock=clock.now)
    return f"The coupon {coupon.code} is in the store."


def _wish() -> str:
    """What is to be given: a choice of the owner's, or what was typed."""
    sent = request.form
    if sent.get("give") != "typed":
        return sent.get("give", "")
    return f"{sent.get('offer_kind', '')} {sent.get('offer_much', '').strip()}"


def _refused(task_id: int, user: User, refused: Refused) -> ResponseReturnValue:
    """Why it cannot be, where it was asked for; with the question to the owner where that would help."""
    card = find_card(task_id, user, None, now=clock.now())
    if request.form.get("from") == "list" or card is None or (not is_partial() and not card.mine):
        return _page([desk.as_error(refused)], status=409)
    wish: str = getattr(refused, "wish", "")
    says = named(wish, card.cart.currency) if wish else ""
    more: dict[str, Any] = {"refusal": refused.reason, "ask_for": wish, "ask_says": says[:1].lower() + says[1:]}
    if not is_partial():
        return desk.show(user, card, status=422, offered=_offers_of(card, user), **more)
    return _region(card, _offers_of(card, user), status=422, said=refused.reason, **more)


def _offers_of(card: Card, user: User) -> CardOffers:
    return offers_on(card.task, card.store, card.settings, user, now=clock.now())


def _region(card: Card, found: CardOffers, *, status: int = 200, said: str = "", **more: Any) -> Response:
    page = render_template("queue/_offers.html", card=card, task=card.task, offered=found, partial=True, **more)
    response = make_response(page, status)
    response.vary.add("HX-Request")
    if said:
        response.headers["HX-Trigger"] = json.dumps({"said": {"target": "#desk", "words": said}})
    return response


def _news(found: CardOffers) -> str:
    """What came by itself, for those who do not see it."""
    question = found.request
    if question is not None and question.state in ("approved", "declined"):
        return f"{found.decided_by} {question.state} {found.request_says}."
    return ""


def _page(errors: list[dict[str, str]], *, status: int = 200) -> ResponseReturnValue:
    user, now = desk.rep(), clock.now()
    is_office = user.role in OFFICE
    since = now - questions.LASTS * _LATELY_DAYS
    context = {
        "errors": errors,
        "asked": lines(questions.to_answer(user, now=now), now=now) if is_office else [],
        "allowed": lines(questions.answered_for(user, now=now), now=now),
        "lately": lines(questions.lately(None if is_office else user, since=since), now=now),
        "is_office": is_office,
        "held": claims.held_by(user),
        "me": user,
    }
    return make_response(render_template("offers/page.html", **context), status)
