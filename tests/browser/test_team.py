"""The pages of Team: the day that keeps itself up to date, and the form for how somebody works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from sidecar import accounts, clock
from sidecar.calls.tasks import claims
from sidecar.db import transaction
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, make_store, make_user

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def test_the_day_follows_what_happens_and_a_rep_is_changed_on_a_small_screen(
    page: Page, live_app: Flask, live_url: str, signed_in
) -> None:
    with live_app.app_context(), transaction():
        task = a_ready_task(make_store(live_at=NOW - timedelta(days=1)), 0)
        sam_id, task_id = make_user(REP).id, task.id
    signed_in(page, "manager").goto(f"{live_url}/team")
    seat = page.locator(f"#seat-{sam_id}")
    expect(seat).to_contain_text("Free")
    with live_app.app_context(), transaction():
        sam = accounts.find_user(sam_id)
        assert sam
        claims.claim(task_id, sam, now=clock.now())
    expect(seat).to_contain_text("Looks at the card", timeout=9000)
    assert serious_faults(page) == []

    page.set_viewport_size({"width": 320, "height": 700})
    for url, heading in (("/team", "Today"), ("/team/people", "People"), (f"/team/calls/{task_id}", "Give Dana")):
        page.goto(f"{live_url}{url}")
        assert visible_headings(page)[0].startswith(heading)
        assert sideways_scroll(page) == 0
        assert serious_faults(page) == []
    page.goto(f"{live_url}/team/people/{sam_id}")
    page.get_by_label("Monday").fill("17-9")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert serious_faults(page) == []
    page.get_by_role("link", name="Monday must end after it starts").click()
    expect(page.get_by_label("Monday")).to_be_focused()
    page.get_by_label("Monday").fill("9-17")
    page.get_by_label("German").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Mon 09:00-17:00")
    expect(page.locator("main")).to_contain_text("German")
