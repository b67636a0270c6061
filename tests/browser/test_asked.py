"""Asking for a call in a browser: without script on a small screen in New York, with script in Madrid; and the card.

Source: reference/ux.md, check 37.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from sidecar import clock
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.recovery.calls import calling
from sidecar.settings import Setting
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.cast import REP
from tests.factories import make_store, make_user
from tests.outreach.making import give_token, make_message, make_person

pytestmark = pytest.mark.browser
NOW = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)  # a Tuesday: 13:05 in New York, 19:05 in Madrid
PHONE = "+12125550123"
SignIn = Callable[..., Page]


@pytest.fixture
def link(live_app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Dana's own link; one rep works."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with live_app.app_context(), transaction():
        store = make_store(now=NOW, live_at=NOW)
        session().add(Setting(store_id=store.id, name="calls.number", value="+12125550100", set_at=NOW, set_by="t"))
        make_user(REP, now=NOW)
        dana = make_person(store, 1, first_name="Dana", phone=PHONE, phone_e164=PHONE)
        sent = make_message(store, dana, 501, now=NOW, state="sent", sent_at=NOW,
                            cart={"email": "p1@example.com", "phone": PHONE, "phone_e164": PHONE})  # fmt: skip
        return f"/b/{give_token(sent)}"


def take_all_of(begin: datetime) -> None:
    """Two others get the places of a half-hour."""
    with transaction():
        for seat in (0, 1):
            session().add(CallRequest(store_id=1, reference=f"R{seat}", token_hash=f"t{seat}", form_key=f"f{seat}",
                                      number="+12125550199", zone="America/New_York", wish="slot", at=begin,
                                      place_at=begin, seat=seat, asked_at=NOW, changed_at=NOW))  # fmt: skip


def is_fine(page: Page) -> None:
    assert serious_faults(page) == []
    assert len(visible_headings(page)) == 1
    assert sideways_scroll(page) == 0


def test_a_call_is_asked_for_moved_and_cancelled_without_script_at_320_px(
    browser: Browser, live_app: Flask, live_url: str, link: str
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 700}, timezone_id="America/New_York"
    )
    page = context.new_page()
    page.goto(f"{live_url}{link}")
    expect(page.get_by_text("Times are shown for New York (GMT−5).")).to_be_visible()
    page.get_by_role("radio", name="Today, Tuesday 24 November 13:30").check(force=True)
    page.get_by_label("Delivery or returns").check()
    page.get_by_label("Anything we should know?").fill("Does it come on Saturday?")
    with live_app.app_context():
        take_all_of(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    page.get_by_role("button", name="Ask for the call").click()
    expect(page.get_by_role("alert")).to_contain_text("That time has just been taken. Choose another.")
    expect(page.get_by_label("Anything we should know?")).to_have_value("Does it come on Saturday?")
    expect(page.get_by_label("Delivery or returns")).to_be_checked()
    expect(page.get_by_role("radio", name="Today, Tuesday 24 November 13:30")).to_have_count(0)
    page.get_by_role("radio", name="Tomorrow, Wednesday 25 November 10:00").check(force=True)
    page.get_by_role("button", name="Ask for the call").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We will call you")
    with live_app.app_context():
        request = session().scalars(select(CallRequest).order_by(CallRequest.id.desc())).first()
        assert request is not None
        assert request.at == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
        expect(page.get_by_text(request.reference)).to_be_visible()
    expect(page.get_by_text("Tomorrow, Wednesday 25 November, 10:00 to 10:30")).to_be_visible()
    assert sideways_scroll(page) == 0
    with page.expect_download() as file:
        page.get_by_role("link", name="Add to calendar").click()
    assert "DTSTART:20261125T150000Z" in file.value.path().read_text()
    page.get_by_role("link", name="Change the time").click()
    page.get_by_role("radio", name="Another time").check(force=True)
    page.get_by_label("When does it suit you?").fill("Friday after 6 pm")
    page.get_by_role("button", name="Save this time").click()
    expect(page.get_by_text("Friday after 6 pm")).to_be_visible()
    page.get_by_role("button", name="Cancel the call").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The call is cancelled")
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_the_pages_are_accessible_and_fit(
    browser: Browser, live_app: Flask, live_url: str, link: str, signed_in: SignIn, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        timezone_id="Europe/Madrid",
    )
    page = signed_in(context.new_page(), "rep", REP)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_url}/call")
    expect(page.get_by_text("Times are shown for Madrid (GMT+1).")).to_be_visible()  # by the browser's own zone
    page.get_by_text("Change", exact=True).click()
    page.get_by_text("To find your order faster").click()
    is_fine(page)
    page.get_by_label("Anything we should know?").fill("x" * 250)
    expect(page.get_by_text("50 characters left")).to_be_visible()
    assert complaints == []
    page.get_by_role("button", name="Ask for the call").click()
    expect(page.get_by_role("alert")).to_contain_text("Select when we should call")
    is_fine(page)
    page.get_by_label("Which number should we call?").fill("(646) 555-0142")
    page.locator(".times label.pick").first.click()
    page.get_by_role("button", name="Ask for the call").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We will call you")
    is_fine(page)
    page.goto(f"{live_url}/asked")
    expect(page.get_by_text("•••• 142")).to_be_visible()
    is_fine(page)
    context.close()


def test_the_card_says_what_was_asked(
    browser: Browser, live_app: Flask, live_url: str, link: str, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="America/New_York")
    page = context.new_page()
    page.goto(f"{live_url}{link}")
    page.get_by_text("Use another number").click()
    page.get_by_label("Which number should we call?").fill("(646) 555-0142")
    page.locator("label.pick", has_text="As soon as possible").click()
    page.get_by_label("A question about a product").check()
    page.get_by_label("Anything we should know?").fill("Which cartridge fits?")
    page.get_by_role("button", name="Ask for the call").click()
    expect(page.get_by_text("As soon as possible, within 15 minutes of 13:05")).to_be_visible()
    with live_app.app_context(), transaction():
        calling.tick(now=NOW)
        assert session().scalars(select(CallTask.rank_class)).one() == 0
    rep = signed_in(context.new_page(), "rep", REP)
    rep.goto(f"{live_url}/queue")
    rep.get_by_test_id("queue-row").first.click()
    card = rep.get_by_test_id("card-asked")
    for words in ("As soon as possible", "A question about a product", "Which cartridge fits?", "another number"):
        expect(card).to_contain_text(words)
    expect(rep.locator(".reach__phone")).to_contain_text("(646) 555-0142")
    expect(rep.locator("#card-status")).to_contain_text("Asked for a call")
    assert serious_faults(rep) == []
    context.close()
