"""The settings page of offers in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from sidecar import clock
from sidecar.db import session, transaction
from sidecar.outreach.incentives.coupon import Coupon
from tests.browser.looking import serious_faults, sideways_scroll
from tests.factories import make_cart, make_contact, make_store

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(live_app) -> None:
    """A store that gave two coupons today and withheld one."""
    now = clock.now()
    with live_app.app_context(), transaction():
        store = make_store(now=now)
        for number, (state, words) in enumerate(
            [("active", None), ("used", None), ("failed", "What is in the cart is on sale already.")]
        ):
            contact = make_contact(store, email=f"p{number}@example.com", phone_e164="")
            cart = make_cart(store, contact, 500 + number, now=now)
            session().add(
                Coupon(store_id=store.id, cart_id=cart.id, contact_id=contact.id, offer="reminder-3", kind="percent",
                       value_minor=1000, code=f"CODE{number}", email=contact.email, state=state, reason_words=words,
                       created_at=now, expires_at=now)
            )  # fmt: skip


@pytest.mark.parametrize("width", [320, 1280])
def test_offers_are_set_without_trouble_at_any_width(shop, page: Page, live_url: str, signed_in, width: int) -> None:
    signed_in(page, "owner")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_url}/settings/offers")
    expect(page.get_by_text("2 of 50, worth up to $80.")).to_be_visible()
    expect(page.get_by_text("What is in the cart is on sale already. Once.")).to_be_visible()
    assert serious_faults(page) == []
    assert sideways_scroll(page) == 0

    page.get_by_label("What is offered in which email").fill("reminder-3=percent 10")
    page.get_by_label("Who gets offers").select_option("first-time")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Who gets offers")).to_have_value("first-time")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
