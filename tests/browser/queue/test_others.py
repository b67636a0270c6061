"""What happens around a rep: colleagues, customers who pay, late answers and a lost connection."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from sidecar.calls.task import Call
from sidecar.calls.tasks import queue
from sidecar.db import session, transaction
from tests.browser.queue.working import said, take
from tests.cast import OTHER_REP
from tests.factories import NOW, make_user
from tests.shop import Shop

pytestmark = pytest.mark.browser


def test_late_answer_about_the_card_before_does_not_cover_the_next(rep: Page) -> None:
    late: list[Route] = []
    rep.route("**/beat", lambda route: late.append(route))  # a built-in cannot be a handler
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_contain_text("Number 1")

    with rep.expect_response("**/beat"):
        late[0].continue_()
    rep.wait_for_timeout(200)
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    expect(rep.locator("#person")).to_be_focused()
    assert said(rep).startswith("Saved. Next: Jo Number 1")


def test_the_list_follows_others_and_leaves_what_is_typed_alone(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("half a sen")
    with live_app.app_context(), transaction():
        queue.claim(2, make_user(OTHER_REP), now=NOW + timedelta(seconds=5))

    expect(rep.locator("#list")).to_contain_text("Held by Ana", timeout=9000)
    expect(rep.get_by_label("Note")).to_be_focused()
    rep.keyboard.type("tence")
    expect(rep.get_by_label("Note")).to_have_value("half a sentence")


def test_a_list_under_the_pointer_waits_for_a_press(rep: Page, live_app: Flask) -> None:
    rep.locator("#list .row").first.hover()
    with live_app.app_context(), transaction():
        queue.claim(2, make_user(OTHER_REP), now=NOW + timedelta(seconds=5))

    rep.get_by_role("button", name="Show what changed").click(timeout=9000)
    expect(rep.locator("#list")).to_contain_text("Held by Ana")


def test_a_cart_paid_while_its_card_is_open_needs_no_call(rep: Page, shop: Shop) -> None:
    take(rep)
    shop.change(1000, status="processing", paid_at=NOW)
    rep.keyboard.press("c")

    expect(rep.get_by_test_id("call-card").get_by_text("Paid just now, no call needed.")).to_be_visible()
    expect(rep.get_by_test_id("btn-call")).to_have_count(0)
    take(rep, 1)


def test_a_lost_connection_keeps_what_was_typed_and_saves_once_when_it_is_back(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("still here")
    rep.route("**/save", lambda route: route.abort())
    rep.keyboard.press("Control+Enter")
    expect(rep.get_by_text("Not saved: no connection.")).to_be_visible()
    with rep.expect_response("**/beat"):
        rep.evaluate("htmx.trigger('#card-status', 'beat')")  # it gets through, and the call is still not saved
    expect(rep.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(rep.get_by_label("Note")).to_have_value("still here")
    rep.unroute("**/save")
    rep.get_by_role("button", name="Retry now").click()

    expect(rep.locator("#person")).to_contain_text("Number 1")
    expect(rep.get_by_text("Not saved: no connection.")).to_have_count(0)
    with live_app.app_context():
        assert session().scalars(select(Call.note)).all() == ["still here"]
