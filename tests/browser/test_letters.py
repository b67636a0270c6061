"""Messages as mail programs show them: narrow, wide, by day and by night."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Page

from sidecar.db import transaction
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.letter import PLAIN_KINDS
from sidecar.outreach.letters.preview import sample_cart, step_of
from sidecar.outreach.letters.sources import KINDS, ours
from sidecar.outreach.letters.wording import compose
from sidecar.settings import Settings
from tests.browser.looking import serious_faults, sideways_scroll
from tests.factories import NOW, make_store

pytestmark = pytest.mark.browser

SETTINGS = Settings(
    {
        "sender.reply_to": "hello@example.com",
        "calls.number": "+1 212 555 0100",
        "content.help_url": "https://example.com/help",
        "content.returns": "Free returns for 60 days. | de: 60 Tage kostenlose Rückgabe.",
        "content.payment": "Card, PayPal, or in three parts. | de: Karte, PayPal oder in drei Raten.",
    }
)
COUPON = Coupon(kind="percent", value_minor=1000, code="K7QM-4RTX-9HDW", expires_at=NOW + timedelta(days=7))


@pytest.fixture
def letters(live_app: Flask) -> dict[tuple[str, str], str]:
    """Every kind in every language, with all it can have and a thing whose name does not end."""
    with live_app.app_context(), transaction():
        store = make_store()
        cart = sample_cart(store, SETTINGS, now=NOW)
        cart.lines[0].name = "Aurora One turntable in walnut with a lid that stays " + "where-you-leave-it" * 3
        assert cart.contact is not None
        return {
            (kind, code): compose(
                step_of(kind), cart, cart.contact, store, SETTINGS, writer="Sam", coupon=COUPON, language=code, now=NOW
            ).html
            for kind in KINDS
            for code in languages()
        }


def test_no_letter_is_wider_than_a_small_phone(letters: dict[tuple[str, str], str], page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    wide = {}
    for name, html in letters.items():
        page.set_content(html)
        wide[name] = sideways_scroll(page)
    assert {name: by for name, by in wide.items() if by} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_can_be_read_by_day_and_by_night(
    letters: dict[tuple[str, str], str], page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    for kind in ("reminder-2", "personal"):
        page.set_content(letters[kind, "en"])
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(16, 20, 18)") == (scheme == "dark")
        assert serious_faults(page) == []


def test_a_personal_letter_has_neither_card_nor_button(letters: dict[tuple[str, str], str], page: Page) -> None:
    for (kind, code), html in letters.items():
        page.set_content(html)
        assert page.locator("h1").count() == (0 if kind in PLAIN_KINDS else 1)
        assert page.locator("a", has_text="Return to your cart").count() <= (kind not in PLAIN_KINDS)
        assert page.get_by_text("K7QM-4RTX-9HDW").is_visible() == ("{{ offer }}" in ours(kind, code).body)
