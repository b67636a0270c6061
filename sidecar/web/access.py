"""Who may do what. Every view is marked with exactly one of `allow` and `public`; one hook enforces the marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast
from urllib.parse import quote

from flask import Flask, abort, current_app, g, request
from werkzeug.wrappers import Response

from sidecar.accounts import ROLES, User
from sidecar.web import signed_in
from sidecar.web.htmx import go

View = TypeVar("View", bound=Callable[..., object])
PUBLIC = "public"


def allow(*roles: str) -> Callable[[View], View]:
    """Marks a view as open to signed-in people of these roles. The owner is not implied: name every role."""
    if not roles or set(roles) - set(ROLES):
        raise ValueError(f"unknown roles: {roles}")

    def mark(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Marks a view as open to everybody."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def without_csrf(view: View) -> View:
    """Marks a view whose POST comes from a machine or a mail program, which cannot know a token of ours."""
    view.csrf_exempt = True  # type: ignore[attr-defined]
    return view


def find_user() -> User | None:
    """Who is signed in, or None."""
    if "user" not in g:
        g.user = signed_in.find()
    return cast("User | None", g.user)


def current_user() -> User:
    """Who is signed in. Only for views marked with `allow`; raises LookupError elsewhere when nobody is."""
    user = find_user()
    if user is None:
        raise LookupError("nobody is signed in")
    return user


def enforce() -> Response | None:
    """Runs before every view: sends strangers to sign in, refuses other roles, and anything that is not marked."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access is None:
        raise RuntimeError(f"{request.endpoint} is marked with neither allow nor public")
    if access == PUBLIC:
        return None
    user = find_user()
    if user is None:
        return go(_sign_in_address())
    if user.role not in access:
        abort(403)
    return None


def _sign_in_address() -> str:
    """The sign-in page, which then leads back: to the page, or from a part of a page to the page around it."""
    if request.method != "GET" or request.headers.get("HX-Request") or request.full_path in ("/", "/?"):
        return "/sign-in"
    return "/sign-in?next=" + quote(request.full_path.rstrip("?"), safe="")


def register(app: Flask) -> None:
    """Enforces the marks on every request."""
    app.before_request(enforce)
