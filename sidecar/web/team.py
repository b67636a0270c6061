"""The people who sign in, for the owner: add, change role, disable, make a one-time link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import accounts, clock
from sidecar.accounts import User
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.web.access import allow, current_user
from sidecar.web.settings import sections
from sidecar.web.wired import config

bp = Blueprint("team", __name__)

ROLE_WORDS = {
    "owner": "Owner: everything",
    "manager": "Manager: queue, carts, outbox, settings",
    "rep": "Rep: calls, and looks at carts",
    "viewer": "Read-only: looks, with addresses hidden",
}


@bp.get("/settings/team")
@allow("owner")
def page() -> ResponseReturnValue:
    """Everybody, and a form for one more."""
    return _page([])


@bp.post("/settings/team")
@allow("owner")
def add() -> ResponseReturnValue:
    """One more person, and the link with which they come in."""
    asked = request.form
    try:
        with transaction():
            user = accounts.add_user(
                asked.get("email", ""),
                asked.get("role", ""),
                name=asked.get("name", ""),
                now=clock.now(),
                by=current_user().email,
            )
            token = accounts.make_link(user, now=clock.now(), by=current_user().email)
    except Refused as refused:
        return _page([{"field": refused.field or "", "text": refused.reason.removesuffix(".")}], status=422)
    return _page([], link_for=user, token=token)


@bp.post("/settings/team/<int:user_id>/link")
@allow("owner")
def link(user_id: int) -> ResponseReturnValue:
    """A one-time link for somebody, shown once."""
    with transaction():
        user = _user(user_id)
        token = accounts.make_link(user, now=clock.now(), by=current_user().email)
    return _page([], link_for=user, token=token)


@bp.post("/settings/team/<int:user_id>/role")
@allow("owner")
def role(user_id: int) -> ResponseReturnValue:
    """Another role."""
    wanted = request.form.get("role", "")
    return _change(user_id, lambda user, by, now: accounts.change_role(user, wanted, now=now, by=by))


@bp.post("/settings/team/<int:user_id>/disable")
@allow("owner")
def disable(user_id: int) -> ResponseReturnValue:
    """Out at once, from every browser."""
    return _change(user_id, lambda user, by, now: accounts.disable_user(user, now=now, by=by))


@bp.post("/settings/team/<int:user_id>/enable")
@allow("owner")
def enable(user_id: int) -> ResponseReturnValue:
    """In again."""
    return _change(user_id, lambda user, by, now: accounts.enable_user(user, now=now, by=by))


def _change(user_id: int, change: Callable[[User, str, datetime], None]) -> ResponseReturnValue:
    try:
        with transaction():
            user = _user(user_id)
            change(user, current_user().email, clock.now())
            told = f"{user.email} is changed."
    except Refused as refused:
        return _page([{"field": "", "text": refused.reason.removesuffix(".")}], status=422)
    flash(told)
    return redirect("/settings/team", 303)


def _user(user_id: int) -> User:
    user = accounts.find_user(user_id)
    if user is None:
        abort(404)
    return user


def _page(
    errors: list[dict[str, str]], *, status: int = 200, link_for: User | None = None, token: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "team/page.html",
        sections=sections("team"),
        people=accounts.every_user(),
        roles=list(ROLE_WORDS.items()),
        errors=errors,
        link_for=link_for,
        link=f"{config().base_url}/link/{token}" if link_for else "",
        present=current_user(),
    )
    return make_response(page, status)
