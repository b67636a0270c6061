"""The day as an owner or manager sees it, and giving a call to somebody else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import accounts, clock
from sidecar import settings as business
from sidecar.accounts import User
from sidecar.calls.desk.card import find_card
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.calls.tasks import queries
from sidecar.calls.tasks.handing_over import hand_over, reassign
from sidecar.calls.team import team_day
from sidecar.calls.team.tallies import tallies
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.web import working
from sidecar.web.access import allow, current_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store, store_zone

bp = Blueprint("team_day", __name__)


@bp.get("/team")
@allow("owner", "manager")
def page() -> ResponseReturnValue:
    """Who is on what, what waits, what was promised, today's figures. The region alone for htmx, every 5 s; 204 when
    nothing has changed since the reader's `seen`."""
    now = clock.now()
    users = accounts.reps()
    seen = f"{queries.stamp(now=now)}.{team_day.stamp(users)}"
    if is_partial() and request.args.get("seen") == seen:
        return Response(status=204)
    part = "team/_today.html" if is_partial() else "team/today.html"
    response = make_response(render_template(part, seen=seen, clock_now=now, zone=store_zone(), **_today(users)))
    response.vary.add("HX-Request")
    return response


@bp.get("/team/calls/<int:task_id>")
@allow("owner", "manager")
def one(task_id: int) -> ResponseReturnValue:
    """The form that gives one call to somebody else, or to anybody."""
    return _form(task_id, [])


@bp.post("/team/calls/<int:task_id>")
@allow("owner", "manager")
def give(task_id: int) -> ResponseReturnValue:
    """Keeps the call for that rep from now on."""
    wanted = request.form.get("colleague", "")
    try:
        with transaction():
            to_id = None if wanted == "anybody" else int(wanted) if wanted.isdecimal() else 0
            task = reassign(task_id, current_user(), to_id, request.form.get("note", ""), now=clock.now())
            whose = accounts.find_user(task.for_user_id) if task.for_user_id else None
            said = f"{task.contact.name} is with {whose.first_name if whose else 'anybody who is free'} now."
    except Refused as refused:
        return _form(task_id, [_as_error(refused)], status=422)
    flash(said)
    return go("/team")


@bp.post("/calls/<int:task_id>/hand-over")
@allow("rep", "manager", "owner")
def hand(task_id: int) -> ResponseReturnValue:
    """A rep's own call goes to a colleague; the desk is free for the next one."""
    wanted = request.form.get("colleague", "")
    with transaction():
        colleague_id = int(wanted) if wanted.isdecimal() else 0
        task = hand_over(task_id, current_user(), colleague_id, request.form.get("note", ""), now=clock.now())
        colleague = accounts.find_user(colleague_id)
        said = f"{task.contact.name} is with {colleague.first_name if colleague else 'your colleague'} now."
    flash(said)
    return go("/queue")


@bp.app_template_global("colleagues_of")
def colleagues_of(user: User, language: str = "") -> list[tuple[int, str]]:
    """Who may take a call over from this person, by id and in words; those who speak its language first."""
    found = [one for one in accounts.reps() if one.id != user.id]
    found.sort(key=lambda one: bool(language) and language not in one.languages)
    return [(one.id, _in_words(one)) for one in found]


def _in_words(user: User) -> str:
    spoken = [working.SPOKEN[code] for code in user.languages if code in working.SPOKEN]
    away = ["on a break"] if user.paused_at else []
    return ", ".join([user.name or user.email, *spoken, *away])


def _today(users: list[User]) -> dict[str, Any]:
    now, store = clock.now(), current_store()
    zone = shop_zone_of(store)
    settings = business.settings_of(store.id) if store else business.Settings()
    return {
        "seats": team_day.seats(now=now, zone=zone, shop=settings["calls.hours"]),
        "waiting": team_day.waiting(now=now),
        "counted": team_day.COUNTED,
        "promised": team_day.promised(now=now),
        "tallies": tallies(users, now=now, zone=zone),
    }


def _form(task_id: int, errors: list[dict[str, str]], *, status: int = 200) -> ResponseReturnValue:
    card = find_card(task_id, current_user(), None, now=clock.now())
    if card is None:
        abort(404)
    people = [(str(one.id), _in_words(one)) for one in accounts.reps()]
    context = {"card": card, "people": [("anybody", "Anybody who is free"), *people], "errors": errors}
    return make_response(render_template("team/give.html", **context), status)


def _as_error(refused: Refused) -> dict[str, str]:
    return {"field": refused.field or "", "text": refused.reason.removesuffix(".")}
