"""The queue without script, on a phone, and for everybody: size of targets, contrast, names."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.browser.queue.working import take
from tests.cast import REP
from tests.shop import Shop

pytestmark = pytest.mark.browser


def test_without_script_the_whole_round_works(browser: Browser, shop: Shop, live_url: str, signed_in) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), "rep", REP)
    page.goto(f"{live_url}/queue")
    page.get_by_test_id("btn-next").click()
    page.get_by_test_id("btn-call").click()
    expect(page.get_by_test_id("btn-call")).to_have_attribute("href", "tel:+12125551000")
    page.goto(f"{live_url}/queue")
    page.get_by_test_id("btn-end").click()
    page.get_by_test_id("dispo-callback").check(force=True)
    expect(page.get_by_text("When, in Dana’s time?")).to_be_visible()
    page.get_by_role("button", name="Save and next").first.click()
    expect(page.locator(".told")).to_contain_text("Saved. Next: Jo Number 1")
    expect(page.locator("#person")).to_have_text("Jo Number 1")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#person")).to_have_text("Dana Number 0")
    page.get_by_test_id("btn-link").click()
    page.goto(f"{live_url}/queue")
    expect(page.get_by_test_id("btn-link-back")).to_be_visible()
    page.get_by_test_id("dispo-no_answer").check(force=True)
    page.get_by_role("button", name="Save and next").first.click()
    page.locator("#snooze summary").click()
    page.get_by_label("Waiting for an answer or for stock").check(force=True)
    page.get_by_role("button", name="Put it off, take the next").click()
    expect(page.locator(".told")).to_contain_text("Put off until today at 13:3")
    expect(page.locator("#person")).to_have_text("Piotr Number 2")
    page.goto(f"{live_url}/queue?tab=later")
    page.get_by_test_id("queue-row").filter(has_text="Put off").click()
    page.get_by_role("button", name="Take it now").click()
    expect(page.locator("#person")).to_have_text("Jo Number 1")
    page.get_by_role("searchbox").fill("Number 7")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("Ines Number 7")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_one_part_at_a_time(rep: Page, width: int) -> None:
    rep.set_viewport_size({"width": width, "height": 800})
    rep.get_by_role("button", name="Take the next cart").locator("visible=true").first.click()
    expect(rep.locator("#person")).to_be_visible()
    for part, heading in (("Script", "To say to Dana Number 0"), ("Queue", "Queue"), ("Card", "Dana Number 0"),
                          ("Outcome", "How did it go with Dana Number 0?")):  # fmt: skip
        rep.locator(".pane-tabs").get_by_text(part, exact=True).click()
        assert visible_headings(rep) == [heading]
        assert sideways_scroll(rep) == 0
    rep.locator(".pane-tabs").get_by_text("Card", exact=True).click()
    rep.locator("#foot").get_by_text("Call Dana").click()
    expect(rep.get_by_text("In a call since")).to_be_visible()
    rep.locator("#foot").get_by_text("Choose the outcome").click()
    rep.locator("#outcome").get_by_text("No answer").click()
    rep.locator("#foot").get_by_text("Save and next").click()
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    assert visible_headings(rep) == ["Jo Number 1"]


def test_a_phone_opens_the_outcomes_of_a_call_that_waits_for_its_verdict(rep: Page) -> None:
    rep.set_viewport_size({"width": 390, "height": 800})
    take(rep)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_visible()
    rep.reload()

    assert visible_headings(rep) == ["How did it go with Dana Number 0?"]
    expect(rep.get_by_test_id("wrapup-forced")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_nothing_serious_stands_in_anybodys_way(rep: Page, width: int, scheme: str) -> None:
    rep.set_viewport_size({"width": width, "height": 900})
    rep.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = serious_faults(rep)
    take(rep)
    found += serious_faults(rep)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_attached()
    rep.keyboard.press("5")
    found += serious_faults(rep)

    assert found == []


def test_targets_are_large_enough(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("5")
    sizes = rep.evaluate(
        """() => [...document.querySelectorAll("main button, main a, main .pick")]
        .filter((element) => element.offsetParent && !element.closest("p"))
        .map((element) => [element.textContent.trim(), element.getBoundingClientRect().height])"""
    )

    assert len(sizes) > 20
    assert [name for name, height in sizes if height < 24] == []
    assert not re.search(r"undefined|None|\{\{", rep.locator("main").inner_text())
