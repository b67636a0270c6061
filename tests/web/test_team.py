from __future__ import annotations

import re

from sidecar import accounts
from sidecar.db import session
from tests.cast import REP


def test_owner_adds_a_rep_who_comes_in_with_the_link_shown(visit) -> None:
    answer = visit("owner").post("/settings/team", data={"name": "Sam Reed", "email": REP, "role": "rep"})
    link = re.search(r'value="http://127.0.0.1:8000(/link/[\w-]+)"', answer.text)
    assert link
    client = visit()
    assert client.post(link[1]).location == "/"
    assert client.get("/").location == "/queue"


def test_odd_additions_are_refused_at_the_field_with_what_was_typed(visit) -> None:
    client = visit("owner")
    answer = client.post("/settings/team", data={"name": "Sam", "email": "sam", "role": "rep"})
    assert answer.status_code == 422
    assert 'href="#email">Email must be an address, like sam@example.com</a>' in answer.text
    assert 'value="sam"' in answer.text
    again = client.post("/settings/team", data={"email": "owner@example.com", "role": "rep"})
    assert "has an account already" in again.text


def test_disabled_person_cannot_come_in_until_enabled(visit) -> None:
    client, rep = visit("owner"), visit("rep")
    user = accounts.find_user_by_email("rep@example.com")
    assert user
    client.post(f"/settings/team/{user.id}/disable")
    assert rep.get("/carts").status_code == 303
    assert client.post(f"/settings/team/{user.id}/link").status_code == 409
    client.post(f"/settings/team/{user.id}/enable")
    assert "One-time link" in client.post(f"/settings/team/{user.id}/link").text


def test_role_counts_from_the_next_request_on(visit) -> None:
    client, rep = visit("owner"), visit("rep")
    user = accounts.find_user_by_email("rep@example.com")
    assert user
    assert rep.get("/settings/team").status_code == 403
    client.post(f"/settings/team/{user.id}/role", data={"role": "owner"})
    assert rep.get("/settings/team").status_code == 200


def test_last_owner_stays(visit) -> None:
    client = visit("owner")
    user = accounts.find_user_by_email("owner@example.com")
    assert user
    answer = client.post(f"/settings/team/{user.id}/role", data={"role": "rep"})
    assert "Make somebody else an owner first" in answer.text
    session().expire_all()
    assert accounts.has_owner()


def test_person_changes_their_password_and_other_browsers_are_out(visit) -> None:
    here, there = visit("rep"), visit("rep")
    assert here.post("/profile/password", data={"new": "password1"}).status_code == 422
    assert here.post("/profile/password", data={"new": "four quiet yellow trams"}).location == "/profile"
    assert here.get("/profile").status_code == 200
    assert there.get("/profile").status_code == 303
    wrong = here.post("/profile/password", data={"present": "x", "new": "five quiet yellow trams"})
    assert "Present password is not the one of this account" in wrong.text


def test_person_changes_name_and_shortcuts(visit) -> None:
    client = visit("rep")
    assert client.post("/profile", data={"name": "Samuel Reed", "softphone": "on"}).location == "/profile"
    user = accounts.find_user_by_email("rep@example.com")
    assert user
    assert (user.first_name, user.shortcuts, user.softphone) == ("Samuel", False, True)
    assert client.post("/profile", data={"name": "x" * 81}).status_code == 422
