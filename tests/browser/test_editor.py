"""The editor of messages in a browser: live preview, fields at the cursor, keyboard, without script, for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, FrameLocator, Page, expect

from sidecar import clock
from sidecar.db import transaction
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.cast import OWNER
from tests.factories import make_cart, make_contact, make_store

pytestmark = pytest.mark.browser

PAGE = "/messages/reminder-1/en"


@pytest.fixture
def shop(live_app: Flask) -> None:
    """A store with twelve carts."""
    now = clock.now()
    with live_app.app_context(), transaction():
        store = make_store(now=now)
        for number in range(12):
            name = f"Noor {chr(65 + number)}"
            contact = make_contact(store, first_name=name, email=f"p{number}@example.com", phone_e164="")
            make_cart(store, contact, 500 + number, now=now)


@pytest.fixture
def editor(page: Page, shop: None, live_url: str, signed_in: Callable[..., Page]) -> Page:
    """The first reminder, open before the owner."""
    signed_in(page, "owner", OWNER).goto(live_url + PAGE)
    return page


def letter(page: Page) -> FrameLocator:
    return page.frame_locator(".look__frame")


def view(page: Page, name: str) -> None:
    page.locator(".views__one").get_by_text(name, exact=True).click()


def test_the_preview_follows_what_is_typed(editor: Page) -> None:
    expect(letter(editor).get_by_text("Hi Dana,")).to_be_visible()
    expect(editor.locator(".lint")).to_contain_text("All twenty rules pass")
    before = editor.evaluate("history.length")
    editor.get_by_label("Subject").fill("Last chance for {{ store_name }}")
    expect(editor.locator(".lint")).to_contain_text("1 to change before Go live")
    expect(editor.locator(".lint mark")).to_have_text("Last chance")
    expect(editor.locator(".look__head")).to_contain_text("Last chance for Aurora Audio")
    editor.get_by_label("Body").fill("Hello {{ first_name|there }}, reply.\n\n{{ button }}")
    expect(letter(editor).get_by_text("Hello Dana, reply.")).to_be_visible()
    editor.get_by_label("Show it on").select_option(index=1)
    expect(letter(editor).get_by_text("Hello Noor L, reply.")).to_be_visible()
    expect(editor.get_by_text("Not saved yet.")).to_be_visible()
    assert editor.evaluate("history.length") == before


def test_it_is_seen_on_a_desktop_on_a_phone_as_text_and_in_the_dark(editor: Page) -> None:
    view(editor, "Phone")
    expect(editor.locator(".look--phone .look__frame")).to_be_visible()
    width = editor.locator(".look__frame").bounding_box()
    assert width is not None
    assert 380 <= width["width"] <= 392
    view(editor, "Plain text")
    expect(editor.locator(".look__text")).to_contain_text("Return to your cart:")
    view(editor, "Dark")
    heading = letter(editor).get_by_role("heading", name="Your cart is saved")
    expect(heading).to_have_css("color", "rgb(237, 240, 234)")
    editor.emulate_media(color_scheme="dark")
    view(editor, "Desktop")
    expect(letter(editor).get_by_role("heading", name="Your cart is saved")).to_have_css("color", "rgb(28, 36, 32)")


def test_a_field_is_put_at_the_cursor_and_what_stands_instead_is_typed_at_once(editor: Page) -> None:
    editor.get_by_text("Fields and blocks").click()
    subject = editor.get_by_label("Subject")
    subject.fill("Hi , your cart")
    for _ in range(len(", your cart")):
        subject.press("ArrowLeft")
    editor.get_by_role("button", name="{{ full_name|… }}").click()
    expect(subject).to_be_focused()
    editor.keyboard.type("you there")
    expect(subject).to_have_value("Hi {{ full_name|you there }}, your cart")
    expect(editor.locator("#status")).to_have_text("{{ full_name|… }} is in Subject.")
    editor.get_by_role("button", name="{{ stock }}").click()
    expect(editor.get_by_label("Body")).to_have_value(re.compile(r"\n\n{{ stock }}$"))


def test_an_error_leads_to_its_field_and_keeps_what_was_typed(editor: Page) -> None:
    editor.get_by_label("Subject").fill("Hi {{fist_name}}")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_title("Error: First reminder, English – Messages – Ringback")
    expect(editor.locator("#error-summary")).to_be_focused()
    editor.locator("#error-summary").get_by_role("link").click()
    expect(editor.get_by_label("Subject")).to_be_focused()
    expect(editor.get_by_label("Subject")).to_have_value("Hi {{fist_name}}")
    editor.get_by_label("Subject").fill("Hi {{first_name|there}}")
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_text("Saved as version 1.")).to_be_visible()
    editor.get_by_role("button", name="Back to the wording that comes with Ringback").click()
    expect(editor.get_by_label("Subject")).to_have_value("Your {{ store_name }} cart is saved")


def test_what_the_lint_counts_is_said_when_it_changes(editor: Page) -> None:
    editor.get_by_label("Subject").fill("Last chance")
    expect(editor.locator("#status")).to_have_text("1 to change before Go live")
    editor.get_by_label("Subject").fill("Last chance! 🛒")
    expect(editor.locator("#status")).to_have_text("2 to change before Go live, 1 to look at")
    editor.get_by_label("Subject").fill("Your cart")
    expect(editor.locator("#status")).to_have_text("All twenty rules pass")


def test_a_finding_leads_into_its_field(editor: Page) -> None:
    editor.get_by_label("Text", exact=True).fill("Hurry, reply.\n\n{{ button }}")
    editor.locator(".lint").get_by_role("link", name="Text").first.click()
    expect(editor.get_by_label("Text", exact=True)).to_be_focused()


def test_what_was_typed_can_be_brought_back_or_discarded(editor: Page) -> None:
    editor.get_by_label("Subject").fill("Half a thought")
    expect(editor.locator(".look__head")).to_contain_text("Half a thought")
    editor.reload()
    expect(editor.get_by_label("Subject")).to_have_value("Your {{ store_name }} cart is saved")
    editor.get_by_role("link", name="Bring it back").click()
    expect(editor.get_by_label("Subject")).to_have_value("Half a thought")
    editor.get_by_role("button", name="Discard").click()
    expect(editor.get_by_label("Subject")).to_have_value("Your {{ store_name }} cart is saved")
    expect(editor.get_by_role("link", name="Bring it back")).to_have_count(0)


def test_without_script_the_button_shows_what_was_typed(
    browser: Browser, shop: None, live_url: str, signed_in: Callable[..., Page]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), "owner", OWNER)
    page.goto(live_url + PAGE)
    page.get_by_label("Body").fill("Hurry {{ first_name|there }}, reply.\n\n{{ button }}")
    page.locator(".views__one").get_by_text("Phone").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".lint mark")).to_have_text("Hurry")
    expect(letter(page).get_by_text("Hurry Dana, reply.")).to_be_visible()
    expect(page.locator(".look--phone")).to_be_visible()
    page.get_by_text("Fields and blocks").click()
    expect(page.get_by_text("{{ first_name|there }}", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()
    context.close()


def test_views_are_chosen_with_the_arrow_keys(editor: Page) -> None:
    editor.get_by_label("Desktop", exact=True).focus()
    editor.keyboard.press("ArrowRight")
    expect(editor.locator(".look--phone")).to_be_visible()
    expect(editor.get_by_label("Phone", exact=True)).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (320, "light")])
def test_nothing_serious_stands_in_anybodys_way(editor: Page, live_url: str, width: int, scheme: str) -> None:
    editor.set_viewport_size({"width": width, "height": 900})
    editor.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    editor.get_by_text("Fields and blocks").click()
    editor.get_by_label("Subject").fill("Last chance! 🛒")
    expect(editor.locator(".lint mark").first).to_be_visible()
    found = serious_faults(editor)
    assert visible_headings(editor) == ["First reminder"]
    assert sideways_scroll(editor) == 0
    view(editor, "Plain text")
    expect(editor.locator(".look__text")).to_be_visible()
    found += serious_faults(editor)
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_text("Saved as version 1.")).to_be_visible()
    found += serious_faults(editor)
    editor.goto(f"{live_url}/messages")
    assert sideways_scroll(editor) == 0
    assert visible_headings(editor) == ["Messages"]
    assert found + serious_faults(editor) == []
