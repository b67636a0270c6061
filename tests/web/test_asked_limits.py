"""How often one may ask for a call: from one place, by one link, for one number. Source: reference/safety.md C13."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.calls.requests.request import CallRequestTry
from sidecar.db import session, transaction
from tests.factories import make_store, make_user
from tests.outreach.making import give_token, make_message, make_person
from tests.web.asking import came_from, send

NOW = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)  # a Tuesday: 13:05 in New York
PHONE = "+12125550123"


@pytest.fixture
def link(app, monkeypatch) -> str:
    """Dana's own link. Three reps work."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with transaction():
        store = make_store(now=NOW, live_at=NOW)
        for name in ("sam", "ana", "eli"):
            make_user(f"{name}@example.com", now=NOW)
        dana = make_person(store, 1, phone=PHONE, phone_e164=PHONE)
        sent = make_message(store, dana, 501, now=NOW, state="sent", reason=None, sent_at=NOW,
                            cart={"email": "p1@example.com", "phone": PHONE, "phone_e164": PHONE})  # fmt: skip
        return f"/b/{give_token(sent)}"


def test_three_an_hour_from_one_place_and_three_a_day_for_one_number(visit, link):
    visitor = visit(csrf=True)
    codes = [send(visitor, "/call", number=f"212 555 01{n:02}", headers=came_from(7)).status_code for n in range(4)]
    assert codes == [303, 303, 303, 429]
    codes = [send(visitor, "/call", number="212 555 0177", headers=came_from(n)).status_code for n in range(4)]
    assert codes == [303, 303, 303, 429]
    marks = set(session().scalars(select(CallRequestTry.mark)))
    assert not any("203.0.113" in mark or "555" in mark for mark in marks)


def test_one_link_asks_three_times_an_hour(visit, link):
    codes = [send(visit(csrf=True), link, number=f"212 555 01{n:02}", headers=came_from(n)).status_code
             for n in range(4)]  # fmt: skip
    assert codes == [303, 303, 303, 429]


def test_a_household_with_many_addresses_is_one_place_and_what_visitors_say_is_not_believed(visit, link):
    visitor = visit(csrf=True)
    said = [f"2001:db8:1:2::{n}" for n in range(3)] + ["198.51.100.1, 2001:db8:1:2:ffff::1"]
    codes = [
        send(visitor, "/call", number=f"212 555 01{n:02}", headers={"X-Forwarded-For": one}).status_code
        for n, one in enumerate(said)
    ]
    assert codes == [303, 303, 303, 429]


def test_the_hour_passes(visit, link, monkeypatch):
    visitor = visit(csrf=True)
    for n in range(3):
        send(visitor, "/call", number=f"212 555 01{n:02}", headers=came_from(7))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=61))
    assert send(visitor, "/call", number="212 555 0177", headers=came_from(7)).status_code == 303
