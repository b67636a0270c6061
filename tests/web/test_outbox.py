"""The Outbox as owner, manager and viewer see it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.stores.connection import Store
from tests.factories import make_store
from tests.outreach.making import make_message, make_person


@pytest.fixture
def messages(app) -> dict[str, int]:
    """One message in every interesting state, the oldest first, of a store that is live."""
    now = clock.now()
    wanted: dict[str, dict[str, Any]] = {
        "planned": {"written": False, "state": "planned"},
        "due": {"state": "due"},
        "held": {"state": "due", "reason": "person_held", "reason_words": "Sam has a call with her at 14:30."},
        "sent": {"state": "sent", "sent_at": now, "provider_answer": "250 OK"},
        "failed": {"state": "failed", "reason": "refused_by_server", "reason_words": "Mail server said: 550 unknown"},
        "cancelled": {"state": "cancelled", "reason": "paid"},
        "review": {"state": "review", "reason": "answer_lost"},
    }
    with transaction():
        store = make_store(now=now, live_at=now)
        ids = {}
        for number, (name, more) in enumerate(wanted.items()):
            person = make_person(store, number, first_name=name.title())
            ids[name] = make_message(store, person, 500 + number, now=now, **more).id
        return ids


def people(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/carts/\d+">(\w+) Ruiz</a>', page)


def test_every_message_stands_with_state_and_reason_newest_first(visit, messages):
    page = visit("owner").get("/outbox").text
    assert people(page) == ["Review", "Cancelled", "Failed", "Sent", "Held", "Due", "Planned"]
    for sentence in (
        "It may have arrived; it is not sent again.",
        "Paid before it was sent.",
        "Mail server said: 550 unknown",
        "Taken by the mail server: 250 OK",
        "Sam has a call with her at 14:30.",
    ):
        assert sentence in page
    assert page.count("<h1") == 1


def is_live() -> bool:
    return session().scalars(select(Store)).one().is_live


@pytest.mark.parametrize(
    ("state", "expected"),
    [("waiting", ["Held", "Due", "Planned"]), ("sent", ["Sent"]), ("failed", ["Failed"]), ("held", ["Cancelled"])],
)
def test_the_tabs_narrow_by_state(visit, messages, state, expected):
    assert people(visit("manager").get(f"/outbox?state={state}").text) == expected
    assert visit("manager").get("/outbox?state=odd").status_code == 404


def test_a_rep_has_no_outbox_and_a_viewer_sees_no_addresses(visit, messages):
    assert visit("rep").get("/outbox").status_code == 403
    assert "p1@example.com" in visit("owner").get("/outbox").text
    page = visit("viewer").get("/outbox").text
    assert "p1@example.com" not in page
    assert "p…@example.com" in page


def test_a_message_is_shown_in_a_frame_where_nothing_can_happen(visit, messages):
    owner = visit("owner")
    page = owner.get(f"/outbox/{messages['due']}").text
    assert f'<iframe class="letter__frame" sandbox src="/outbox/{messages["due"]}/letter"' in page
    assert "Hi Due," in page
    letter = owner.get(f"/outbox/{messages['due']}/letter")
    policy = letter.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "/u/preview" in letter.text
    assert "ringback.invalid" not in letter.text + page


def test_the_pages_of_a_long_outbox_meet_without_gap(visit, app):
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        person = make_person(store, 1)
        for number in range(30):
            make_message(store, person, 700 + number, now=now, written=False)
    visitor = visit("owner")
    first = visitor.get("/outbox").text
    following = re.search(r'href="(/outbox\?before=\d+)"', first)
    assert following
    second = visitor.get(following[1]).text
    ids = re.findall(r'href="/outbox/(\d+)"', first + second)
    assert len(ids) == len(set(ids)) == 30


def test_go_live_says_everything_that_stands_against_it_at_once(visit, messages, app):
    with transaction():
        session().scalars(select(Store)).one().live_at = None
    answer = visit("owner").post("/go-live")
    assert answer.status_code == 422
    for word in ("SIDECAR_SMTP_URL", "SIDECAR_MAIL_FROM"):
        assert word in answer.text
    assert visit("manager").post("/go-live").status_code == 403


def test_go_live_pause_and_resume(visit, messages, app):
    with transaction():
        session().scalars(select(Store)).one().live_at = None
    app.extensions["ringback.config"] = replace(
        app.extensions["ringback.config"], smtp_url="smtp://127.0.0.1:25", mail_from="hello@example.com"
    )
    owner = visit("owner")
    assert "Go live</button>" in owner.get("/go-live").text
    assert owner.post("/go-live").location == "/"
    assert is_live()
    owner.post("/pause")
    assert not is_live()
    assert session().get_one(Message, messages["due"]).reason == "paused"
    owner.post("/resume")
    assert is_live()
    assert list(session().scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == ["go live", "pause", "resume"]


def test_an_empty_outbox_says_what_will_appear(visit, app):
    assert "No messages yet." in visit("owner").get("/outbox").text
