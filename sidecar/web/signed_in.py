"""The cookie of a signed-in browser: a random token, whose session is a row that can be ended at once."""

from __future__ import annotations

from datetime import timedelta

from flask import request, session
from werkzeug.wrappers import Response

from sidecar import clock
from sidecar.accounts import SESSION_LASTS, User, end_session, find_session, start_session, touch_session
from sidecar.db import transaction
from sidecar.web.wired import config

TOUCH_EVERY = timedelta(minutes=5)  # one write in five minutes keeps the idle time-out exact enough


def find() -> User | None:
    """Who this browser is signed in as. Notes that the session is in use."""
    if not token():
        return None
    now = clock.now()
    found = find_session(token(), now=now)
    if found is None:
        return None
    if now - found.seen_at > TOUCH_EVERY:
        with transaction():
            touch_session(token(), now=now)
    return found.user


def token() -> str:
    """The token this browser came with, or ""."""
    return request.cookies.get(cookie_name(), "")


def begin(user: User, response: Response) -> None:
    """Signs the browser in as `user`, in a new session; call it inside the transaction that checked them."""
    now = clock.now()
    if token():
        end_session(token(), now=now)
    session.clear()  # a new CSRF token as well
    response.set_cookie(
        cookie_name(),
        start_session(user, now=now),
        max_age=SESSION_LASTS,
        httponly=True,
        secure=_is_https(),
        samesite="Lax",
        path="/",
    )


def end(response: Response) -> None:
    """Signs the browser out; call it inside a transaction."""
    end_session(token(), now=clock.now())
    session.clear()
    response.delete_cookie(cookie_name(), path="/", secure=_is_https(), httponly=True, samesite="Lax")


def cookie_name() -> str:
    """`__Host-` binds the cookie to this very host; browsers take that prefix over https only."""
    return "__Host-ringback" if _is_https() else "ringback"


def _is_https() -> bool:
    return config().base_url.startswith("https://")
