"""The strip of callbacks above every page, and each person's wishes about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from sidecar import accounts
from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, make_store, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def callback(app: Flask) -> CallTask:
    """Sam promised Dana to ring at 13:00, and it is 13:00."""
    with transaction():
        task = a_ready_task(make_store(live_at=NOW - timedelta(days=1)))
        task.callback_at, task.for_user_id = NOW, make_user(REP).id
        return task


def strip(page: str) -> list[str]:
    """What each alert on the page says."""
    return re.findall(r'data-says="(.*?)"', page)


def test_every_page_of_a_rep_tells_a_callback_and_the_queue_offers_it(callback: CallTask, visit) -> None:
    rep = visit("rep", REP)
    for path in ("/queue", "/carts", "/profile"):
        assert strip(rep.get(path).text) == ["Callback now: Dana N."], path
    queue, carts = rep.get("/queue").text, rep.get("/carts").text

    assert "Take it" in queue
    assert 'hx-get="/alerts' not in queue
    assert f'href="/calls/{callback.id}"' in carts
    assert 'hx-get="/alerts?seen=' in carts


def test_the_queues_own_list_brings_the_strip(callback: CallTask, visit) -> None:
    assert strip(visit("rep", REP).get("/queue/list?tab=due&seen=old", headers=HTMX).text) == ["Callback now: Dana N."]


def test_the_strip_alone_is_not_sent_twice(callback: CallTask, visit) -> None:
    rep = visit("rep", REP)
    seen = re.search(r"/alerts\?seen=([\w.]+)", rep.get("/carts").text)
    assert seen

    assert rep.get(f"/alerts?seen={seen[1]}", headers=HTMX).status_code == 204
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        later = rep.get(f"/alerts?seen={seen[1]}", headers=HTMX)
    assert strip(later.text) == ["Callback waits: Dana N."]
    assert "<html" not in later.text


def test_who_wants_nothing_and_who_only_looks_on_are_told_nothing(callback: CallTask, visit) -> None:
    rep = visit("rep", REP)
    rep.post("/profile/alerts", data={"alerts": "none", "alert_volume": "0"})

    assert 'id="alerts"' not in rep.get("/carts").text
    assert 'id="alerts"' not in visit("viewer").get("/carts").text
    assert "alerts.js" not in visit("viewer").get("/carts").text


def test_level_and_volume_are_kept_and_odd_ones_change_nothing(callback: CallTask, visit) -> None:
    rep = visit("rep", REP)
    rep.post("/profile/alerts", data={"alerts": "all", "alert_volume": "500"})
    assert kept() == ("all", 100)
    answer = rep.post("/profile/alerts", data={"alerts": "loud", "alert_volume": "²"})

    assert answer.status_code == 303
    assert kept() == ("all", 100)
    page = rep.get("/profile").text
    assert '<option value="all" selected>' in page
    assert 'type="range" min="0" max="100" step="5" value="100"' in page


def kept() -> tuple[str, int]:
    """What is stored of Sam's wishes."""
    user: User | None = accounts.find_user_by_email(REP)
    assert user
    session().refresh(user)
    return user.alerts, user.alert_volume
