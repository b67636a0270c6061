"""Reps work the queue in a real browser with nothing but the keyboard."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from sidecar import accounts
from sidecar.calls.task import Call, CallTask
from sidecar.db import session, transaction
from tests.browser.queue.working import said, take
from tests.cast import REP

pytestmark = pytest.mark.browser


def test_a_rep_works_ten_carts_by_keyboard_alone(rep: Page, live_app: Flask) -> None:
    keys = ["1", "2", "0", "3", "4", "b", "1", "2", "3", "1"]
    take(rep)
    for number, key in enumerate(keys):
        expect(rep.locator("#person")).to_contain_text(f"Number {number}")
        expect(rep.locator("#person")).to_be_focused()
        rep.keyboard.press("c")
        expect(rep.get_by_text("In a call since")).to_be_visible()
        rep.keyboard.press("c")
        expect(rep.get_by_text("Call ended after")).to_be_visible()
        rep.keyboard.press(key)
        rep.keyboard.press("a")
        rep.keyboard.type(f"call {number}")
        rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_contain_text("Number 10")

    assert said(rep).startswith("Saved. Next: Ravi Number 10, $")
    with live_app.app_context():
        calls = session().scalars(select(Call).order_by(Call.id)).all()
        assert [call.note for call in calls] == [f"call {number}" for number in range(10)]
        assert all(call.dialled_at for call in calls)
        assert session().scalar(select(func.count()).where(CallTask.attempts == 1)) == 10


def test_rows_are_walked_and_opened_by_keyboard(rep: Page) -> None:
    for key in ("j", "j", "j", "k"):
        rep.keyboard.press(key)
    rep.keyboard.press("Enter")

    expect(rep.locator("#person")).to_have_text("Jo Number 1")


def test_keys_are_text_while_typing_and_can_be_switched_off(rep: Page, live_app: Flask, live_url: str) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("5 of them")
    expect(rep.get_by_label("Note")).to_have_value("5 of them")
    expect(rep.get_by_test_id("dispo-no_answer")).to_be_checked()
    with live_app.app_context(), transaction():
        sam = accounts.find_user_by_email(REP)
        assert sam
        sam.shortcuts = False
    rep.reload()
    rep.keyboard.press("5")
    expect(rep.get_by_test_id("dispo-callback")).not_to_be_checked()
    rep.keyboard.press("Alt+5")
    expect(rep.get_by_test_id("dispo-callback")).to_be_checked()


def test_the_sheet_of_keys_opens_and_closes(rep: Page) -> None:
    rep.keyboard.press("?")
    expect(rep.get_by_test_id("shortcut-sheet")).to_be_visible()
    rep.keyboard.press("Escape")
    expect(rep.get_by_test_id("shortcut-sheet")).not_to_be_visible()


def test_undo_brings_back_card_outcome_and_note(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("2")
    rep.keyboard.press("a")
    rep.keyboard.type("Beep.")
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#person")).to_contain_text("Number 1")
    expect(rep.get_by_test_id("undo-bar").first).to_contain_text("Saved Left voicemail for Dana Number 0.")
    rep.keyboard.press("u")

    expect(rep.locator("#person")).to_contain_text("Number 0")
    expect(rep.get_by_test_id("dispo-left_voicemail")).to_be_checked()
    expect(rep.get_by_label("Note")).to_have_value("Beep.")


def test_what_happens_next_is_said_before_saving(rep: Page) -> None:
    take(rep)
    rep.keyboard.press("1")
    expect(rep.locator(".leads").locator("visible=true")).to_have_text(
        "Next try today at 17:00 in New York. It is try 2 of 3."
    )
    rep.keyboard.press("9")
    expect(rep.get_by_text("Nobody calls Dana any more: every open call closes at once.")).to_be_visible()
    rep.keyboard.press("Control+Enter")
    expect(rep.locator("#error-summary")).to_be_focused()
    expect(rep.locator("#error-summary")).to_contain_text("Tick that nobody is to call again.")
