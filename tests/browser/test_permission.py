"""The pages where people say no, and where the shop decides about doubts: with and without script, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from sidecar import clock
from sidecar.contacts.opt_outs import is_opted_out
from sidecar.db import session, transaction
from sidecar.outreach.message import Message
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.cast import OWNER
from tests.factories import VAULT, make_store
from tests.outreach.making import give_token, make_message, make_person

pytestmark = pytest.mark.browser
SAID = "The connection ended before the answer: The read operation timed out"
LIST = "Email,Phone\ndana@example.com,\n,(212) 555-0123\nnobody,\nkim@example.com,12\n"
SignIn = Callable[..., Page]


@pytest.fixture
def token(live_app: Flask) -> str:
    """Dana's message was sent; three others are in doubt."""
    now = clock.now()
    with live_app.app_context(), transaction():
        store = make_store(now=now, live_at=now)
        sent = make_message(store, make_person(store, 1, first_name="Dana"), 501, now=now, state="sent", sent_at=now,
                            cart={"email": "p1@example.com"})  # fmt: skip
        for number in range(2, 5):
            make_message(store, make_person(store, number, first_name=f"Noor {number}"), 500 + number, now=now,
                         state="review", reason="answer_lost", attempt=f"a:{number}", composed_of="x",
                         data_started_at=now - timedelta(minutes=number), provider_answer=SAID)  # fmt: skip
        return give_token(sent)


def said_no(live_app: Flask, channel: str) -> bool:
    with live_app.app_context():
        return is_opted_out(1, channel, ["p1@example.com"], vault=VAULT)


def test_a_customers_walk_without_script(browser: Browser, live_app: Flask, live_url: str, token: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_url}/u/{token}")
    page.get_by_role("button", name="Stop cart emails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You will get no more emails about saved carts")
    assert said_no(live_app, "email")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You will get emails about saved carts again")
    assert not said_no(live_app, "email")
    page.get_by_role("link", name="Choose what you get").click()
    page.get_by_label("Phone calls").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    assert (said_no(live_app, "calls"), said_no(live_app, "email")) == (True, False)
    page.goto(f"{live_url}/p/{token}")
    page.get_by_role("button", name="Leave me alone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You will hear nothing more about carts")
    assert said_no(live_app, "email")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Emails about saved carts")).to_be_checked()
    expect(page.get_by_label("Phone calls")).not_to_be_checked()
    page.goto(f"{live_url}/p/{token}")
    page.get_by_role("button", name="Nothing more about this cart").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Taken back")
    assert context.cookies() == []
    context.close()


def test_a_list_is_imported_and_doubts_are_decided_without_script(
    browser: Browser, live_app: Flask, live_url: str, token: str, signed_in: SignIn, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), "owner", OWNER)
    page.goto(f"{live_url}/settings/do-not-contact")
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="3 addresses taken in")).to_be_visible()
    expect(page.get_by_role("row", name="4 nobody")).to_be_visible()
    page.goto(f"{live_url}/outbox/review")
    first = page.locator("section.doubt").first
    first.get_by_label("How do you know?").fill("The mail server's log has it.")
    first.get_by_role("button", name="It arrived").click()
    expect(page.locator("section.doubt")).to_have_count(2)
    with live_app.app_context():
        assert [message.state for message in session().query(Message).order_by(Message.id)].count("sent") == 2
    context.close()


SIZES = ((1440, "light"), (1440, "dark"), (390, "light"), (390, "dark"), (320, "light"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_pages_are_accessible_have_one_heading_and_fit(
    browser: Browser, live_url: str, token: str, signed_in: SignIn, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = signed_in(context.new_page(), "owner", OWNER)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    look = _Look(page, live_url)
    look.at("/outbox/review")
    look.at("/settings/do-not-contact")
    page.get_by_label("Or paste them").fill("dana@example.com\nnobody at all\n+1 212 555 0123 999999999999999")
    page.get_by_role("button", name="Import").click()
    look.at()
    for path in (f"/u/{token}", f"/p/{token}", "/p/preview"):
        look.at(path)
    page.goto(f"{live_url}/p/{token}")
    page.get_by_role("button", name="Leave me alone").click()
    look.at()
    assert complaints == []
    context.close()


class _Look:
    """What every page is looked at for."""

    def __init__(self, page: Page, live_url: str) -> None:
        self._page, self._url = page, live_url

    def at(self, path: str = "") -> None:
        """The page at a path, or the one that is open."""
        if path:
            self._page.goto(f"{self._url}{path}")
        assert serious_faults(self._page) == [], path
        assert len(visible_headings(self._page)) == 1, path
        assert sideways_scroll(self._page) == 0, path
