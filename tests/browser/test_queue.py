"""Reps work the queue in a real browser: by keyboard, on a phone, without script, and when things go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from sidecar import accounts
from sidecar.calls import queue
from sidecar.calls.ripening import ripen
from sidecar.calls.task import Call, CallTask
from sidecar.db import session, transaction
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.calls.board import a_person, a_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, an_order, make_store, make_user
from tests.shop import Shop

pytestmark = pytest.mark.browser

PEOPLE = 12


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, on the server; the browser is told the same in `rep`."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop(live_app: Flask) -> Shop:
    """A live store with twelve carts to call, the first of them the most valuable."""
    found = Shop()
    live_app.extensions["ringback.gateways"] = replace(live_app.extensions["ringback.gateways"], stores=found)
    with live_app.app_context(), transaction():
        store = make_store(live_at=NOW - timedelta(days=1))
        for number in range(PEOPLE):
            goods = (100 - number) * 1000
            person = a_person(store, number)
            a_task(store, number, person=person, goods_minor=goods, total_minor=goods + 3000, failed_payments=2)
            found.put(
                an_order(1000 + number, first_name=person.first_name, last_name=person.last_name, email=person.email,
                         phone=person.phone, total_minor=goods + 3000, status="failed")
            )  # fmt: skip
        ripen(now=NOW)
    return found


@pytest.fixture
def rep(page: Page, shop: Shop, live_url: str, signed_in) -> Page:
    """Sam on the queue's page. Any script error fails the test."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.clock.set_system_time(NOW)
    signed_in(page, "rep", REP).goto(f"{live_url}/queue")
    page.errors = errors  # type: ignore[attr-defined]
    return page


def take(page: Page, number: int = 0) -> None:
    """Takes the next cart by its key, and waits until its card is there."""
    page.keyboard.press("n")
    expect(page.locator("#person")).to_contain_text(f"Number {number}")


def said(page: Page) -> str:
    """What a screen reader was told last."""
    return page.locator("#status").inner_text()


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
    assert rep.errors == []  # type: ignore[attr-defined]
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


def test_the_list_follows_others_and_leaves_what_is_typed_alone(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("half a sen")
    with live_app.app_context(), transaction():
        queue.claim(2, make_user(OTHER_REP), now=NOW + timedelta(seconds=5))

    expect(rep.locator("#list")).to_contain_text("Held by Ana", timeout=9000)
    expect(rep.get_by_label("Note")).to_be_focused()
    rep.keyboard.type("tence")
    expect(rep.get_by_label("Note")).to_have_value("half a sentence")


def test_a_list_under_the_pointer_waits_for_a_press(rep: Page, live_app: Flask) -> None:
    rep.locator("#list .row").first.hover()
    with live_app.app_context(), transaction():
        queue.claim(2, make_user(OTHER_REP), now=NOW + timedelta(seconds=5))

    rep.get_by_role("button", name="Show what changed").click(timeout=9000)
    expect(rep.locator("#list")).to_contain_text("Held by Ana")


def test_a_cart_paid_while_its_card_is_open_needs_no_call(rep: Page, shop: Shop) -> None:
    take(rep)
    shop.change(1000, status="processing", paid_at=NOW)
    rep.keyboard.press("c")

    expect(rep.get_by_text("Paid just now, no call needed.")).to_be_visible()
    expect(rep.get_by_test_id("btn-call")).to_have_count(0)
    take(rep, 1)


def test_a_lost_connection_keeps_what_was_typed_and_saves_once_when_it_is_back(rep: Page, live_app: Flask) -> None:
    take(rep)
    rep.keyboard.press("1")
    rep.keyboard.press("a")
    rep.keyboard.type("still here")
    rep.route("**/save", lambda route: route.abort())
    rep.keyboard.press("Control+Enter")
    expect(rep.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(rep.get_by_label("Note")).to_have_value("still here")
    rep.unroute("**/save")
    rep.get_by_role("button", name="Retry now").click()

    expect(rep.locator("#person")).to_contain_text("Number 1")
    expect(rep.get_by_text("Not saved: no connection.")).to_have_count(0)
    with live_app.app_context():
        assert session().scalars(select(Call.note)).all() == ["still here"]


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
    expect(page.get_by_role("status").first).to_contain_text("Saved. Next: Jo Number 1")
    expect(page.locator("#person")).to_have_text("Jo Number 1")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#person")).to_have_text("Dana Number 0")
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
