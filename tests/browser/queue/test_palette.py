"""The palette, the sheet of keys, putting off, snippets and the note, by keyboard alone in a real browser."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from sidecar import settings
from sidecar.calls.task import Call, CallTask
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.browser.looking import serious_faults
from tests.browser.queue.working import said, take
from tests.factories import NOW
from tests.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


def test_the_palette_runs_commands_shows_their_keys_and_finds_people(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("Control+k")
    palette = rep.get_by_test_id("palette")
    expect(palette.get_by_role("searchbox")).to_be_focused()
    expect(palette.get_by_role("button", name="Put it off H")).to_be_visible()
    assert serious_faults(rep) == []
    rep.keyboard.type("voicem")
    expect(palette.locator("li:visible")).to_have_count(1)
    rep.keyboard.press("Enter")
    expect(palette).not_to_be_visible()
    expect(rep.get_by_test_id("dispo-left_voicemail")).to_be_checked()

    rep.keyboard.press("Escape")
    rep.keyboard.press("/")
    rep.keyboard.type("number 7")
    expect(rep.get_by_test_id("found")).to_have_count(1)
    expect(rep.locator("#palette-said")).to_have_text("1 cart")
    rep.keyboard.press("ArrowDown")
    expect(rep.get_by_test_id("found")).to_be_focused()
    rep.keyboard.press("Escape")
    expect(palette).not_to_be_visible()
    rep.keyboard.press("/")
    rep.keyboard.type("1007")
    rep.keyboard.press("Enter")
    rep.wait_for_url("**/calls/8")
    expect(rep.locator("#person")).to_have_text("Ines Number 7")


def test_keys_are_switched_off_on_the_sheet_without_losing_the_card(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("?")
    sheet = rep.get_by_test_id("shortcut-sheet")
    for words in ("Take the next cart", "Send the pay link", "Put it off", "Left voicemail"):
        expect(sheet.get_by_text(words)).to_be_visible()
    assert serious_faults(rep) == []
    sheet.get_by_role("button", name="Switch single keys off").click()
    expect(sheet.get_by_role("button", name="Switch single keys on")).to_be_visible()
    rep.keyboard.press("Escape")
    rep.keyboard.press("2")
    expect(rep.get_by_test_id("dispo-no_answer")).to_be_checked()
    rep.keyboard.press("Alt+2")
    expect(rep.get_by_test_id("dispo-left_voicemail")).to_be_checked()


def test_a_cart_is_put_off_and_taken_up_again_by_keyboard(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("h")
    expect(rep.locator("#snooze input:checked")).to_be_focused()
    rep.keyboard.press("Tab")
    rep.keyboard.press("Space")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    expect(rep.locator("#person")).to_be_focused()
    assert re.fullmatch(r"Put off until today at 13:3[05] in New York\. Next: Jo Number 1, \$1,020\.", said(rep))
    expect(rep.get_by_test_id("put-off-bar").first).to_contain_text("Put off until today at 13:3")
    rep.keyboard.press("u")
    expect(rep.locator("#person")).to_have_text("Dana Number 0")
    with live_app.app_context():
        assert session().scalars(select(Call)).all() == []
        states = session().execute(select(CallTask.id, CallTask.state).where(CallTask.state == "claimed")).all()
        assert [tuple(row) for row in states] == [(1, "claimed")]


def test_the_note_is_written_during_the_call_and_snippets_go_into_it(rep: Page, live_app: Flask) -> None:
    with live_app.app_context(), transaction():
        store = session().scalars(select(Store)).one()
        settings.put(store.id, "calls.snippets", "Thanks: Thank you, {first_name}.", by="test", now=NOW)
    take(rep)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_visible()
    rep.keyboard.press("a")
    rep.keyboard.type("Blue one.")
    expect(rep.get_by_label("Note")).to_have_value("Blue one.")
    rep.keyboard.press("Escape")
    rep.keyboard.press("s")
    expect(rep.get_by_role("button", name="Into the note")).to_be_focused()
    rep.keyboard.press("Enter")
    expect(rep.get_by_label("Note")).to_have_value("Blue one. Thank you, Dana. ")
    assert said(rep) == "In the note."
    rep.keyboard.press("Escape")
    rep.keyboard.press("3")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_have_text("Jo Number 1")
    with live_app.app_context():
        assert session().scalars(select(Call.note)).all() == ["Blue one. Thank you, Dana."]


def test_the_pay_link_is_sent_by_its_key_and_taken_back(rep: Page, shop: Shop) -> None:
    take(rep)
    rep.keyboard.press("c")
    expect(rep.get_by_text("In a call since")).to_be_visible()
    rep.keyboard.press("l")
    expect(rep.get_by_text("Pay link leaves in")).to_be_visible()
    rep.get_by_test_id("btn-link-back").press("Enter")
    expect(rep.get_by_test_id("btn-link")).to_be_visible()
