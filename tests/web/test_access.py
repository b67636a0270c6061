"""Every route and every role: who gets in. A new route belongs into the table."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

EVERYBODY = {"owner", "manager", "rep", "viewer"}
OFFICE = {"owner", "manager"}
PUBLIC = "public"

SET_UP = {"setup.page", "setup.make_owner"}  # public to whoever has the token; tests/web/test_setup.py

TABLE: dict[str, object] = {
    "alerts.*": EVERYBODY - {"viewer"},
    "asked.*": PUBLIC,
    "asked_call.*": PUBLIC,
    "asked_work.*": EVERYBODY - {"viewer"},
    "calls.*": EVERYBODY - {"viewer"},
    "carts.leave": OFFICE,
    "carts.lift": {"owner"},
    "carts.listing": EVERYBODY,
    "carts.one": EVERYBODY,
    "carts.release": OFFICE,
    "do_not_contact.*": OFFICE,
    "health.livez": PUBLIC,
    "health.readyz": PUBLIC,
    "links.follow": PUBLIC,
    "offers.answer": OFFICE,
    "offers.*": EVERYBODY - {"viewer"},
    "live.page": {"owner"},
    "live.go_live": {"owner"},
    "mail.try_again": OFFICE,
    "messages.change": OFFICE,
    "messages.letter": EVERYBODY - {"rep"},
    "messages.listing": EVERYBODY - {"rep"},
    "messages.one": EVERYBODY - {"rep"},
    "messages.restore": OFFICE,
    "outbox.letter": EVERYBODY - {"rep"},
    "outbox.listing": EVERYBODY - {"rep"},
    "outbox.one": EVERYBODY - {"rep"},
    "live.pause": OFFICE,
    "live.resume": OFFICE,
    "overview.page": EVERYBODY,
    "overview.progress": EVERYBODY - {"rep"},
    "people.*": OFFICE,
    "practice.*": EVERYBODY - {"viewer"},
    "preferences.*": PUBLIC,
    "profile.look": EVERYBODY,
    "profile.page": EVERYBODY,
    "profile.password": EVERYBODY,
    "profile.save": EVERYBODY,
    "profile.work": EVERYBODY - {"viewer"},
    "queue.*": EVERYBODY - {"viewer"},
    "replies.mark_read": EVERYBODY - {"viewer"},
    "settings.page": OFFICE,
    "settings.save": OFFICE,
    "settings.start": OFFICE,
    "reviewing.*": OFFICE,
    "setup.connect": {"owner"},
    "setup.disconnect": {"owner"},
    "setup.make_owner": PUBLIC,
    "setup.page": PUBLIC,
    "setup.store_page": {"owner"},
    "setup.try_again": {"owner"},
    "sign_in.link": PUBLIC,
    "sign_in.page": PUBLIC,
    "sign_in.sign_in": PUBLIC,
    "sign_in.sign_out": EVERYBODY,
    "sign_in.use_link": PUBLIC,
    "snoozing.*": EVERYBODY - {"viewer"},
    "team_day.*": OFFICE,
    "team_day.hand": EVERYBODY - {"viewer"},
    "team.add": {"owner"},
    "team.disable": {"owner"},
    "team.enable": {"owner"},
    "team.link": {"owner"},
    "team.page": {"owner"},
    "team.role": {"owner"},
    "unsubscribe.answer": PUBLIC,
    "unsubscribe.ask": PUBLIC,
}


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and an address of every route."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        values = {name: 424242 if name.endswith("id") else "unknown" for name in rule.arguments}
        found += [
            (rule.endpoint, method, adapter.build(rule.endpoint, values, method=method))
            for method in sorted((rule.methods or set()) & {"GET", "POST"})
        ]
    return found


def wanted(endpoint: str) -> Any:
    """Who may open the route: by its own row, else by the row of its screen."""
    return TABLE.get(endpoint, TABLE.get(f"{endpoint.partition('.')[0]}.*"))


def test_every_route_stands_in_the_table(app: Flask) -> None:
    assert [endpoint for endpoint, _, _ in routes(app) if wanted(endpoint) is None] == []


@pytest.mark.parametrize("role", ["owner", "manager", "rep", "viewer"])
def test_role_gets_in_where_the_table_says_and_nowhere_else(app: Flask, visit, role) -> None:
    wrong = []
    for endpoint, method, url in routes(app):
        status = visit(role).open(url, method=method).status_code
        roles = wanted(endpoint)
        if (status == 403) != (roles != PUBLIC and role not in roles) and endpoint not in SET_UP:
            wrong.append((endpoint, method, status))
    assert wrong == []


def test_stranger_is_sent_to_sign_in_unless_the_route_is_public(app: Flask, visit) -> None:
    visit("owner")
    wrong = []
    for endpoint, method, url in routes(app):
        answer = visit().open(url, method=method)
        is_sent_away = answer.status_code == 303 and str(answer.location).startswith("/sign-in")
        if is_sent_away != (wanted(endpoint) != PUBLIC) and endpoint not in SET_UP:
            wrong.append((endpoint, method, answer.status_code))
    assert wrong == []
