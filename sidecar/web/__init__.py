"""The pages: one file per screen, and `register`, which fits them to the application."""

from __future__ import annotations

from types import ModuleType

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from sidecar.config import Config
from sidecar.web import (
    access,
    alerts,
    calls,
    carts,
    do_not_contact,
    errors,
    filters,
    headers,
    health,
    links,
    live,
    mail,
    messages,
    offers,
    outbox,
    overview,
    people,
    practice,
    preferences,
    profile,
    queue,
    replies,
    request_ids,
    reviewing,
    settings,
    setup,
    shell,
    sign_in,
    snoozing,
    team,
    team_day,
    unsubscribe,
)
from sidecar.web.asked import call as asked_call
from sidecar.web.asked import wishes as asked_wishes
from sidecar.web.asked import work as asked_work

# Every screen has a blueprint called `bp`.
SCREENS: tuple[ModuleType, ...] = (
    health,
    sign_in,
    setup,
    overview,
    queue,
    calls,
    offers,
    snoozing,
    carts,
    replies,
    mail,
    profile,
    alerts,
    team,
    team_day,
    people,
    practice,
    settings,
    do_not_contact,
    messages,
    outbox,
    reviewing,
    live,
    unsubscribe,
    preferences,
    links,
    asked_wishes,
    asked_call,
    asked_work,
)


def register(app: Flask) -> None:
    """Adds every screen to the application, and what surrounds them all: headers, access, errors, filters."""
    _configure(app, app.extensions["ringback.config"])
    request_ids.register(app)
    headers.register(app)
    do_not_contact.register(app)
    csrf = CSRFProtect(app)
    for around in (access, errors, filters, shell, offers):
        around.register(app)
    for screen in SCREENS:
        app.register_blueprint(screen.bp)
    for view in app.view_functions.values():
        if getattr(view, "csrf_exempt", False):
            csrf.exempt(view)


def _configure(app: Flask, config: Config) -> None:
    is_https = config.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-ringback-form" if is_https else "ringback-form",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stand open all day
        WTF_CSRF_SSL_STRICT=False,  # our pages send no referrer; headers.py looks at Sec-Fetch-Site instead
    )
