"""What a signed-in person may change about themselves: look, name, how they work, password, shortcuts."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import accounts, audit, clock
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.web import signed_in, working
from sidecar.web.access import allow, current_user

bp = Blueprint("profile", __name__)

LOOKS = ("system", "light", "dark")


@bp.get("/profile")
@allow("owner", "manager", "rep", "viewer")
def page() -> ResponseReturnValue:
    """Their own account."""
    return _page([])


@bp.post("/profile")
@allow("owner", "manager", "rep", "viewer")
def save() -> ResponseReturnValue:
    """Name and shortcuts."""
    name = request.form.get("name", "").strip()
    if len(name) > 80 or not name.isprintable():
        return _again([{"field": "name", "text": "Name must be one line of 80 characters or less"}])
    with transaction():
        user = current_user()
        user.name = name
        user.shortcuts = request.form.get("shortcuts") == "on"
        user.softphone = request.form.get("softphone") == "on"
    flash("Saved.")
    return redirect("/profile", 303)


@bp.post("/profile/work")
@allow("owner", "manager", "rep")
def work() -> ResponseReturnValue:
    """Their own hours, languages, telephone and time zone. The daily goal is set under Team."""
    wanted, errors = working.read(goal=current_user().daily_goal)
    if errors:
        return _page(errors, status=422, at_work=True)
    with transaction():
        user = current_user()
        changed = accounts.change_work(user, wanted, now=clock.now(), by=user.email)
    flash("Saved." if changed else "Nothing was changed.")
    return redirect("/profile", 303)


@bp.post("/profile/look")
@allow("owner", "manager", "rep", "viewer")
def look() -> ResponseReturnValue:
    """Light, dark, or as the computer is."""
    wanted = request.form.get("look", "")
    with transaction():
        current_user().look = wanted if wanted in LOOKS else "system"
    return redirect(_back(), 303)


@bp.post("/profile/password")
@allow("owner", "manager", "rep", "viewer")
def password() -> ResponseReturnValue:
    """A new password; every other browser of theirs is signed out."""
    user = current_user()
    if user.password_hash and not accounts.check_password(user, request.form.get("present", "")):
        return _again([{"field": "present", "text": "Present password is not the one of this account"}])
    try:
        with transaction():
            user = current_user()
            accounts.set_password(user, request.form.get("new", ""))
            accounts.end_every_session(user, now=clock.now(), but=signed_in.token())
            audit.record(user.email, "user.password", user.email, now=clock.now())
    except Refused as refused:
        return _again([{"field": "new", "text": refused.reason.removesuffix(".")}])
    flash("Your password is changed. Other browsers are signed out.")
    return redirect("/profile", 303)


def _again(errors: list[dict[str, str]]) -> ResponseReturnValue:
    return _page(errors, status=422)


def _page(errors: list[dict[str, str]], *, status: int = 200, at_work: bool = False) -> ResponseReturnValue:
    """The page; `at_work`: the errors are about the fields of how they work, which keep what was typed."""
    user = current_user()
    fields = working.fields(user, errors if at_work else [], goal=False)
    return make_response(render_template("profile/page.html", user=user, errors=errors, work=fields), status)


def _back() -> str:
    """The page the menu was opened on: our pages send no referrer, so the form says it."""
    wanted = request.form.get("from", "/")
    return wanted if wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted else "/"
