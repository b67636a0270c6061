"""Check 18 of docs/checks.md: two reps' browsers take carts as fast as they can."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks.ripening import ripen
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.browser.queue.working import until
from tests.calls.board import a_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW
from tests.shop import Shop

pytestmark = pytest.mark.browser

EACH = 50
# Presses N until a cart is there, and saves it; each cart that was on the desk is written down.
WORK = """(rounds) => {
  window.had = [];
  const task = () => document.getElementById("desk").dataset.task;
  const press = (key, ctrlKey = false) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, ctrlKey, bubbles: true}));
  const save = () => {
    const now = task();
    window.had.push(Number(now));
    press("n");
    if (window.had.length === rounds) return;
    press("1");
    press("Enter", true);
    look(now);
  };
  // A moment after the card came, as no hand is faster: until then its buttons are plain forms.
  const look = (before) => (!task() || task() === before ? setTimeout(look, 5, before) : setTimeout(save, 40));
  press("n");
  look(undefined);
}"""


def test_18_two_browsers_take_a_hundred_carts_at_the_same_time_and_none_twice(
    browser: Browser, shop: Shop, live_app: Flask, live_url: str, signed_in
) -> None:
    with live_app.app_context(), transaction():
        store = session().scalars(select(Store)).one()
        for number in range(100, 100 + 2 * EACH):
            a_task(store, number)
        ripen(now=NOW)
    pages: list[Page] = []
    for email in (REP, OTHER_REP):
        page = signed_in(browser.new_context().new_page(), "rep", email)
        for quiet in ("**/beat", "**/queue/list*"):  # what is not about taking carts
            page.route(quiet, lambda route: route.fulfill(status=204))
        page.goto(f"{live_url}/queue")
        pages.append(page)
    for page in pages:
        page.evaluate(WORK, EACH)
    for page in pages:
        until(page, "window.had.length", EACH, seconds=60)
    had = [number for page in pages for number in page.evaluate("window.had")]
    for page in pages:
        page.context.close()

    assert len(had) == 2 * EACH
    assert len(set(had)) == len(had)
    with live_app.app_context():
        assert session().scalar(select(func.max(CallTask.attempts))) == 1
        assert session().scalar(select(func.count()).select_from(Call)) == 2 * (EACH - 1)
        assert session().scalar(select(func.count(func.distinct(Call.cart_id)))) == 2 * (EACH - 1)
