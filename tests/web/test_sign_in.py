from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from sidecar import accounts, clock
from sidecar.accounts import SignInLink, User, UserSession
from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from tests.cast import OWNER, REP

PASSWORD = "four quiet yellow trams"


def add(email=REP, role="rep", password=PASSWORD) -> User:
    with transaction():
        if role != "owner":
            accounts.add_user(OWNER, "owner", password=PASSWORD, now=clock.now())
        return accounts.add_user(email, role, name="Sam Reed", password=password, now=clock.now())


def test_right_password_opens_the_home_of_the_role(visit) -> None:
    add()
    client = visit()
    answer = client.post("/sign-in", data={"email": " SAM@example.com ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").location == "/queue"
    actions = session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-1] == "session.start"


def test_signing_in_leads_to_the_page_that_was_asked_for(visit) -> None:
    add()
    client = visit()
    asked = client.get("/carts?q=dana")
    assert asked.location == "/sign-in?next=%2Fcarts%3Fq%3Ddana"
    page = client.get(asked.location).text
    wanted = re.search(r'name="next" value="([^"]+)"', page)
    assert wanted
    assert wanted[1] == "/carts?q=dana"
    answer = client.post("/sign-in", data={"email": REP, "password": PASSWORD, "next": wanted[1]})
    assert answer.location == "/carts?q=dana"


def test_signing_in_never_leads_to_another_site(visit) -> None:
    add()
    for next_page in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil"):
        answer = visit().post("/sign-in", data={"email": REP, "password": PASSWORD, "next": next_page})
        assert answer.location == "/", next_page


def test_wrong_password_and_unknown_account_get_the_same_answer(visit) -> None:
    add()
    answers = [
        visit().post("/sign-in", data={"email": email, "password": "wrong password here"})
        for email in (REP, "nobody@example.com")
    ]
    pages = [re.sub(r"sam@|nobody@|[\w.-]{60,}", "", answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert pages[0] == pages[1]
    assert "Error: Sign in – Ringback" in answers[0].text
    assert 'href="#email"' in answers[0].text


def test_empty_fields_are_named(visit) -> None:
    add()
    page = visit().post("/sign-in", data={"email": "", "password": ""}).text
    assert "Enter your email address" in page
    assert 'aria-describedby="password-e"' in page


def test_too_many_wrong_tries_stop_the_right_password_too_until_later(visit) -> None:
    add()
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        for _ in range(10):
            visit().post("/sign-in", data={"email": REP, "password": "wrong password here"})
        stopped = visit().post("/sign-in", data={"email": REP, "password": PASSWORD})
        assert stopped.status_code == 429
        assert "Wait 15 minutes" in stopped.text
        clock_hand.shift(timedelta(minutes=16))
        assert visit().post("/sign-in", data={"email": REP, "password": PASSWORD}).status_code == 303


def test_many_accounts_tried_from_one_address_are_stopped(visit) -> None:
    add()
    client = visit()
    for number in range(50):
        client.post("/sign-in", data={"email": f"guess{number}@example.com", "password": ""})
    assert session().scalar(select(func.count()).select_from(accounts.SignInAttempt)) == 0
    for number in range(50):
        client.post("/sign-in", data={"email": f"guess{number}@example.com", "password": "wrong password"})
    assert client.post("/sign-in", data={"email": REP, "password": PASSWORD}).status_code == 429


def test_sign_out_ends_the_session_on_the_server(visit) -> None:
    client = visit("rep")
    with transaction():
        accounts.add_user(OWNER, "owner", now=clock.now())
    token = client.get_cookie("ringback").value
    assert client.post("/sign-out").location == "/sign-in"
    client.set_cookie("ringback", token)
    assert client.get("/carts").location.startswith("/sign-in")


def test_sign_in_starts_a_new_session_and_ends_the_old_one(visit) -> None:
    add()
    client = visit("viewer")
    old = client.get_cookie("ringback").value
    client.post("/sign-in", data={"email": REP, "password": PASSWORD})
    new = client.get_cookie("ringback").value
    assert new != old
    assert accounts.find_session(old, now=clock.now()) is None
    assert new not in session().scalars(select(UserSession.token_hash)).all()


def test_disabled_user_is_out_at_once(visit) -> None:
    client = visit("rep")
    with transaction():
        user = accounts.find_user_by_email("rep@example.com")
        assert user
        accounts.add_user(OWNER, "owner", now=clock.now())
        accounts.disable_user(user, now=clock.now(), by=OWNER)
    assert client.get("/carts").location.startswith("/sign-in")


def test_idle_and_old_sessions_end(visit) -> None:
    with transaction():
        accounts.add_user(OWNER, "owner", now=clock.now())
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        client = visit("viewer")
        for _ in range(6):
            clock_hand.shift(timedelta(hours=11))
            assert client.get("/carts").status_code == 200
        clock_hand.shift(timedelta(hours=13))
        assert client.get("/carts").status_code == 303
        busy = visit("viewer")
        for _ in range(16):
            clock_hand.shift(timedelta(hours=11))
            last = busy.get("/carts").status_code
        assert last == 303


def test_link_asks_first_then_signs_in_once(visit) -> None:
    with transaction():
        user = accounts.add_user(REP, "rep", name="Sam Reed", now=clock.now())
        token = accounts.make_link(user, now=clock.now())
    page = visit().get(f"/link/{token}")
    assert "Sign in as Sam" in page.text
    client = visit()
    assert client.post(f"/link/{token}").location == "/"
    assert client.get("/").location == "/queue"
    again = visit().post(f"/link/{token}")
    assert (again.status_code, "used up" in again.text) == (410, True)
    assert token not in session().scalars(select(SignInLink.token_hash)).all()


def test_link_stops_after_a_quarter_of_an_hour(visit) -> None:
    with transaction():
        user = accounts.add_user(REP, "rep", now=clock.now())
        token = accounts.make_link(user, now=clock.now())
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert visit().get(f"/link/{token}").status_code == 410
        assert visit().post(f"/link/{token}").status_code == 410


def test_form_without_token_is_refused(visit) -> None:
    add()
    client = visit(csrf=True)
    answer = client.post("/sign-in", data={"email": REP, "password": PASSWORD})
    assert answer.status_code == 400
    assert "grown old" in answer.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token
    fine = client.post("/sign-in", data={"email": REP, "password": PASSWORD, "csrf_token": token[1]})
    assert fine.status_code == 303


def test_form_from_another_site_is_refused_even_with_a_token(visit) -> None:
    add()
    answer = visit().post(
        "/sign-in", data={"email": REP, "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(visit) -> None:
    answer = visit().get("/carts", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in")
