"""Signing in, by password or by a one-time link, and signing out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from sidecar import accounts, audit, clock
from sidecar.accounts import User
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.web import signed_in
from sidecar.web.access import allow, current_user, find_user, public
from sidecar.web.wired import gateways

bp = Blueprint("sign_in", __name__)

WRONG = "Email and password do not match an account. Check both, or use a one-time link."


@bp.get("/sign-in")
@public
def page() -> ResponseReturnValue:
    """The door."""
    if find_user():
        return redirect(_next(), 303)
    if not accounts.has_owner():
        return redirect("/setup", 303)
    return _page([])


@bp.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Lets them in, or says the same to everybody whom it does not."""
    email, password = request.form.get("email", "").strip().lower()[:254], request.form.get("password", "")
    errors = _missing(email, password)
    if errors:
        return _page(errors, 422)
    try:
        attempt = _note_attempt(email)
    except Refused as refused:
        return _page([{"field": "", "text": refused.reason}], 429)
    user = accounts.find_user_by_email(email)
    if not accounts.check_password(user, password) or user is None:
        return _page([{"field": "email", "text": WRONG}], 422)
    response = _leave_for(_next())
    with transaction():
        accounts.note_success(attempt)
        _let_in(user, response, "password")
    return response


@bp.post("/sign-out")
@allow("owner", "manager", "rep", "viewer")
def sign_out() -> ResponseReturnValue:
    """Ends the session here and on the server."""
    email = current_user().email
    response = _leave_for("/sign-in")
    with transaction():
        signed_in.end(response)
        audit.record(email, "session.end", email, now=clock.now())
    flash("You are signed out.")
    return response


@bp.get("/link/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """Asks before the link is used up, since programs that look into chats open links too. Script presses for a
    person who is not signed in yet, so that one click is enough."""
    user = accounts.find_link(token, now=clock.now())
    if user is None:
        return make_response(render_template("sign_in/link_used.html"), 410)
    return render_template("sign_in/link.html", token=token, invited=user, present=find_user())


@bp.post("/link/<token>")
@public
def use_link(token: str) -> ResponseReturnValue:
    """Uses the link up and lets them in."""
    response = _leave_for("/")
    try:
        with transaction():
            user = accounts.use_link(token, now=clock.now())
            _let_in(user, response, "link")
    except Refused:
        return make_response(render_template("sign_in/link_used.html"), 410)
    return response


def _let_in(user: User, response: Response, by: str) -> None:
    signed_in.begin(user, response)
    audit.record(user.email, "session.start", user.email, {"by": by}, now=clock.now())


def _leave_for(url: str) -> Response:
    return make_response(redirect(url, 303))


def _note_attempt(email: str) -> int:
    vault = gateways().vault
    with transaction():
        return accounts.note_attempt(
            vault.fingerprint("sign-in", email),
            vault.fingerprint("sign-in from", request.remote_addr or ""),
            now=clock.now(),
        )


def _missing(email: str, password: str) -> list[dict[str, str]]:
    errors = []
    if not email:
        errors.append({"field": "email", "text": "Enter your email address"})
    if not password:
        errors.append({"field": "password", "text": "Enter your password"})
    return errors


def _page(errors: list[dict[str, str]], status: int = 200) -> Response:
    email = request.form.get("email", "")
    return make_response(render_template("sign_in/page.html", errors=errors, email=email, next=_next()), status)


def _next() -> str:
    """Where they wanted to go, if that is a page of ours."""
    wanted = request.values.get("next", "/")
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if is_ours and "\\" not in wanted and wanted.isprintable() else "/"
