"""Slow answers, a proxy's error page, drafts of notes, and what stays on the device afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from sidecar.calls.task import Call, CallTask
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.browser.queue.working import said, take
from tests.calls.board import a_person, a_task
from tests.factories import NOW

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

STORED = "() => JSON.stringify([...Object.entries(localStorage), ...Object.entries(sessionStorage)])"


def test_a_slow_save_says_so_and_a_proxys_error_page_does_not_cover_the_card(rep: Page, live_app: Flask) -> None:
    held: list[Route] = []
    rep.route("**/save", lambda route: held.append(route))
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("slowly")
    rep.keyboard.press("Control+Enter")
    button = rep.locator("#outcome [data-do=save]")
    expect(button).to_have_attribute("data-wait", "Saving…", timeout=3000)
    assert said(rep) == "Saving…"
    expect(rep.get_by_test_id("conn-dot")).to_have_class("dot dot--slow")

    held[0].fulfill(status=504, content_type="text/html", body="<h1>Gateway time-out</h1>")
    expect(rep.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(rep.get_by_text("Retrying in")).to_be_visible()
    expect(rep.locator("#person")).to_have_text("Dana Number 0")
    expect(rep.get_by_label("Note")).to_have_value("slowly")
    expect(button).not_to_have_attribute("data-wait", "Saving…")
    rep.unroute("**/save")
    expect(rep.locator("#person")).to_have_text("Jo Number 1", timeout=9000)  # it tried again by itself
    with live_app.app_context():
        assert session().scalars(select(Call.note)).all() == ["slowly"]


def test_a_draft_outlives_a_reload_and_nothing_stays_after_saving_or_signing_out(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("Dana has a red door")
    rep.reload()
    rep.keyboard.press("1")
    expect(rep.get_by_label("Note")).to_have_value("Dana has a red door")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    assert "Dana" not in rep.evaluate(STORED)

    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("Jo likes jazz")
    assert "Jo likes jazz" in rep.evaluate(STORED)
    rep.get_by_text("Sam", exact=True).click()
    rep.get_by_role("button", name="Sign out").click()
    expect(rep.get_by_text("You are signed out.")).to_be_visible()
    assert "Jo" not in rep.evaluate(STORED)


def test_new_rows_are_counted_and_wait_for_a_press_under_the_pointer(rep: Page, live_app: Flask) -> None:
    rep.locator("#list .row").first.hover()
    with live_app.app_context(), transaction():
        store_id = session().scalars(select(CallTask.store_id)).first()
        store = session().get_one(Store, store_id)
        for number in (20, 21):
            task = a_task(store, number, person=a_person(store, number), goods_minor=900000)
            task.state, task.open_until, task.changed_at = "ready", NOW + timedelta(hours=3), NOW + timedelta(seconds=9)

    button = rep.get_by_role("button", name="2 new, show")
    expect(button).to_be_visible(timeout=9000)
    expect(rep.locator("#list .row").first).to_contain_text("Dana Number 0")
    button.click()
    expect(rep.locator("#list .row").first).to_contain_text("Number 2")


def test_whoever_goes_away_does_not_hold_the_cart_for_ever(rep: Page, live_app: Flask) -> None:
    with rep.expect_response("**/beat"):  # the card's first one: somebody is there
        take(rep)
    with live_app.app_context(), transaction():
        session().get_one(CallTask, 1).lease_until = NOW + timedelta(seconds=110)
    rep.evaluate("moved = false; htmx.trigger('#card-status', 'beat')")
    rep.wait_for_timeout(300)
    with rep.expect_response("**/beat"):
        rep.evaluate("moved = false; htmx.trigger('#card-status', 'beat')")
    keep = rep.get_by_role("button", name="Keep it")
    expect(keep).to_be_visible(timeout=4000)
    expect(rep.locator(".lease-ring")).to_be_visible()
    expect(rep.locator("#status")).to_have_text("Held for you 2 minutes more. Press Keep it to hold it longer.")
    keep.click()
    expect(keep).not_to_be_visible(timeout=4000)
    with live_app.app_context():
        lease = session().get_one(CallTask, 1).lease_until
        assert lease is not None
        assert lease > NOW + timedelta(minutes=9)
