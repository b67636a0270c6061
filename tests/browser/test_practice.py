"""Practising calls by keyboard and on a phone, as anybody new to the queue does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.cast import REP

pytestmark = pytest.mark.browser


def test_every_practice_call_is_worked_by_keyboard_alone(page: Page, live_url: str, signed_in) -> None:
    errors: list[str] = []
    numbers: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: numbers.append(request.url) if request.url.startswith("tel:") else None)
    signed_in(page, "rep", REP).goto(f"{live_url}/practice")
    expect(page.locator("#person")).to_be_focused()
    assert serious_faults(page) == []

    for name, outcome, follows in (
        ("Dana Ruiz", "3", "Link sent for Dana. On a real call:"),
        ("Jo Kaya", "5", "Call back for Jo. On a real call:"),
        ("Aoife Byrne", "2", "Left voicemail for Aoife. On a real call:"),
        ("Beatriz Sousa", "8", "Language for Beatriz. On a real call:"),
        ("Lars Holm", "9", "Do not call for Lars. On a real call: Nobody calls Lars any more"),
    ):
        expect(page.locator("#person")).to_have_text(name)
        page.keyboard.press("c")
        expect(page.locator("[data-state=in_call]")).to_be_visible()
        page.keyboard.press("c")
        expect(page.locator("[data-state=wrap_up]")).to_be_visible()
        page.keyboard.press(outcome)
        expect(page.locator(".leads").locator("visible=true").first).to_be_visible()
        if outcome == "8":
            page.get_by_label("Language", exact=True).locator("visible=true").select_option("es")
        if outcome == "9":
            page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#practice")).to_contain_text(follows)

    expect(page.locator("#person")).to_have_text("That was the last one")
    expect(page.locator("#status")).to_have_text("That was the last practice call.")
    assert (errors, numbers) == ([], [])


def test_a_phone_practises_too_and_an_incomplete_form_is_told(page: Page, live_url: str, signed_in) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    signed_in(page, "rep", REP).goto(f"{live_url}/practice")
    for part, heading in (("Script", "To say to Dana Ruiz"), ("Queue", "Practice calls"), ("Card", "Dana Ruiz"),
                          ("Outcome", "How did it go with Dana Ruiz?")):  # fmt: skip
        page.locator(".pane-tabs").get_by_text(part, exact=True).click()
        assert visible_headings(page) == [heading]
        assert sideways_scroll(page) == 0
    page.locator("#outcome").get_by_text("Not interested").click()
    page.locator("#foot").get_by_text("Save and next").click()
    expect(page.locator("#error-summary").locator("visible=true")).to_contain_text("Tick what got in the way")
    assert serious_faults(page) == []
