"""Offers on the rep's card in a browser, with the sample store behind and the owner at another desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from sidecar import settings as business
from sidecar.db import transaction
from tests.browser.looking import serious_faults, sideways_scroll
from tests.cast import OWNER, REP
from tests.recovery.incentives.on_the_phone import Desk, desk

pytestmark = pytest.mark.browser


@pytest.fixture
def at(live_app: Flask) -> Iterator[Desk]:
    """Sam holds a cart; the shop promises something, and lets reps say something."""
    with live_app.app_context(), desk(live_app) as found:
        live_app.extensions["ringback.gateways"] = found.at.shop.gateways
        with transaction():
            for name, text in (
                ("content.returns", "Free returns for 60 days."),
                ("content.payment", "Pay in three parts without interest."),
                ("offers.gift_words", "A record brush comes with your order."),
                ("offers.by_rep", "free_shipping, percent 5, percent 10, fixed 20 USD, percent 20"),
            ):
                business.put(found.at.shop.id, name, text, by="test", now=found.at.shop.clock())
        yield found


@pytest.fixture
def rep(at: Desk, page: Page, live_url: str, signed_in) -> Iterator[Page]:
    """Sam on the queue's page with a card. Any script error fails the test."""
    at.hold()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(page, "rep", REP).goto(f"{live_url}/queue")
    yield page
    assert errors == []


def test_by_keyboard_an_offer_is_given_copied_and_taken_back(at: Desk, rep: Page) -> None:
    rep.locator("#person").focus()
    rep.keyboard.press("i")
    expect(rep.locator(".offering__gate")).to_be_visible()
    expect(rep.locator(".offering__open")).to_be_hidden()
    expect(rep.get_by_role("link", name="Tick what got in the way")).to_be_focused()
    rep.keyboard.press("Enter")
    rep.keyboard.press("Space")
    expect(rep.locator(".offering__open")).to_be_visible()
    assert serious_faults(rep) == []
    rep.locator("#person").focus()
    rep.keyboard.press("i")
    rep.keyboard.press("i")
    expect(rep.get_by_role("button", name="Free delivery")).to_be_focused()
    rep.keyboard.press("Tab")
    rep.keyboard.press("Enter")
    code = rep.get_by_test_id("offer-code")
    expect(code).to_be_visible(timeout=20_000)
    assert code.inner_text() == at.at.row.code
    expect(rep.locator("#status")).to_contain_text("is in the store")
    rep.locator("#offers").get_by_role("button", name="Copy").click()
    assert rep.evaluate("navigator.clipboard.readText()") == code.inner_text()
    rep.get_by_test_id("offer-back").click()
    expect(rep.locator("#status")).to_contain_text("Taken back")
    expect(rep.locator(".offering__fold")).to_be_visible()
    assert at.at.made == []


def test_eleven_per_cent_is_asked_for_and_the_answer_comes_to_the_card_by_itself(
    at: Desk, rep: Page, browser: Browser, live_url: str, signed_in
) -> None:
    rep.get_by_test_id("reason-extra_costs").check(force=True)
    rep.locator("#person").focus()
    rep.keyboard.press("6")
    rep.locator("#note").fill("She would buy today.")
    rep.locator(".offering__fold summary").click()
    rep.get_by_label("Another one").fill("11")
    rep.get_by_test_id("offer-typed").click()
    expect(rep.locator("#offers [role=alert]")).to_contain_text("10 % is the most a rep may give alone.")
    rep.get_by_label("A word to the owner").fill("She buys every month.")
    assert serious_faults(rep) == []
    rep.get_by_test_id("offer-ask").click()
    expect(rep.get_by_test_id("offer-asked")).to_contain_text("The owner is asked for 11 % off")

    context = browser.new_context()
    owner = signed_in(context.new_page(), "owner", OWNER)
    owner.goto(f"{live_url}/settings/carts")
    expect(owner.locator("#offers-waiting")).to_contain_text("Sam asks: 11 % off")
    owner.get_by_role("link", name="Answer").click()
    assert serious_faults(owner) == []
    owner.get_by_label("Your words to the rep").fill("Gladly.")
    owner.get_by_role("button", name="Approve").click()
    expect(owner.get_by_text("Approved. The rep sees it within seconds.")).to_be_visible()
    context.close()

    expect(rep.get_by_test_id("offer-approved")).to_contain_text("Olive approved 11 % off", timeout=5000)
    expect(rep.locator("#status")).to_contain_text("Olive approved 11 % off.")
    expect(rep.locator("#note")).to_have_value("She would buy today.")
    rep.get_by_test_id("offer-give-approved").click()
    expect(rep.get_by_test_id("offer-given")).to_contain_text("11 % off")
    assert at.at.row.value_minor == 1100
    expect(rep.locator("#note")).to_have_value("She would buy today.")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_region_fits_any_width(rep: Page, width: int) -> None:
    rep.get_by_test_id("reason-extra_costs").check(force=True)
    rep.locator(".offering__fold summary").click()
    rep.set_viewport_size({"width": width, "height": 800})
    expect(rep.get_by_test_id("offer-budget")).to_contain_text("Today: 0 of 5 · $0 of $150")
    assert sideways_scroll(rep) == 0


def test_without_script_the_form_asks_for_the_reason_itself(
    at: Desk, browser: Browser, live_url: str, signed_in
) -> None:
    at.hold()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 800})
    page = signed_in(context.new_page(), "rep", REP)
    page.goto(f"{live_url}/queue")
    page.locator(".offering__fold summary").click()
    expect(page.locator(".offering__gate")).to_be_hidden()
    page.get_by_role("button", name="10 % off").click()
    expect(page.locator("#offers [role=alert]")).to_contain_text("Tick what got in the way first.")
    page.locator(".offering__choices select").select_option("extra_costs")
    page.get_by_role("button", name="10 % off").click()
    expect(page.get_by_test_id("offer-code")).to_be_visible(timeout=20_000)
    assert sideways_scroll(page) == 0
    context.close()
