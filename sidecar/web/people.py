"""The people who call, for owner and manager: how each works, and the page on which that is changed."""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from sidecar import accounts, clock
from sidecar.accounts import User
from sidecar.accounts.user import CALLERS
from sidecar.accounts.working import week_words
from sidecar.db import transaction
from sidecar.web import working
from sidecar.web.access import allow, current_user

bp = Blueprint("people", __name__)


@bp.get("/team/people")
@allow("owner", "manager")
def listing() -> ResponseReturnValue:
    """Everybody who may call, with how they work."""
    people = [(one, week_words(one.hours), may_change(current_user(), one)) for one in accounts.reps()]
    return render_template("team/people.html", people=people, spoken=working.SPOKEN)


@bp.get("/team/people/<int:user_id>")
@allow("owner", "manager")
def one(user_id: int) -> ResponseReturnValue:
    """One person's hours, languages, telephone, time zone and daily goal."""
    return _page(_person(user_id), [])


@bp.post("/team/people/<int:user_id>")
@allow("owner", "manager")
def save(user_id: int) -> ResponseReturnValue:
    """Keeps how they work; all of it, or nothing when something in it cannot be."""
    wanted, errors = working.read()
    if errors:
        return _page(_person(user_id), errors, status=422)
    with transaction():
        user = _person(user_id)
        changed = accounts.change_work(user, wanted, now=clock.now(), by=current_user().email)
        said = f"{user.name or user.email} is changed." if changed else "Nothing was changed."
    flash(said)
    return redirect("/team/people", 303)


def may_change(by: User, whose: User) -> bool:
    """Whether one may change how the other works: an owner everybody's, a manager everybody's but an owner's."""
    return by.role == "owner" or (by.role == "manager" and whose.role != "owner")


def _person(user_id: int) -> User:
    user = accounts.find_user(user_id)
    if user is None or user.role not in CALLERS or user.disabled_at is not None:
        abort(404)
    if not may_change(current_user(), user):
        abort(403)
    return user


def _page(user: User, errors: list[dict[str, str]], *, status: int = 200) -> ResponseReturnValue:
    fields = working.fields(user, errors, goal=True)
    return make_response(render_template("team/person.html", person=user, errors=errors, work=fields), status)
