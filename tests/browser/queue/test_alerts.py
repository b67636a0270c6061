"""Callbacks are told on time: in the title, by a sound, by a notification; and no longer once they are off."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from sidecar import accounts, clock
from sidecar.calls.task import CallTask
from sidecar.calls.tasks.ripening import ripen
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.recovery.orders.rereading import reread
from tests.browser.looking import serious_faults, sideways_scroll
from tests.browser.queue.working import said, take, until
from tests.cast import REP
from tests.factories import NOW
from tests.shop import Shop

pytestmark = pytest.mark.browser

# What a loudspeaker and a screen would get: when each tone ends, the loudest it becomes, each notification's title.
EAR = """
window.heard = [];
const start = OscillatorNode.prototype.start, stop = OscillatorNode.prototype.stop;
const louder = AudioParam.prototype.linearRampToValueAtTime;
OscillatorNode.prototype.start = function (at) { this.begins = at; return start.call(this, at); };
OscillatorNode.prototype.stop = function (at) {
  window.heard.push({begins: this.begins, ends: at, loudest: window.loudest});
  return stop.call(this, at);
};
AudioParam.prototype.linearRampToValueAtTime = function (value, at) {
  window.loudest = value;
  return louder.call(this, value, at);
};
window.told = [];
const show = ServiceWorkerRegistration.prototype.showNotification;
ServiceWorkerRegistration.prototype.showNotification = function (title, more) {
  window.told.push(title);
  return show.call(this, title, more);
};
"""
# Without a window Chromium refuses instead of asking; this one asks, and whoever sits there agrees.
PERSON = """
Object.defineProperty(Notification, "permission", {get: () => localStorage.allowed ?? "default"});
Notification.requestPermission = async () => {
  window.asked = (window.asked ?? 0) + 1;
  return (localStorage.allowed = "granted");
};
"""
# Title and text of the notifications that stand.
SHOWN = """async () => {
  const found = await navigator.serviceWorker.getRegistration("/static/");
  const every = (await found?.getNotifications()) ?? [];
  return every.map((each) => [each.title, each.body]);
}"""


def heard(page: Page) -> list[dict[str, float]]:
    """The tones played since the page was opened."""
    found: list[dict[str, float]] = page.evaluate("window.heard")
    return found


def at(live_app: Flask, minutes: float) -> Any:
    """So many minutes after 13:00, for the server; the queue has come along."""
    moved = time_machine.travel(NOW + timedelta(minutes=minutes), tick=True)
    moved.start()
    with live_app.app_context(), transaction():
        ripen(now=clock.now())
    return moved


def test_29_a_callback_is_told_on_time_and_no_longer_when_the_customer_pays_first(
    rep: Page, shop: Shop, live_app: Flask
) -> None:
    rep.context.grant_permissions(["notifications"])
    rep.add_init_script(EAR)
    rep.reload()
    take(rep)
    rep.keyboard.press("5")
    rep.locator("#outcome input[name=when][value=pick]").check(force=True)
    rep.locator("#outcome input[name=picked]").fill("2026-11-18T13:12")
    rep.keyboard.press("Control+Shift+Enter")
    expect(rep.locator("#person")).to_have_text("You are on a break")  # a promise of one's own is told all the same
    usual = rep.title()
    rep.get_by_test_id("queue-row").last.hover()  # the list stays as it is; the strip comes all the same
    moved = at(live_app, 2.1)
    expect(rep.get_by_test_id("alert")).to_contain_text("Callback in 10 min: Dana N.", timeout=9000)
    assert serious_faults(rep) == []
    expect(rep).to_have_title(usual)
    rep.mouse.move(700, 5)
    moved.stop()

    moved = at(live_app, 12)
    expect(rep).to_have_title("(1) Callback now: Dana N.", timeout=9000)
    expect(rep.get_by_test_id("queue-row").first).to_contain_text("Dana Number 0")
    rep.emulate_media(color_scheme="dark")
    assert serious_faults(rep) == []
    assert said(rep) == "Callback now: Dana N. Agreed for 13:12."
    until(rep, SHOWN, [["Callback now: Dana N.", "Agreed for 13:12."]])
    tones = heard(rep)
    assert len(tones) == 4
    assert max(tone["ends"] for tone in tones[2:]) - min(tone["begins"] for tone in tones[2:]) <= 2
    assert {tone["loudest"] for tone in tones} == {0.25}
    rep.reload()
    expect(rep).to_have_title("(1) Callback now: Dana N.")
    rep.wait_for_timeout(500)
    assert rep.evaluate("window.told") == []  # this browser has been told

    shop.change(1000, status="processing", paid_at=NOW)
    with live_app.app_context():
        reread(1, [1000], gateways=live_app.extensions["ringback.gateways"], clock=clock.now)
        cart_id = session().get_one(CallTask, 1).cart_id
        assert "The call agreed for 13:12 in New York is off." in [event.text for event in story(cart_id)]
    expect(rep).to_have_title(re.compile("^[^(].* – Ringback$"), timeout=9000)
    expect(rep.get_by_test_id("alert")).to_have_count(0)
    until(rep, SHOWN, [])
    moved.stop()


def test_30_notifications_are_asked_for_by_a_button_only_and_tried_from_the_profile(
    rep: Page, live_app: Flask, live_url: str
) -> None:
    rep.context.grant_permissions(["notifications"])
    rep.add_init_script(EAR + PERSON)
    rep.reload()
    button = rep.get_by_role("button", name="Alert me about callbacks")
    expect(button).to_be_visible()
    assert rep.evaluate("[window.asked, localStorage.allowed]") == [None, None]
    button.click()
    expect(button).to_be_hidden()
    assert rep.evaluate("window.asked") == 1
    until(rep, SHOWN, [["Callbacks will be told here", "Like this."]])

    rep.goto(f"{live_url}/profile")
    expect(rep.get_by_text("This browser shows notifications.")).to_be_visible()
    expect(button).to_be_hidden()
    rep.get_by_label("Sound").fill("80")
    rep.get_by_role("button", name="Try it").click()
    until(rep, "window.heard.length", 2)
    assert heard(rep)[0]["loudest"] == pytest.approx(0.4)
    assert serious_faults(rep) == []
    rep.get_by_label("Tell me about").select_option("all")
    rep.locator("#alerts-form").get_by_role("button", name="Save").click()
    expect(rep.get_by_label("Sound")).to_have_value("80")
    rep.set_viewport_size({"width": 320, "height": 700})
    assert sideways_scroll(rep) == 0
    with live_app.app_context():
        sam = accounts.find_user_by_email(REP)
        assert sam
        assert (sam.alerts, sam.alert_volume) == ("all", 80)

    assert rep.evaluate("navigator.serviceWorker.controller") is None  # the worker sees no request and keeps nothing
    assert rep.evaluate("Promise.all([caches.keys(), indexedDB.databases()])") == [[], []]
    worker = rep.context.request.get(f"{live_url}/static/alerts-worker.js")
    assert "fetch" not in worker.text()
    assert "default-src 'none'" in worker.headers["content-security-policy"]
