"""Forty carts worked in Chromium by keyboard alone: how long from pressing save until the next card is on screen.

The whole application answers on this computer, the store from memory. Measured in the page: from the key, and from the
head of the server's answer, until the frame after the next card is there.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import time_machine
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from bench.crowd import gather
from bench.figures import Effort, Figure
from bench.ground import KEY, Ground
from bench.shop import Shop, order_of, settle_cursors
from sidecar import accounts
from sidecar.app import create_app
from sidecar.db import transaction
from sidecar.stores.connection import Store
from sidecar.vault import Vault

CARTS = 40
GOAL_MS = 200.0  # from the key to the next card, on this computer
NOON = datetime(2026, 11, 18, 18, tzinfo=UTC)  # a Wednesday, 13:00 in New York: everybody may be called
_OUTCOMES = ("1", "2", "3", "0", "4", "b")
_WATCH = """
(() => {
  const seen = { keys: [], heads: [], shown: [], errors: [] };
  window.benchSeen = seen;
  addEventListener("error", (event) => seen.errors.push(String(event.message)));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") seen.keys.push(performance.now());
  }, true);
  addEventListener("htmx:before:response", (event) => {
    if (event.detail.ctx.sourceElement.id === "outcome-form") seen.heads.push(performance.now());
  }, true);
  addEventListener("DOMContentLoaded", () => {
    let card = document.getElementById("desk")?.dataset.task;
    new MutationObserver(() => {
      const now = document.getElementById("desk")?.dataset.task;
      if (now === card || !now) return;
      card = now;
      requestAnimationFrame(() => requestAnimationFrame(() => seen.shown.push(performance.now())));
    }).observe(document.body, { childList: true, subtree: true });
  });
})()
"""


def measure(ground: Ground, effort: Effort) -> Figure:
    """The p95 in milliseconds, with the medians beside it."""
    carts = 3 if effort.quick else CARTS
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(NOON, tick=True))
        app = stack.enter_context(_ready(ground, effort.carts))
        page = stack.enter_context(_signed_in(app))
        seen = _work(page, carts)
    from_key = [shown - key for key, shown in zip(seen["keys"], seen["shown"], strict=True)]
    from_head = [shown - head for head, shown in zip(seen["heads"], seen["shown"], strict=True)]
    return Figure(
        name="keyboard",
        unit=f"ms from save to the next card on screen, p95 of {carts} carts, {effort.carts:,} wait, "
        f"{ground.database_name}",
        figure=_p95(from_key),
        floor=None,
        comparison=_p95(from_key),
        kind="value",
        rounds=carts,
        low=min(from_key),
        high=max(from_key),
        goal=GOAL_MS,
        more={
            "median": median(from_key),
            "after_the_answer_median": median(from_head),
            "after_the_answer_p95": _p95(from_head),
            "errors": len(seen["errors"]),
            "errors_met": not seen["errors"],
        },
    )


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


@contextmanager
def _ready(ground: Ground, carts: int) -> Iterator[Flask]:
    """The application with many calls to make, and a store that answers from memory."""
    with ground.application() as core:
        store_id = gather(carts, vault=Vault((KEY,)), calls=True).store_id
        settle_cursors(store_id)
        with transaction() as session:
            session.get_one(Store, store_id).live_at = NOON - timedelta(days=1)
        app = create_app(ground.config(core.config["SQLALCHEMY_DATABASE_URI"]))
        shop = Shop(find=lambda number: order_of(number, at=datetime.now(UTC)))
        app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=shop)
        yield app


@contextmanager
def _signed_in(app: Flask) -> Iterator[Page]:
    """Chromium on the queue's page of a rep."""
    with app.app_context(), transaction():
        user = accounts.add_user("rep@example.com", "rep", name="Sam Reyes", now=datetime.now(UTC))
        token = accounts.start_session(user, now=datetime.now(UTC))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        with sync_playwright() as driver:
            options: dict[str, Any] = {"executable_path": path} if path else {}
            browser = driver.chromium.launch(args=["--no-sandbox", "--disable-background-networking"], **options)
            context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
            context.add_cookies([{"name": "ringback", "value": token, "url": url}])
            page = context.new_page()
            page.add_init_script(_WATCH)
            page.goto(f"{url}/queue")
            yield page
            browser.close()
    finally:
        server.shutdown()


def _work(page: Page, carts: int) -> dict[str, list[float]]:
    """Calls, notes and saves, one cart after the other, with keys alone. What the page saw of each save."""
    page.keyboard.press("n")
    page.wait_for_selector("#person:focus")
    for number in range(carts):
        page.keyboard.press("c")
        page.wait_for_selector("[data-state=in_call]", state="attached")
        page.keyboard.press("c")
        page.wait_for_selector("[data-state=wrap_up]", state="attached")
        page.keyboard.press(_OUTCOMES[number % len(_OUTCOMES)])
        page.keyboard.press("a")
        page.keyboard.type(f"call {number}")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-state=claimed]", state="attached")
        page.wait_for_selector("#person:focus")
    page.wait_for_timeout(100)
    seen: dict[str, list[float]] = page.evaluate("window.benchSeen")
    seen["shown"] = seen["shown"][-carts:]
    return seen
