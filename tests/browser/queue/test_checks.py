"""Checks 18 to 33 of docs/checks.md that speak of a browser, in one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from sidecar import accounts, clock
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks.ripening import ripen
from sidecar.contacts.contact import Contact
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from sidecar.recovery.orders.rereading import reread
from tests.browser.queue.working import take, until
from tests.cast import OTHER_REP, OWNER, REP
from tests.factories import NOW, make_user
from tests.shop import Shop

pytestmark = pytest.mark.browser

PASSWORD = "four quiet yellow trams"
MINUTE = timedelta(minutes=1)


def test_19_a_held_cart_shows_by_whom_and_is_free_again_ten_minutes_after_the_last_heartbeat(
    rep: Page, browser: Browser, live_app: Flask, live_url: str, signed_in
) -> None:
    take(rep)
    context = browser.new_context()
    ana = signed_in(context.new_page(), "rep", OTHER_REP)
    ana.goto(f"{live_url}/queue")
    row = ana.get_by_test_id("queue-row").filter(has_text="Dana Number 0")
    expect(row).to_contain_text("Held by Sam")
    row.click()
    expect(ana.get_by_test_id("card-lease")).to_contain_text("Held by Sam")
    expect(ana.get_by_test_id("btn-call")).to_have_count(0)
    rep.close()
    for minutes, held in ((9, 1), (11, 0)):
        with time_machine.travel(NOW + minutes * MINUTE, tick=True):
            with live_app.app_context(), transaction():
                ripen(now=clock.now())
            ana.goto(f"{live_url}/queue")
            expect(ana.get_by_text("Held by Sam")).to_have_count(held)
    with time_machine.travel(NOW + 11 * MINUTE, tick=True):
        take(ana, 0)
    context.close()


def test_21_a_wrap_up_survives_reloading_and_signing_out(rep: Page, live_app: Flask, live_url: str) -> None:
    with live_app.app_context(), transaction():
        make_user(OWNER, "owner")
        sam = accounts.find_user_by_email(REP)
        assert sam
        accounts.set_password(sam, PASSWORD)
    take(rep)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_visible()
    rep.reload()
    expect(rep.get_by_test_id("wrapup-forced")).to_be_visible()
    rep.locator(".bar__end summary").last.click()
    rep.get_by_role("button", name="Sign out").click()
    expect(rep).to_have_title("Sign in – Ringback")
    rep.goto(f"{live_url}/queue")
    rep.get_by_label("Email").fill(REP)
    rep.get_by_label("Password").fill(PASSWORD)
    rep.get_by_role("button", name="Sign in").click()

    expect(rep).to_have_title("Finish the call with Dana Number 0 – Ringback")
    expect(rep.get_by_test_id("wrapup-forced")).to_be_visible()
    rep.keyboard.press("n")  # no way around it
    expect(rep.locator("#person")).to_have_text("Dana Number 0")
    rep.keyboard.press("1")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")


def test_22_whoever_pays_while_the_card_is_open_is_known_to_it_within_five_seconds(
    rep: Page, shop: Shop, live_app: Flask
) -> None:
    take(rep)
    expect(rep.get_by_test_id("btn-call")).to_be_enabled()
    shop.change(1000, status="processing", paid_at=NOW)
    with live_app.app_context():  # as the poll does
        reread(1, [1000], gateways=live_app.extensions["ringback.gateways"], clock=clock.now)

    expect(rep.get_by_test_id("call-card").get_by_text("Paid just now, no call needed.")).to_be_visible(timeout=6000)
    expect(rep.get_by_test_id("btn-call")).to_have_count(0)
    expect(rep.locator("a[href^='tel:']")).to_have_count(0)


def test_25_with_single_keys_off_only_buttons_and_ctrl_work(rep: Page, live_app: Flask) -> None:
    rep.keyboard.press("?")
    rep.get_by_role("button", name="Switch single keys off").click()
    expect(rep.get_by_role("button", name="Switch single keys on")).to_be_visible()
    rep.keyboard.press("Escape")
    rep.keyboard.press("n")
    rep.wait_for_timeout(300)
    expect(rep.locator("#person")).to_have_text("12 to call")
    rep.get_by_test_id("btn-next").click()
    expect(rep.locator("#person")).to_have_text("Dana Number 0")
    rep.keyboard.press("c")
    rep.keyboard.press("2")
    rep.wait_for_timeout(300)
    expect(rep.get_by_test_id("dispo-left_voicemail")).not_to_be_checked()
    with live_app.app_context():
        assert session().get_one(CallTask, 1).state == "claimed"
    rep.get_by_test_id("dispo-no_answer").check(force=True)
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")


def test_27_and_28_undo_by_tab_after_half_a_minute_takes_attempt_and_email_back(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("2")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    with live_app.app_context():
        call = session().scalars(select(Call)).one()
        mail = session().scalars(select(Message)).one()
        assert mail.due_at == call.at + MINUTE
        assert session().get_one(CallTask, 1).attempts == 1
    with time_machine.travel(NOW + MINUTE / 2, tick=True):
        for _ in range(80):
            rep.keyboard.press("Tab")
            if rep.evaluate("document.activeElement.matches('[form=undo-form]')"):
                break
        rep.keyboard.press("Enter")
        expect(rep.locator("#person")).to_have_text("Dana Number 0")
    expect(rep.locator("#person")).to_be_focused()
    with live_app.app_context():
        assert session().get_one(CallTask, 1).attempts == 0
        assert session().scalars(select(Message.state)).all() == ["cancelled"]


def test_31_offline_what_was_chosen_stays_and_is_saved_once_when_the_network_is_back(
    rep: Page, live_app: Flask
) -> None:
    take(rep)
    rep.context.set_offline(True)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("rang out")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#notices")).to_contain_text("Not saved: no connection. What you typed is kept.")
    expect(rep.get_by_test_id("dispo-no_answer")).to_be_checked()
    expect(rep.get_by_label("Note")).to_have_value("rang out")
    rep.context.set_offline(False)

    expect(rep.locator("#person")).to_have_text("Jo Number 1", timeout=9000)
    expect(rep.locator("#notices")).to_be_empty()
    with live_app.app_context():
        assert session().scalars(select(Call.note)).all() == ["rang out"]


def test_32_back_leads_to_whole_pages_and_the_browser_keeps_nothing_of_customers(
    rep: Page, live_app: Flask, live_url: str, signed_in
) -> None:
    signed_in(rep, "owner").goto(f"{live_url}/queue")
    take(rep)
    rep.keyboard.press("2")
    rep.keyboard.press("a")
    rep.keyboard.type("Dana asked for blue")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    pages = (("/carts?q=Number", "Carts"), ("/carts/1", "Dana Number 0"), ("/", None))
    for path, _ in pages:
        rep.goto(f"{live_url}{path}")
    for path, heading in (*reversed(pages[:-1]), ("/queue", "Jo Number 1")):
        rep.go_back()
        expect(rep).to_have_url(f"{live_url}{path}")
        expect(rep.get_by_role("navigation", name="Main")).to_be_visible()
        expect(rep.locator("h1").filter(has_text=heading or "").first).to_be_visible()
    kept = json.dumps(rep.evaluate("[{...localStorage}, {...sessionStorage}]"))
    assert rep.evaluate("Promise.all([caches.keys(), indexedDB.databases()])") == [[], []]
    with live_app.app_context():
        people = session().scalars(select(Contact)).all()
        known = {word for one in people for word in (one.first_name, one.email, one.phone_e164, one.phone)}
    assert [word for word in known if word in kept] == []
    assert "blue" not in kept


PHONE = """
window.rung = [];
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='tel:']");
  if (link) { event.preventDefault(); window.rung.push(link.getAttribute("href")); }
});
"""
AWAY_AND_BACK = """() => {
  for (const state of ["hidden", "visible"]) {
    Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
  }
}"""


UNCOVERED = """document.querySelector(".slots").getBoundingClientRect().bottom
  <= document.getElementById("foot").getBoundingClientRect().top"""


def test_33_a_phone_rings_with_one_tap_and_comes_back_to_the_outcomes(
    browser: Browser, shop: Shop, live_url: str, signed_in
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = signed_in(context.new_page(), "rep", REP)
    page.add_init_script(PHONE)
    page.goto(f"{live_url}/queue")
    page.locator("#foot").get_by_text("Take the next cart").tap()
    page.locator("#foot").get_by_text("Call Dana").tap()
    until(page, "window.rung", ["tel:+12125551000"])
    page.evaluate(AWAY_AND_BACK)

    expect(page.locator("#outcome")).to_be_visible()
    expect(page.locator("#person")).to_be_hidden()
    tall = page.locator("#outcome .pick:visible").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert min(tall) >= 44
    page.locator("label", has=page.get_by_test_id("dispo-callback")).tap()
    until(page, UNCOVERED, True)  # what it asks for comes into sight
    context.close()


def test_33_a_desktop_copies_the_number_and_shows_no_link(rep: Page) -> None:
    take(rep)
    expect(rep.get_by_test_id("btn-copy-phone")).to_be_visible()
    expect(rep.locator("a[href^='tel:']")).to_have_count(0)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_visible()
    assert rep.evaluate("navigator.clipboard.readText()") == "+12125551000"
    with_link = rep.locator("a[href^='tel:']").evaluate_all("all => all.filter((one) => one.offsetParent)")
    assert with_link == []
