"""How people work: changed by themselves on their profile, by owner and manager under Team."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from sidecar import accounts
from sidecar.accounts import User
from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from tests.cast import OWNER, REP
from tests.factories import make_store, make_user

GOOD = {
    "hours-0": "09:00-17:00",
    "hours-1": "9-12, 13-17",
    "time_zone": "America/Chicago",
    "languages": ["es", "de"],
    "phone": "(212) 555-0123",
    "daily_goal": "40",
}


@pytest.fixture(autouse=True)
def _store(app) -> None:
    with transaction():
        make_store()


def _user(email: str) -> User:
    user = accounts.find_user_by_email(email)
    assert user is not None
    return user


def _audited() -> list[tuple[str, str]]:
    entries = session().scalars(select(AuditEntry).where(AuditEntry.action == "user.work"))
    return [(entry.actor, entry.subject) for entry in entries]


def test_rep_sets_their_own_hours_languages_and_phone_but_not_the_goal(visit) -> None:
    rep = visit("rep", REP)
    page = rep.get("/profile").text
    answer = rep.post("/profile/work", data=GOOD)

    user = _user(REP)
    assert answer.location == "/profile"
    assert user.hours == {"0": [["09:00", "17:00"]], "1": [["09:00", "12:00"], ["13:00", "17:00"]]}
    assert (user.languages, user.phone, user.time_zone) == (["es", "de"], "+12125550123", "America/Chicago")
    assert user.daily_goal == 25
    assert "Your daily goal is 25 calls." in page
    assert 'name="daily_goal"' not in page
    assert _audited() == [(REP, REP)]
    again = rep.get("/profile").text
    assert 'value="09:00-12:00, 13:00-17:00"' in again
    assert 'value="(212) 555-0123"' in again


def test_odd_fields_are_told_with_what_was_typed_and_nothing_is_kept(visit) -> None:
    rep = visit("rep", REP)
    answer = rep.post("/profile/work", data=GOOD | {"hours-0": "17-9", "phone": "12", "languages": ["it"]})

    assert answer.status_code == 422
    assert "<title>Error: Profile" in answer.text
    assert 'href="#hours-0">Monday must end after it starts</a>' in answer.text
    assert 'href="#phone">Phone must be a number that can be dialled, like +1 212 555 0123</a>' in answer.text
    assert 'value="17-9"' in answer.text
    assert 'value="it" checked' in answer.text
    assert _user(REP).hours == {}
    assert _audited() == []


def test_manager_changes_a_rep_and_sees_it_on_the_list(visit) -> None:
    manager = visit("manager")
    with transaction():
        sam = make_user(REP)
    answer = manager.post(f"/team/people/{sam.id}", data=GOOD)

    assert answer.location == "/team/people"
    assert _user(REP).daily_goal == 40
    listed = manager.get("/team/people").text
    assert "Mon 09:00-17:00, Tue 09:00-12:00 and 13:00-17:00" in listed
    assert "Spanish, German" in listed
    assert _audited() == [("manager@example.com", REP)]
    odd = manager.post(f"/team/people/{sam.id}", data=GOOD | {"daily_goal": "501"})
    assert odd.status_code == 422
    assert 'href="#daily_goal">Daily goal must be a whole number between 0 and 500</a>' in odd.text
    assert 'value="501"' in odd.text


def test_manager_does_not_change_an_owner_and_nobody_a_viewer(visit) -> None:
    owner, manager, viewer = visit("owner", OWNER), visit("manager"), visit("viewer")
    boss, vera = _user(OWNER), _user("viewer@example.com")
    assert manager.post(f"/team/people/{boss.id}", data=GOOD).status_code == 403
    assert f'href="/team/people/{boss.id}"' not in manager.get("/team/people").text
    assert owner.post(f"/team/people/{boss.id}", data=GOOD).status_code == 303
    assert owner.get(f"/team/people/{vera.id}").status_code == 404
    assert viewer.post("/profile/work", data=GOOD).status_code == 403
    assert "Your work" not in viewer.get("/profile").text


def test_own_phone_is_said_in_the_script_instead_of_the_shops(visit) -> None:
    rep = visit("rep", REP)
    before = rep.get("/practice").text
    rep.post("/profile/work", data=GOOD)
    after = rep.get("/practice").text
    assert "You can reach me on" not in before
    assert "You can reach me on <mark>(212) 555-0123</mark>" in after
