"""The team's day: who is on what, what waits, what was promised, figures, and giving a call to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from sidecar import accounts
from sidecar.accounts import User
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import claims
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task, a_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_store, make_user

HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, when everybody may be called."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


def _seat(page: str, user: User) -> str:
    found = re.search(rf'<li id="seat-{user.id}">(.*?)</li>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def _kept(page: str, task: CallTask) -> str:
    found = re.search(rf'<tr id="kept-{task.id}">(.*?)</tr>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_everybody_is_shown_with_what_they_do_and_since_when(store: Store, visit) -> None:
    manager = visit("manager")
    with transaction():
        sam, ana = make_user(REP), make_user(OTHER_REP)
        on_break, off = make_user("ben@example.com"), make_user("cleo@example.com")
        on_break.paused_at = NOW - 7 * MINUTE
        off.hours = {"3": [["09:00", "17:00"]]}  # Thursdays; it is Wednesday
        one, two = a_ready_task(store, 0), a_ready_task(store, 1)
        claims.claim(one.id, sam, now=NOW - 9 * MINUTE)
        claims.start_call(one.id, sam, now=NOW - 4 * MINUTE)
        claims.claim(two.id, ana, now=NOW - 2 * MINUTE)

    page = manager.get("/team").text

    assert _seat(page, sam) == "Sam In a call 4 min Dana Number 0 , $430"
    assert _seat(page, ana) == "Ana Looks at the card 2 min Jo Number 1 , $430 Give to somebody else : Jo Number 1"
    assert _seat(page, on_break) == "Ben On a break 7 min"
    assert _seat(page, off) == "Cleo Off until Thu 09:00"


def test_call_of_a_disabled_rep_is_seen_and_can_be_given_away(store: Store, visit) -> None:
    manager = visit("manager")
    with transaction():
        sam = make_user(REP)
        task = a_ready_task(store, 0)
        claims.claim(task.id, sam, now=NOW)
        claims.start_call(task.id, sam, now=NOW)
        claims.end_call(task.id, sam, now=NOW)
        accounts.disable_user(sam, now=NOW, by="owner@example.com")

    assert "Disabled Writes it up" in _seat(manager.get("/team").text, sam)
    assert manager.post(f"/team/calls/{task.id}", data={"colleague": "anybody"}).location == "/team"
    assert session().get_one(CallTask, task.id).state == "ready"


def test_what_waits_is_counted_by_class_with_the_oldest(store: Store, visit) -> None:
    with transaction():
        for number in range(3):
            a_ready_task(store, number)
        a_ready_task(store, 3, failed_payments=1, age=timedelta(minutes=40))

    page = visit("manager").get("/team").text
    waits = re.findall(r'<li><b>([^<]+)</b> <span class="num">(\d+)</span>', page)

    assert waits == [("Asked for a call", "0"), ("Happening now", "1"), ("Best next", "3")]


def test_promises_are_shown_with_whose_they_are_and_late_ones_are_marked(store: Store, visit) -> None:
    with transaction():
        sam, ana = make_user(REP), make_user(OTHER_REP)
        late, soon, handed = a_task(store, 0), a_task(store, 1), a_ready_task(store, 2)
        late.callback_at = late.due_at = NOW - 6 * MINUTE
        soon.callback_at = soon.due_at = NOW + 30 * MINUTE
        late.for_user_id, soon.for_user_id = sam.id, ana.id
        handed.for_user_id, handed.handed_at, handed.handed_over = ana.id, NOW, "Sam: She speaks French only."

    page = visit("manager").get("/team").text

    assert _kept(page, late).startswith("Dana Number 0 $430 12:54 Late Sam")
    assert _kept(page, soon).startswith("Jo Number 1 $430 13:30 Ana")
    assert _kept(page, handed).startswith("Piotr Number 2 $430 Handed over Ana Sam: She speaks French only.")


def test_figures_are_those_of_the_shops_day_against_the_goal(store: Store, visit) -> None:
    with transaction():
        sam = make_user(REP)
        sam.daily_goal = 40
        task = a_task(store, 0)
        calls = [("no_answer", 0), ("recovered_on_call", 1), ("callback", 2), ("skip", 3), ("no_answer", 14 * 60)]
        for number, (code, minutes) in enumerate(calls):
            session().add(Call(task_id=task.id, cart_id=task.cart_id, user_id=sam.id, save_key=str(number),
                               at=NOW - minutes * MINUTE, disposition=code))  # fmt: skip

    page = visit("manager").get("/team").text

    row = re.search(r'<th scope="row">Sam</th>(.*?)</tr>', page)
    assert row
    assert re.findall(r'data-of="(\w+)">([^<]+)<', row[1]) == [
        ("Calls", "3 of 40"), ("Reached", "2"), ("Recovered", "1"), ("Skipped", "1"),
    ]  # fmt: skip


def test_unchanged_day_is_answered_without_one_and_a_break_changes_it(store: Store, visit) -> None:
    manager = visit("manager")
    with transaction():
        sam = make_user(REP)
        task = a_ready_task(store, 0)

    def seen() -> str:
        found = re.search(r"/team\?seen=([\w.]+)", manager.get("/team").text)
        assert found
        return found[1]

    first = seen()
    assert manager.get(f"/team?seen={first}", headers=HTMX).status_code == 204
    with transaction():
        session().get_one(User, sam.id).paused_at = NOW
    second = manager.get(f"/team?seen={first}", headers=HTMX)
    assert second.status_code == 200
    assert second.text.lstrip().startswith('<div class="day" id="today"')
    before = seen()
    with transaction():
        session().get_one(CallTask, task.id).changed_at = NOW + timedelta(seconds=1)
    assert manager.get(f"/team?seen={before}", headers=HTMX).status_code == 200


def test_manager_gives_a_promise_to_another_rep_and_to_anybody(store: Store, visit) -> None:
    manager = visit("manager")
    with transaction():
        sam, ana = make_user(REP), make_user(OTHER_REP)
        ana.languages = ["es"]
        task = a_task(store, 0)
        task.callback_at, task.for_user_id = NOW + 30 * MINUTE, sam.id

    form = manager.get(f"/team/calls/{task.id}").text
    answer = manager.post(f"/team/calls/{task.id}", data={"colleague": str(ana.id), "note": "Sam is ill."})
    told = manager.get("/team").text

    assert f'<option value="{ana.id}">Ana, Spanish</option>' in form
    assert answer.location == "/team"
    assert "Dana Number 0 is with Ana now." in told
    assert "Manager: Sam is ill." in _kept(told, task)
    manager.post(f"/team/calls/{task.id}", data={"colleague": "anybody"})
    assert _kept(manager.get("/team").text, task).startswith("Dana Number 0 $430 13:30 Anybody’s")
    odd = manager.post(f"/team/calls/{task.id}", data={"colleague": "424242", "note": "kept"})
    assert odd.status_code == 422
    assert 'href="#colleague">Choose somebody who calls</a>' in odd.text
    assert 'value="kept"' in odd.text
    assert manager.get("/team/calls/424242").status_code == 404


def test_rep_hands_the_card_over_and_the_colleague_sees_the_word(store: Store, visit) -> None:
    rep, other = visit("rep", REP), visit("rep", OTHER_REP)
    with transaction():
        task = a_ready_task(store, 0)
    rep.post("/queue/next")
    card = rep.get("/queue").text
    ana = accounts.find_user_by_email(OTHER_REP)
    assert ana

    answer = rep.post(f"/calls/{task.id}/hand-over", data={"colleague": str(ana.id), "note": "Ask for <b>Kim</b>."})

    assert f'action="/calls/{task.id}/hand-over"' in card
    assert answer.location == "/queue"
    assert "Dana Number 0 is with Ana now." in rep.get("/queue").text
    taken = other.post("/queue/next", headers=HTMX).text
    assert "Sam: Ask for &lt;b&gt;Kim&lt;/b&gt;." in taken
    refused = rep.post(f"/calls/{task.id}/hand-over", data={"colleague": str(ana.id)})
    assert refused.status_code == 409
    assert "This call is not yours to hand over." in refused.text

    key = re.search(r'name="key" value="([^"]+)"', taken)
    assert key
    other.post(f"/calls/{task.id}/save", data={"key": key[1], "outcome": "no_answer"}, headers=HTMX)
    assert session().get_one(CallTask, task.id).handed_over == ""
